import { type ActiveRule, dueBackups } from '../../../src/backups/schedule.ts';
import { createScheduleStore } from '../../../src/backups/store/schedule-store.ts';
import type { RouterOsVersion } from '../../../src/demo/router-versions.ts';
import { newHostKey } from '../../../src/demo/ssh-server.ts';
import { createVault, makeKey } from '../../../src/runtime/vault.ts';
import { notesOf } from '../begin.ts';
import { TIME_ZONE } from '../plan.ts';
import { play } from '../play.ts';
import type { Stage } from '../soak.ts';
import type { SoakStore } from '../stores.ts';
import { until } from '../until.ts';
import type { Verdict } from '../verdict.ts';
import { beginBackupFault } from './faults.ts';
import { type BackupBooks, logBackups, readBackupBooks, readRuns, removeSchedules } from './log.ts';
import { dueTimes, planBackups, timeOfDay } from './plan.ts';
import { createBackedUpRouter } from './routers.ts';
import { isSettled, judgeBackups } from './verdict.ts';

/** What a soak has beside the rest when the configurations of its routers are backed up. */
export interface SoakBackups {
  /** Sections of the configuration. */
  readonly config: Record<string, unknown>;
  /** Gives for each router its part of the configuration. */
  start(): Promise<readonly Record<string, unknown>[]>;
  /** Schedules a backup of all routers for each minute, and begins to note what becomes of it; the schema has to be there. */
  schedule(store: SoakStore): Promise<void>;
  /** Has everything happen to configurations and to those who read them; resolves at the end of the time. */
  playOut(stage: Stage, tell: (line: string) => void): Promise<void>;
  /** Waits for what was cut off and for one more run, and reads the books; nothing is due from then on. */
  close(stage: Stage): Promise<void>;
  judge(stage: Stage): Verdict;
  stop(): Promise<void>;
}

/** All versions that a soak can make. */
const KEEP = 10_000;
/** The end of a lease, the next minute, and a run with three tries of a router that says nothing. */
const SETTLED_WITHIN_MS = 360_000;
const A_MOMENT_MS = 5_000;

export function createSoakBackups(options: {
  readonly routers: readonly { readonly name: string; readonly version: RouterOsVersion }[];
  readonly seed: number;
  readonly durationMs: number;
  /** By the clock of the workers. */
  readonly startAt: number;
  /** Several workers share the routers, and nothing happens to clocks. */
  readonly isShared: boolean;
}): SoakBackups {
  const { durationMs, startAt, isShared } = options;
  const key = makeKey();
  const hostKey = newHostKey();
  const routers = options.routers.map((router) => createBackedUpRouter({ ...router, hostKey }));
  const times = dueTimes({ startAt, durationMs, hasChangeOfTime: !isShared });
  const rules = times.map((at): ActiveRule => {
    return { rule: { timing: { every: 'day', at: timeOfDay(at) }, device: null, tags: [] }, since: startAt };
  });
  const due = new Map(dueBackups(rules, Math.max(...times), TIME_ZONE).map(({ run, dueAt }) => [run, dueAt]));
  let calmFrom = Number.POSITIVE_INFINITY;
  let books: BackupBooks | null = null;

  /** A clock that was set back shows no time that is still to come: it goes on from the last one that did. */
  async function catchUp({ store, crew }: Stage): Promise<void> {
    const runs = await readRuns(store);
    const lastDue = Math.max(0, ...runs.map(({ run }) => due.get(run) ?? 0));
    const now = Date.now() + (crew.clocks().at(-1)?.offsetMs ?? 0);
    if (now < lastDue) crew.stepClock(lastDue - now);
  }

  return {
    config: { key, backup: { schedules: [], keep: KEEP, idleSeconds: 8, totalSeconds: 60 } },
    start: () => Promise.all(routers.map((router) => router.start())),
    async schedule(store) {
      await logBackups(store);
      const book = createScheduleStore(store);
      for (const { rule, since } of rules) await book.add(rule, since, rules.length);
    },
    async playOut(stage, tell) {
      const plan = planBackups({ ...options, routers: routers.length });
      await play(plan, durationMs, (fault) => beginBackupFault(fault, routers, stage, notesOf(fault, stage, tell)));
      calmFrom = Date.now();
    },
    async close(stage) {
      const { store } = stage;
      await catchUp(stage);
      await until(async () => isSettled(await readRuns(store), routers, calmFrom), SETTLED_WITHIN_MS);
      await removeSchedules(store);
      // One that has begun in the same moment.
      await until(async () => isSettled(await readRuns(store), routers, calmFrom), A_MOMENT_MS);
      books = await readBackupBooks(store, createVault(key), KEEP);
    },
    judge({ storeTrouble }) {
      if (books === null) throw new Error('the books of backups were not read');
      return judgeBackups({
        routers: routers.map((router) => ({
          ...{ name: router.name, held: router.held(), sessions: router.sessions },
          ...{ unreadable: router.unreadable(), wrong: router.wrong() },
        })),
        ...{ books, due, calmFrom, storeTrouble: storeTrouble.spells() },
      });
    },
    async stop() {
      for (const router of routers) await router.stop();
    },
  };
}
