import { z } from 'zod';
import { isOpen, type MaintenanceWindow } from './maintenance.ts';

/** A maintenance window as programs see it; the keys are a contract. */
export interface MaintenanceEntry {
  readonly id: number;
  /** Exactly one of the two is given. */
  readonly device: string | null;
  readonly tag: string | null;
  /** Of one that comes every week: the first one. */
  readonly from: string;
  readonly to: string;
  readonly every: 'week' | null;
  /** Now. */
  readonly open: boolean;
}

const LONGEST_MS = 366 * 86_400_000;
const WEEK_MS = 7 * 86_400_000;

const text = z.string('must be text').trim().min(1, 'is missing').max(255, 'is too long').optional();
const instant = z.string('must be text').trim().min(1, 'is missing').max(64, 'is too long');

/**
 * What makes a window, for a form, a JSON body and a command: times are ISO 8601, with an offset or `Z`, else in this zone.
 */
export function windowBody(timeZone: string) {
  return z
    .strictObject({
      device: text,
      tag: text,
      from: instant,
      to: instant,
      every: z.literal('week', "must be 'week', or left out").optional(),
    })
    .transform(({ device, tag, from, to, every }, context): Omit<MaintenanceWindow, 'id'> => {
      const refuse = (field: string, message: string) => {
        context.addIssue({ code: 'custom', path: [field], message });
        return z.NEVER;
      };
      if ((device === undefined) === (tag === undefined)) return refuse('device', 'give a device or a tag, not both');
      const [startsAt, endsAt] = [instantOf(from, timeZone), instantOf(to, timeZone)];
      if (startsAt === null) return refuse('from', NO_TIME);
      if (endsAt === null) return refuse('to', NO_TIME);
      if (endsAt <= startsAt) return refuse('to', 'must be later than the begin');
      if (endsAt - startsAt > LONGEST_MS) return refuse('to', 'a window has at most a year');
      const isWeekly = every !== undefined;
      if (isWeekly && endsAt - startsAt > WEEK_MS) return refuse('to', 'a weekly window has at most a week');
      return { device: device ?? null, tag: tag ?? null, startsAt, endsAt, isWeekly };
    });
}

const NO_TIME = 'must be a time like 2026-11-27T22:00 or 2026-11-27T17:00:00Z';

function instantOf(typed: string, timeZone: string): number | null {
  try {
    if (/(?:Z|[+-]\d{2}:?\d{2})$/i.test(typed) && typed.includes('T'))
      return Temporal.Instant.from(typed).epochMilliseconds;
    return Temporal.PlainDateTime.from(typed).toZonedDateTime(timeZone).epochMilliseconds;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return null;
  }
}

/** The number of a window as it was typed or is in a path; `null`: there can be none of that. */
export function windowIdOf(typed: string): number | null {
  return /^\d{1,15}$/.test(typed) ? Number(typed) : null;
}

export function maintenanceEntry(window: MaintenanceWindow, now: number, timeZone: string): MaintenanceEntry {
  const { id, device, tag, startsAt, endsAt, isWeekly } = window;
  return {
    ...{ id, device, tag, from: new Date(startsAt).toISOString(), to: new Date(endsAt).toISOString() },
    ...{ every: isWeekly ? 'week' : null, open: isOpen(window, now, timeZone) },
  };
}
