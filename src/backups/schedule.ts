import { createHash } from 'node:crypto';
import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { Part } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logger.ts';
import { everyMinute } from '../runtime/minutes.ts';
import type { Calendar } from '../usage/accounting/day.ts';
import type { BackupJob } from './job.ts';
import type { BackupDevice } from './ports.ts';
import type { Runner } from './run.ts';
import type { ScheduleBook } from './schedule-desk.ts';
import { devicesOf, type ScheduleRule, writeRule } from './schedule-rule.ts';
import { startOf } from './spread.ts';
import { lastTime } from './timetable.ts';

/** A rule, and since when its times count, Unix ms: a schedule that is made at noon was not missed in the morning. */
export interface ActiveRule {
  readonly rule: ScheduleRule;
  readonly since: number;
}

/** A schedule whose time has come. */
export interface DueBackup {
  /** The same for all workers, and another one for each time that it falls due: names the run. */
  readonly run: string;
  readonly rule: ScheduleRule;
  readonly dueAt: number;
}

/** A run that was missed or cut is made, or gone on with, for so long. */
const MADE_UP_MS = 24 * 3_600_000;

/** Of each schedule the last time that has come, as long as it is to be made up for. Of several that were missed only the last one is. */
export function dueBackups(rules: readonly ActiveRule[], now: number, timeZone: string): readonly DueBackup[] {
  return rules
    .map(({ rule, since }) => ({ rule, since, dueAt: lastTime(rule.timing, now, timeZone) }))
    .filter(({ since, dueAt }) => dueAt > since && dueAt > now - MADE_UP_MS)
    .map(({ rule, dueAt }) => ({ rule, dueAt, run: runOf(rule, dueAt) }));
}

/** As a UUID is written. */
function runOf(rule: ScheduleRule, dueAt: number): string {
  const { every, on, at, device, tags } = writeRule(rule);
  const digits = createHash('sha256')
    .update(JSON.stringify([every, on, at, device, tags, dueAt]))
    .digest('hex');
  return [8, 12, 16, 20, 32].map((end, index) => digits.slice([0, 8, 12, 16, 20][index], end)).join('-');
}

export interface ScheduledBackupsDeps {
  readonly configured: readonly ScheduleRule[];
  readonly book: Pick<ScheduleBook, 'list'>;
  readonly devices: () => readonly BackupDevice[];
  readonly runner: Pick<Runner, 'claim'>;
  readonly calendar: Pick<Calendar, 'timeZone'>;
  readonly clock: Clock;
  readonly job: BackupJob;
  readonly logger: Logger;
}

/**
 * Backs up what falls due, each run by one worker alone; schedules in the database are followed within a minute. A long run keeps no other
 * from beginning. A stop ends runs in progress: nothing incomplete is kept.
 */
export function createScheduledBackups(deps: ScheduledBackupsDeps): Part & { look(): Promise<void> } {
  const { configured, book, devices, runner, calendar, job, clock, logger } = deps;
  let stop = new AbortController();
  let stopMinutes = () => {};
  let lastLook: Promise<void> = Promise.resolve();
  /** As last read: with the database away for a moment they still hold. */
  let stored: readonly ActiveRule[] = [];
  // Asked for each minute of a day: the database need not be.
  let done: ReadonlySet<string> = new Set();
  const running = new Map<string, Promise<void>>();

  /** Begins what is due and waits for it. */
  async function look(): Promise<void> {
    await readStored();
    const rules = [...configured.map((rule) => ({ rule, since: Number.NEGATIVE_INFINITY })), ...stored];
    const due = dueBackups(rules, clock.now(), calendar.timeZone);
    done = new Set(due.flatMap(({ run }) => (done.has(run) ? run : [])));
    const begun = due.flatMap((each) => {
      if (done.has(each.run) || running.has(each.run) || stop.signal.aborted) return [];
      const work = makeQuietly(each).finally(() => running.delete(each.run));
      running.set(each.run, work);
      return work;
    });
    await Promise.all(begun);
  }

  async function readStored(): Promise<void> {
    try {
      stored = (await book.list()).filter(({ isPaused }) => !isPaused);
    } catch (error) {
      if (!(error instanceof TroubleError)) throw error;
      logger.debug({ code: error.code }, 'the schedules of backups cannot be read: those known before hold');
    }
  }

  async function make({ run, rule, dueAt }: DueBackup): Promise<void> {
    const wanted = devicesOf(rule, devices());
    if (wanted.length === 0) return;
    const starts = (device: string) => startOf(device, wanted.length, dueAt);
    const { signal } = stop;
    const made = await job(signal, () => runner.claim(run, wanted, signal, starts));
    // Who makes it now may be killed: it is asked for again.
    if (made !== 'held') done = new Set([...done, run]);
  }

  async function makeQuietly(due: DueBackup): Promise<void> {
    try {
      await make(due);
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
        lastLook = look().catch((error: unknown) => logger.error({ err: error }, 'the schedules of backups failed'));
      });
    },
    async stop() {
      stopMinutes();
      stop.abort(new Error('the worker stops'));
      await Promise.all([lastLook, ...running.values()]);
    },
  };
}
