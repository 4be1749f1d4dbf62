import { z } from 'zod';
import { isOneLine, NOT_ONE_LINE } from '../runtime/one-line.ts';
import { matchesGlob } from '../usage/accounting/glob.ts';
import { WEEKDAYS } from '../usage/accounting/quota.ts';
import type { BackupDevice } from './ports.ts';
import type { Timing } from './timetable.ts';

/** When which devices are backed up. */
export interface ScheduleRule {
  readonly timing: Timing;
  /** Names, with `*` and `?`; `null`: all. */
  readonly device: string | null;
  /** One of them is enough; none: all. */
  readonly tags: readonly string[];
}

/** How people write it: in the configuration, a JSON body, a form, a command. */
export interface WrittenRule {
  /** `day`, `week`, `month`, `year` or like `6 hours`. */
  readonly every: string;
  readonly on: string | null;
  readonly at: string | null;
  readonly device: string | null;
  readonly tags: readonly string[];
}

export const DEFAULT_AT = '02:00';

/** More would be no schedule: `every: 'week'` says it better. */
const MOST_HOURS = 168;
const HOURS = /^([1-9]\d{0,2}) ?(?:hours?|h)$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;
const DATE = /^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const LEAP_YEAR = 2024;
const DAY = /^([1-9]|[12]\d|3[01])$/;

const name = z.string().min(1).max(255).refine(isOneLine, NOT_ONE_LINE);

/** The fields of a rule as it is written; `timingOf` says what they mean together. */
const writtenFields = {
  every: z.string().default('day'),
  on: z.union([z.string(), z.int()], 'must be a weekday, a day of the month or a date like 03-31').exactOptional(),
  at: z.string().regex(TIME, "must be a time of day as hh:mm from '00:00' to '23:59'").exactOptional(),
  device: name.exactOptional(),
  tags: z.array(name).max(50).default([]),
};

/** What is to be given for a schedule. Messages are for the one who typed it. */
export const ruleBody = z.strictObject(writtenFields).transform((written, ctx): ScheduleRule => {
  const { device = null, tags } = written;
  const timing = timingOf(written.every, written.on === undefined ? null : String(written.on), written.at ?? null);
  if ('every' in timing) return { timing, device, tags };
  ctx.addIssue({ code: 'custom', path: [timing.path], message: timing.message, input: undefined });
  return z.NEVER;
});

interface Problem {
  readonly path: 'every' | 'on' | 'at';
  readonly message: string;
}

function timingOf(every: string, on: string | null, time: string | null): Timing | Problem {
  const at = time ?? DEFAULT_AT;
  const hours = Number(HOURS.exec(every)?.[1] ?? 0);
  if (hours > 0 && hours <= MOST_HOURS) {
    if (time !== null) return { path: 'at', message: 'leave it out: with hours there is no time of day' };
    if (on !== null) return { path: 'on', message: 'leave it out: with hours there is no day' };
    return { every: 'hours', hours };
  }
  if (every === 'day') return on === null ? { every, at } : { path: 'on', message: 'leave it out: it is every day' };
  if (every === 'week') {
    const weekday = on === null ? 'monday' : WEEKDAYS.find((day) => day === on.toLowerCase());
    return weekday === undefined
      ? { path: 'on', message: 'must be a weekday, like monday' }
      : { every, at, on: weekday };
  }
  if (every === 'month') {
    const day = DAY.exec(on ?? '1');
    return day === null
      ? { path: 'on', message: 'must be a day of the month, 1 to 31' }
      : { every, at, on: Number(day[0]) };
  }
  if (every === 'year') {
    const date = dateOf(on ?? '01-01');
    return date === null ? { path: 'on', message: 'must be month and day, like 03-31' } : { every, at, on: date };
  }
  return { path: 'every', message: `must be day, week, month, year, or hours like '6 hours' (1 to ${MOST_HOURS})` };
}

/** `null`: there is no such day in any year. */
function dateOf(text: string): { readonly month: number; readonly day: number } | null {
  const [, month, day] = DATE.exec(text) ?? [];
  const date = { month: Number(month), day: Number(day) };
  if (month === undefined) return null;
  return Temporal.PlainDate.from({ year: LEAP_YEAR, ...date }).day === date.day ? date : null;
}

/** As it would be written; read again it is the same. */
export function writeRule({ timing, device, tags }: ScheduleRule): WrittenRule {
  if (timing.every === 'hours') {
    return { every: `${timing.hours} ${timing.hours === 1 ? 'hour' : 'hours'}`, on: null, at: null, device, tags };
  }
  return { every: timing.every, on: onOf(timing), at: timing.at, device, tags };
}

function onOf(timing: Exclude<Timing, { every: 'hours' }>): string | null {
  if (timing.every === 'day') return null;
  if (timing.every !== 'year') return String(timing.on);
  const { month, day } = timing.on;
  return [month, day].map((part) => String(part).padStart(2, '0')).join('-');
}

/** Which of the devices a rule is for. */
export function devicesOf<Each extends Pick<BackupDevice, 'name' | 'tags'>>(
  { device, tags }: Pick<ScheduleRule, 'device' | 'tags'>,
  devices: readonly Each[],
): readonly Each[] {
  return devices.filter(
    (each) =>
      (device === null || matchesGlob(device, each.name)) &&
      (tags.length === 0 || tags.some((tag) => each.tags.includes(tag))),
  );
}
