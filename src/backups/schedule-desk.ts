import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { formatFullDay, formatMoment, formatTime } from '../runtime/format.ts';
import type { BackupDevice } from './ports.ts';
import { devicesOf, type ScheduleRule, type WrittenRule, writeRule } from './schedule-rule.ts';
import { nextTimes } from './timetable.ts';

/** A schedule in the database. */
export interface StoredSchedule {
  readonly id: number;
  readonly rule: ScheduleRule;
  readonly isPaused: boolean;
  /** When it was made or last resumed, Unix ms: earlier times were not missed. */
  readonly since: number;
}

/** Schedules that people made. Everything rejects with a `TroubleError` when the database is away. */
export interface ScheduleBook {
  /** By their ids. */
  list(): Promise<readonly StoredSchedule[]>;
  /** Gives the new one's id; `null`: there are `most` already. */
  add(rule: ScheduleRule, since: number, most: number): Promise<number | null>;
  /** `false`: there is none of this id. One that is so already stays as it is. */
  setPaused(id: number, isPaused: boolean, since: number): Promise<boolean>;
  /** `false`: there is none of this id. */
  remove(id: number): Promise<boolean>;
}

/** A schedule as people and programs see it. */
export interface ScheduleEntry extends WrittenRule {
  /** `null`: it is in the configuration, and changed there alone. */
  readonly id: number | null;
  readonly source: 'config' | 'database';
  readonly paused: boolean;
  /** How many devices it backs up, as things are now. */
  readonly devices: number;
  /** The next due times, ISO 8601; none while it is paused. */
  readonly next: readonly string[];
}

/** Puts on record what was done. */
export type NoteSchedule = (change: {
  readonly action:
    | 'backup.schedule.add'
    | 'backup.schedule.pause'
    | 'backup.schedule.resume'
    | 'backup.schedule.remove';
  readonly subject: string;
  readonly outcome: string;
}) => Promise<void>;

/**
 * What people do with schedules; each change is noted. Everything rejects with a `TroubleError`: `SCHEDULE_UNKNOWN`, `SCHEDULE_LIMIT`,
 * `KEY_MISSING`, or that of a database that is away.
 */
export interface ScheduleDesk {
  /** Those of the configuration first. */
  list(): Promise<readonly ScheduleEntry[]>;
  add(note: NoteSchedule, rule: ScheduleRule): Promise<ScheduleEntry>;
  setPaused(note: NoteSchedule, id: number, isPaused: boolean): Promise<ScheduleEntry>;
  remove(note: NoteSchedule, id: number): Promise<void>;
}

export interface ScheduleDeskDeps {
  readonly book: ScheduleBook;
  readonly configured: readonly ScheduleRule[];
  readonly devices: () => readonly Pick<BackupDevice, 'name' | 'tags'>[];
  /** Throws a `TroubleError` where nothing can be backed up. */
  readonly requireKey: () => void;
  readonly timeZone: string;
  readonly clock: Pick<Clock, 'now'>;
}

/** More are no help to anybody: a rule is for many devices. */
const MOST_SCHEDULES = 200;
const TIMES_SHOWN = 3;

export function createScheduleDesk(deps: ScheduleDeskDeps): ScheduleDesk {
  const { book, configured, requireKey, timeZone, clock } = deps;

  function entryOf(
    rule: ScheduleRule,
    stored: Pick<StoredSchedule, 'id' | 'isPaused'> | null,
    devices = deps.devices(),
  ): ScheduleEntry {
    const paused = stored?.isPaused ?? false;
    const times = paused ? [] : nextTimes(rule.timing, clock.now(), timeZone, TIMES_SHOWN);
    return {
      id: stored?.id ?? null,
      source: stored === null ? 'config' : 'database',
      ...writeRule(rule),
      ...{ paused, devices: devicesOf(rule, devices).length },
      next: times.map((at) => new Date(at).toISOString()),
    };
  }

  async function find(id: number): Promise<StoredSchedule> {
    const found = (await book.list()).find((each) => each.id === id);
    if (found === undefined) throw unknownSchedule();
    return found;
  }

  return {
    async list() {
      const stored = await book.list();
      const devices = deps.devices();
      return [
        ...configured.map((rule) => entryOf(rule, null, devices)),
        ...stored.map((schedule) => entryOf(schedule.rule, schedule, devices)),
      ];
    },
    async add(note, rule) {
      requireKey();
      const id = await book.add(rule, clock.now(), MOST_SCHEDULES);
      if (id === null) throw tooMany();
      await note({ action: 'backup.schedule.add', subject: subjectOf(id, rule), outcome: 'ok' });
      return entryOf(rule, { id, isPaused: false });
    },
    async setPaused(note, id, isPaused) {
      const { rule } = await find(id);
      if (!(await book.setPaused(id, isPaused, clock.now()))) throw unknownSchedule();
      const action = isPaused ? 'backup.schedule.pause' : 'backup.schedule.resume';
      await note({ action, subject: subjectOf(id, rule), outcome: 'ok' });
      return entryOf(rule, { id, isPaused });
    },
    async remove(note, id) {
      const { rule } = await find(id);
      if (!(await book.remove(id))) throw unknownSchedule();
      await note({ action: 'backup.schedule.remove', subject: subjectOf(id, rule), outcome: 'ok' });
    },
  };
}

/** For the audit: what a schedule said stays known when it is gone. */
function subjectOf(id: number, rule: ScheduleRule): string {
  return `${id}: ${describeTiming(writeRule(rule))}, ${describeDevices(rule)}`;
}

/** In a few words: `every week on monday at 02:00`. */
export function describeTiming({ every, on, at }: Pick<WrittenRule, 'every' | 'on' | 'at'>): string {
  const when = at === null ? '' : ` at ${at}`;
  if (every === 'month') return `every month on day ${on}${when}`;
  return `every ${every === '1 hour' ? 'hour' : every}${on === null ? '' : ` on ${on}`}${when}`;
}

/** When it is next due: `Sun 22 Nov, 04:30`, with the year where that matters. */
export function describeNext(
  { every, next }: Pick<ScheduleEntry, 'every' | 'next'>,
  timeZone: string,
): readonly string[] {
  return next.map((text) => {
    const at = Date.parse(text);
    if (every !== 'year') return formatMoment(at, timeZone);
    const day = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate();
    return `${formatFullDay(day.toString())}, ${formatTime(at, timeZone)}`;
  });
}

export function describeDevices({ device, tags }: Pick<WrittenRule, 'device' | 'tags'>): string {
  const parts = [...(device === null ? [] : [device]), ...(tags.length === 0 ? [] : [`tag ${tags.join(' or ')}`])];
  return parts.length === 0 ? 'all devices' : parts.join(', ');
}

function unknownSchedule(): TroubleError {
  return new TroubleError(
    'SCHEDULE_UNKNOWN',
    'there is no schedule of this id in the database',
    'See which there are: backup schedule list. Those of the configuration have no id: they are changed there.',
  );
}

function tooMany(): TroubleError {
  return new TroubleError(
    'SCHEDULE_LIMIT',
    `there are ${MOST_SCHEDULES} schedules already`,
    'Remove one first. One schedule can be for many devices: by name with *, or by tag.',
  );
}
