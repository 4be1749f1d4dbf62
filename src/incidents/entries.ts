import { z } from 'zod';
import type { IncidentState } from './ports.ts';

/** An incident as programs see it; the keys are a contract. */
export interface IncidentEntry {
  readonly id: number;
  readonly kind: string;
  readonly device: string;
  readonly openedAt: string;
  readonly closedAt: string | null;
  readonly acknowledgedBy: string | null;
  readonly summary: string;
}

/** Of one answer. */
export const MOST_INCIDENTS = 10_000;

export const incidentsQuery = z.object({ all: z.enum(['true', 'false']).default('false') });

const LONGEST_NOTE = 1000;

/** What is said with an acknowledgement; for a form, a JSON body and a command. */
export const ackBody = z.strictObject({
  note: z.string('must be text').trim().max(LONGEST_NOTE, `use at most ${LONGEST_NOTE} characters`).default(''),
});

const incidentId = z.coerce.number().int().positive();

/** The number of an incident as it was typed or is in a path; `null`: there can be none of that. */
export function incidentIdOf(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? (incidentId.safeParse(text).data ?? null) : null;
}

export function incidentEntry(incident: IncidentState): IncidentEntry {
  const { id, kind, subject, openedAt, closedAt, acknowledged, summary } = incident;
  return {
    ...{
      id,
      kind,
      device: subject,
      openedAt: instant(openedAt),
      closedAt: closedAt === null ? null : instant(closedAt),
    },
    ...{ acknowledgedBy: acknowledged?.by ?? null, summary },
  };
}

function instant(at: number): string {
  return new Date(at).toISOString();
}
