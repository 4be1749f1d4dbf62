import { createHash } from 'node:crypto';
import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { type JobBook, runJob } from '../runtime/jobs.ts';
import type { Part } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logger.ts';
import { everyMinute } from '../runtime/minutes.ts';
import type { Calendar } from '../usage/accounting/day.ts';
import { matchesGlob } from '../usage/accounting/glob.ts';
import { periodOf, type Weekday } from '../usage/accounting/quota.ts';
import type { BackupDevice } from './ports.ts';
import type { Runner } from './run.ts';

/** When which devices are backed up; the shape of an entry of `backup.schedules`. `at` is `hh:mm` in the calendar's zone. */
export type Schedule = {
  readonly at: string;
  /** Names of devices, with `*`; absent: all. */
  readonly device?: string;
  readonly tag?: string;
} & (
  | { readonly every: 'day' }
  | { readonly every: 'week'; readonly on: Weekday }
  | { readonly every: 'month'; readonly on: number }
);

/** A schedule whose time has come today. */
export interface DueBackup {
  /** The same for all workers, and another one for each time that it falls due: names the run. */
  readonly run: string;
  readonly schedule: Schedule;
}

/**
 * What has fallen due today. A time that the clock skips (spring) is the moment after the gap; one that comes twice (autumn) is the
 * first. A month that lacks the day has its last one.
 */
export function dueBackups(schedules: readonly Schedule[], now: number, calendar: Calendar): readonly DueBackup[] {
  const today = Temporal.PlainDate.from(calendar.dayOf(now));
  return schedules
    .filter((schedule) => isOn(schedule, today))
    .map((schedule) => ({ schedule, dueAt: instantOf(today, schedule.at, calendar) }))
    .filter(({ dueAt }) => dueAt <= now)
    .map(({ schedule, dueAt }) => ({ schedule, run: runOf(schedule, dueAt) }));
}

function isOn(schedule: Schedule, today: Temporal.PlainDate): boolean {
  if (schedule.every === 'day') return true;
  if (schedule.every === 'month') return today.day === Math.min(schedule.on, today.daysInMonth);
  const week = periodOf('week', today.toString(), { weekStartsOn: schedule.on, monthStartsOn: 1 });
  return week.startDay === today.toString();
}

function instantOf(day: Temporal.PlainDate, at: string, { timeZone }: Calendar): number {
  return day.toZonedDateTime({ timeZone, plainTime: Temporal.PlainTime.from(at) }).epochMilliseconds;
}

/** As a UUID is written. */
function runOf({ device, tag, ...when }: Schedule, dueAt: number): string {
  const digits = createHash('sha256')
    .update(JSON.stringify([when, device ?? null, tag ?? null, dueAt]))
    .digest('hex');
  return [8, 12, 16, 20, 32].map((end, index) => digits.slice([0, 8, 12, 16, 20][index], end)).join('-');
}

export interface ScheduledBackupsDeps {
  readonly schedules: readonly Schedule[];
  readonly devices: () => readonly BackupDevice[];
  readonly runner: Pick<Runner, 'claim'>;
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly jobs: JobBook;
  readonly logger: Logger;
}

/** Backs up what falls due, each run by one worker alone. A stop ends a run in progress: nothing incomplete is kept. */
export function createScheduledBackups(deps: ScheduledBackupsDeps): Part & { look(): Promise<void> } {
  const { schedules, devices, runner, calendar, clock, logger } = deps;
  let stop = new AbortController();
  let stopMinutes = () => {};
  let current: Promise<void> | null = null;
  // Asked for each minute of a day: the database need not be.
  const done = new Set<string>();

  async function look(): Promise<void> {
    for (const { run, schedule } of dueBackups(schedules, clock.now(), calendar)) {
      if (done.has(run) || stop.signal.aborted) continue;
      const wanted = devices().filter(({ name, tags }) => {
        const { device, tag } = schedule;
        return (device === undefined || matchesGlob(device, name)) && (tag === undefined || tags.includes(tag));
      });
      if (wanted.length === 0) continue;
      const made = await runJob(deps, 'backup', () => runner.claim(run, wanted, stop.signal));
      // Who makes it now may be killed: it is asked for again.
      if (made !== 'held') done.add(run);
    }
  }

  async function lookOnce(): Promise<void> {
    try {
      await look();
    } catch (error) {
      if (stop.signal.aborted) return;
      if (error instanceof TroubleError) logger.warn({ code: error.code }, 'no backups: database or clock unavailable');
      else logger.error({ err: error }, 'backups failed');
    }
  }

  return {
    name: 'scheduled backups',
    look,
    start() {
      stop = new AbortController();
      stopMinutes = everyMinute(clock, () => {
        current ??= lookOnce().finally(() => {
          current = null;
        });
      });
    },
    async stop() {
      stopMinutes();
      stop.abort(new Error('the worker stops'));
      await current;
    },
  };
}
