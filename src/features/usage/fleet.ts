import type { Calendar } from '../../accounting/day.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Part } from '../../runtime/lifecycle.ts';
import { createLimiter } from '../../runtime/limiter.ts';
import { createScheduler, type RemoveJob } from '../../runtime/scheduler.ts';
import type { Collector } from './collect.ts';
import type { PollOutcome } from './ports.ts';
import { createTimetable } from './timetable.ts';

export interface FleetDeps<Router extends { readonly name: string }> {
  /** Those polled from the start. */
  readonly routers: readonly Router[];
  /** Polled no longer; whatever is still held of them is brought into the books. */
  readonly former: readonly Router[];
  readonly createCollector: (router: Router) => Collector;
  /** Whether the settings are the same, so that the connection may stay. */
  readonly isSame: (one: Router, other: Router) => boolean;
  /** Whether samples of a router wait for the database. */
  readonly isHeld: (router: string) => boolean;
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly everyMs: number;
  /** Routers read at once. */
  readonly concurrency: number;
  /** What a poll in progress gets, when it has to end, before it is aborted. */
  readonly graceMs: number;
  readonly onBug: (error: unknown) => void;
}

/** The routers that are polled, each by its own timetable; they may change while they are. */
export interface Fleet<Router> extends Part {
  /**
   * From now on these are polled and no others. A router whose settings are the same keeps its connection and its timetable.
   * Resolves when those that left or changed are at rest. Calls are carried out one after another.
   */
  set(routers: readonly Router[]): Promise<void>;
  /** Those polled now. */
  routers(): readonly Router[];
  /** Those polled now, and those that are not but still have samples waiting for the database. */
  remembered(): readonly Router[];
  /** One poll of each, besides the timetable: only while it is not started. */
  pollAll(signal: AbortSignal): Promise<PollOutcome[]>;
  close(): void;
}

interface Member<Router> {
  readonly router: Router;
  readonly collector: Collector;
  readonly removeJob: RemoveJob;
}

export function createFleet<Router extends { readonly name: string }>(deps: FleetDeps<Router>): Fleet<Router> {
  const { createCollector, isSame, isHeld, calendar, clock, everyMs, graceMs, onBug } = deps;
  const scheduler = createScheduler({ jobs: [], clock, onBug });
  const limiter = createLimiter(deps.concurrency);
  const members = new Map<string, Member<Router>>();
  const leaving = new Map<string, Member<Router>>();
  let changes: Promise<void> = Promise.resolve();

  const poll = (collector: Collector, signal: AbortSignal) => limiter.run(() => collector.poll(signal));

  function join(router: Router): void {
    const collector = createCollector(router);
    const removeJob = scheduler.add({
      nextAfter: createTimetable({ router: router.name, everyMs, calendar }),
      run: async (signal) => void (await poll(collector, signal)),
    });
    members.set(router.name, { router, collector, removeJob });
  }

  /** Its books stay, and what was read of it belongs into them. */
  function leave(router: Router, collector: Collector): void {
    const { name } = router;
    if (!isHeld(name)) return;
    const removeJob = scheduler.add({
      nextAfter: createTimetable({ router: name, everyMs, calendar }),
      async run() {
        await collector.settle();
        if (isHeld(name)) return;
        leaving.delete(name);
        // Not waited for: it waits for this run.
        void removeJob(0);
      },
    });
    leaving.set(name, { router, collector, removeJob });
  }

  async function apply(routers: readonly Router[]): Promise<void> {
    const wanted = new Map(routers.map((router) => [router.name, router]));
    const atRest = [...members.values()].map(async ({ router, collector, removeJob }) => {
      const next = wanted.get(router.name);
      if (next !== undefined && isSame(router, next)) return;
      // One process reads a router in order: the old collector has to be done before a new one may begin.
      await removeJob(graceMs);
      collector.close();
      members.delete(router.name);
      if (next === undefined) leave(router, collector);
    });
    const returned = [...leaving.values()].filter(({ router }) => wanted.has(router.name));
    await Promise.all([...atRest, ...returned.map(({ removeJob }) => removeJob(graceMs))]);
    for (const { router } of returned) leaving.delete(router.name);
    for (const router of routers) if (!members.has(router.name)) join(router);
  }

  for (const router of deps.routers) join(router);
  for (const router of deps.former) if (!members.has(router.name)) leave(router, createCollector(router));

  const routers = () => [...members.values()].map(({ router }) => router);
  return {
    name: 'polling',
    set(wanted) {
      const change = changes.then(() => apply(wanted));
      // A failure is for whoever asked for the change, not for the next one.
      changes = change.catch(() => {});
      return change;
    },
    routers,
    remembered: () => [...routers(), ...[...leaving.values()].map(({ router }) => router)],
    pollAll: (signal) => Promise.all([...members.values()].map(({ collector }) => poll(collector, signal))),
    start: () => scheduler.start(),
    stop: () => scheduler.stop(graceMs),
    close() {
      for (const { collector } of members.values()) collector.close();
    },
  };
}
