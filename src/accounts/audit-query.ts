import { z } from 'zod';
import { AUDIT_ACTION, type AuditBook, type AuditEntry } from './audit.ts';
import { type AuditLine, auditLine, cursorOf, parseCursor } from './entries.ts';

/** Days in the configured zone. */
export interface AuditDays {
  /** The first instant of a day `YYYY-MM-DD`, Unix ms. */
  startOf(day: string): number;
  addDays(day: string, days: number): string;
}

const MOST = 1_000;
const text = z.string().min(1).max(255);

export const auditQuery = z.object({
  who: text.optional(),
  action: text.optional(),
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  before: z
    .string()
    .refine((cursor) => parseCursor(cursor) !== null, "must be what an answer had as 'next'")
    .optional(),
  limit: z.coerce.number().int().min(1).max(MOST).default(100),
});

export type AuditAsked = z.output<typeof auditQuery>;

/** A part of the audit, the newest first. */
export interface AuditPage {
  readonly entries: readonly AuditLine[];
  /** `before` of the question that goes on; `null` at the end. */
  readonly next: string | null;
}

export async function readAudit(
  { audit, days }: { readonly audit: Pick<AuditBook, 'list'>; readonly days: AuditDays },
  { who, action, from, to, before, limit }: AuditAsked,
): Promise<AuditPage> {
  // Nothing else was ever noted, and a database may not know its letters.
  if (action !== undefined && !AUDIT_ACTION.test(action)) return { entries: [], next: null };
  const found = await audit.list({
    who,
    action,
    fromAt: from === undefined ? undefined : days.startOf(from),
    toAt: to === undefined ? undefined : days.startOf(days.addDays(to, 1)),
    before: before === undefined ? undefined : (parseCursor(before) ?? undefined),
    most: limit + 1,
  });
  const entries = found.slice(0, limit);
  const last: AuditEntry | undefined = found.length > limit ? entries.at(-1) : undefined;
  return { entries: entries.map(auditLine), next: last === undefined ? null : cursorOf(last) };
}
