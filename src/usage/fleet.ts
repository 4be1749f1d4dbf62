import type { Clock } from '../runtime/clock.ts';
import type { Part } from '../runtime/lifecycle.ts';
import { createBeat, createRounds } from '../runtime/rounds.ts';
import { createScheduler, type RemoveJob } from '../runtime/scheduler.ts';
import type { Calendar } from './accounting/day.ts';
import type { Collector } from './collect.ts';
import type { PollOutcome } from './ports.ts';

export interface FleetDeps<Router extends { readonly name: string }> {
  /** Those polled from the start. */
  readonly routers: readonly Router[];
  /** No longer polled; samples still held are booked. */
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
  /** Whether routers that join while it runs are polled at once, and not at their next instant; default `false`. */
  readonly newcomersAtOnce?: boolean;
  /** How long a poll in progress may continue at a stop before it is aborted. */
  readonly graceMs: number;
  readonly onBug: (error: unknown) => void;
}

/** The routers that are polled, each by its own timetable; they may change while they are. */
export interface Fleet<Router> extends Part {
  /** From now on these are polled and no others; resolves when the last polls of those that left or changed have ended. */
  set(routers: readonly Router[]): Promise<void>;
  /** Those polled now. */
  routers(): readonly Router[];
  /** Those polled now, and those that are not but still have samples waiting for the database. */
  remembered(): readonly Router[];
  /** One poll of each, besides the timetable: only while it is not started. */
  pollAll(signal: AbortSignal): Promise<PollOutcome[]>;
  close(): void;
}

interface Leaver<Router> {
  readonly router: Router;
  readonly collector: Collector;
  readonly removeJob: RemoveJob;
}

/** The round that reads the queues: every interval, and on each local midnight, so that few bytes have to be split between days. */
export function createFleet<Router extends { readonly name: string }>(deps: FleetDeps<Router>): Fleet<Router> {
  const { createCollector, isHeld, calendar, clock, everyMs, graceMs, onBug } = deps;
  const timetable = {
    everyMs,
    phase: 0,
    // Rule 10 (see `accountSample`): few spans are split over a midnight.
    alsoAt: (at: number) => calendar.endOf(calendar.dayOf(at)),
  };
  const rounds = createRounds<Router, PollOutcome>({
    ...timetable,
    name: 'polling',
    subjects: deps.routers,
    createVisitor(router) {
      const collector = createCollector(router);
      return { visit: (visit) => collector.poll(visit), close: () => collector.close() };
    },
    isSame: deps.isSame,
    places: deps.concurrency,
    newcomersAtOnce: deps.newcomersAtOnce ?? false,
    clock,
    graceMs,
    onBug,
  });
  const leavers = createScheduler({ jobs: [], clock, onBug });
  const leaving = new Map<string, Leaver<Router>>();
  let changes: Promise<void> = Promise.resolve();

  /** Its stored usage stays, and samples still held are booked. */
  function leave(router: Router): void {
    const { name } = router;
    if (!isHeld(name)) return;
    const collector = createCollector(router);
    const removeJob = leavers.add({
      nextAfter: createBeat({ ...timetable, name }),
      async run() {
        await collector.bookHeld();
        if (isHeld(name)) return;
        leaving.delete(name);
        collector.close();
        // Not waited for: it waits for this run.
        void removeJob(0);
      },
    });
    leaving.set(name, { router, collector, removeJob });
  }

  async function apply(routers: readonly Router[]): Promise<void> {
    const wanted = new Set(routers.map(({ name }) => name));
    const returned = [...leaving.values()].filter(({ router }) => wanted.has(router.name));
    await Promise.all(returned.map(({ removeJob }) => removeJob(graceMs)));
    for (const { router, collector } of returned) {
      leaving.delete(router.name);
      collector.close();
    }
    const left = rounds.subjects().filter(({ name }) => !wanted.has(name));
    await rounds.set(routers);
    for (const router of left) leave(router);
  }

  const polled = new Set(deps.routers.map(({ name }) => name));
  for (const router of deps.former) if (!polled.has(router.name)) leave(router);

  return {
    name: rounds.name,
    set(wanted) {
      const change = changes.then(() => apply(wanted));
      // Only the caller of this change gets its failure, not the next caller.
      changes = change.catch(() => {});
      return change;
    },
    routers: rounds.subjects,
    remembered: () => [...rounds.subjects(), ...[...leaving.values()].map(({ router }) => router)],
    pollAll: rounds.visitAll,
    async start() {
      await rounds.start();
      leavers.start();
    },
    async stop() {
      await Promise.all([rounds.stop(), leavers.stop(graceMs)]);
    },
    close() {
      rounds.close();
      for (const { collector } of leaving.values()) collector.close();
    },
  };
}
