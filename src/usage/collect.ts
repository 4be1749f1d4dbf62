import type { ReadFacts } from '../devices/ports.ts';
import { type Clock, clockTrouble } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { Visit } from '../runtime/rounds.ts';
import type { TroubleLog } from '../runtime/trouble-log.ts';
import type { RouterState, Sample } from './accounting/counter.ts';
import { dateSample } from './accounting/dating.ts';
import type { Calendar } from './accounting/day.ts';
import { accountSample } from './accounting/delta.ts';
import type { Backlog } from './backlog.ts';
import { createBooking } from './booking.ts';
import type { Booking, PollListener, PollOutcome, QueueReader, RouterReading, UsageLedger } from './ports.ts';
import { resolveUser, type UserRule } from './users.ts';

export interface CollectedRouter {
  readonly name: string;
  readonly lineMbps: number;
  readonly reader: QueueReader;
}

export interface CollectorDeps {
  readonly router: CollectedRouter;
  readonly users: readonly UserRule[];
  readonly ledger: UsageLedger;
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly backlog: Backlog;
  readonly outage: Outage;
  readonly troubles: TroubleLog;
  readonly listeners: readonly PollListener[];
}

/** Polls one router: read → delta → one atomic write. */
export interface Collector {
  readonly router: string;
  /**
   * One poll. Expected trouble is an outcome and is logged once; a bug rejects.
   * Must not be called again before it settled: one process reads a router in order.
   */
  poll(visit: Visit): Promise<PollOutcome>;
  /** Writes what is held of the router into the database, as far as the database lets it, without reading the router. */
  bookHeld(): Promise<void>;
  close(): void;
}

/** Shared by all collectors of a process: whether the database is known to be away. */
export interface Outage {
  /** The trouble while the database is left alone, `null` when it is worth a try. */
  current(): TroubleError | null;
  began(trouble: TroubleError): void;
  ended(): void;
}

export function createCollector(deps: CollectorDeps): Collector {
  const { router, users, ledger, calendar, clock, backlog, outage, troubles, listeners } = deps;
  const subject = `router ${router.name}`;

  async function poll(visit: Visit): Promise<PollOutcome> {
    const startedMs = clock.monotonicMs();
    const outcome = await pollOnce(visit);
    if (outcome.status === 'failed' && visit.signal.aborted) return outcome;
    const durationMs = clock.monotonicMs() - startedMs;
    for (const listener of listeners) listener.polled?.(outcome, durationMs);
    return outcome;
  }

  async function pollOnce(visit: Visit): Promise<PollOutcome> {
    let queues: number;
    let facts: ReadFacts;
    try {
      // The reading itself is let go at once: a large router's sample need not lie in memory twice.
      const { sample, facts: told } = takeApart(await router.reader.read(visit), users, router.name);
      facts = told;
      backlog.push(router.name, sample);
      queues = sample.queues.length;
    } catch (error) {
      if (!(error instanceof TroubleError)) throw error;
      if (!visit.signal.aborted) troubles.started(subject, error);
      // What waits from earlier polls need not wait for the router.
      await bookHeld();
      return { status: 'failed', router: router.name, trouble: error };
    }
    troubles.ended(subject);
    const settled = await bookHeld();
    if (settled instanceof TroubleError) return { status: 'held', router: router.name, trouble: settled, facts };
    return { status: settled, router: router.name, queues, facts };
  }

  /** Commits what is held, oldest first; nothing while the clock cannot date it. */
  async function bookHeld(): Promise<'booked' | 'dropped' | TroubleError> {
    const notSet = clockTrouble(clock);
    if (notSet !== null) {
      troubles.started('clock', notSet);
      return notSet;
    }
    troubles.ended('clock');
    const away = outage.current();
    if (away !== null) return away;
    let booking: Booking | null = null;
    for (let sample = backlog.first(router.name); sample !== undefined; sample = backlog.first(router.name)) {
      try {
        booking = await commit(sample);
      } catch (error) {
        if (!(error instanceof TroubleError)) throw error;
        outage.began(error);
        return error;
      }
      outage.ended();
      backlog.take(router.name, sample);
      if (booking !== null) tellBooked(booking);
    }
    return booking !== null ? 'booked' : 'dropped';
  }

  function tellBooked(booking: Booking): void {
    for (const listener of listeners) listener.booked?.(router.name, booking);
  }

  /** @returns what was committed, `null` when the sample was not accepted */
  async function commit(held: Sample): Promise<Booking | null> {
    const judged = { nowAt: clock.now(), nowMonotonicMs: clock.monotonicMs(), earliestAt: clock.earliestAt };
    const sample = dateSample(held, judged);
    let decided: Booking | null = null;
    const decide = (stored: RouterState | null): Booking | null => {
      const account = accountSample(stored, sample, {
        lineMbps: router.lineMbps,
        dayStartAt: calendar.startOf(calendar.dayOf(sample.sampledAt)),
        ...judged,
      });
      decided = account === null ? null : createBooking(account, sample, calendar);
      return decided;
    };
    await ledger.book(router.name, decide, sample.queues.length);
    // Only what was decided last is what was committed: a deadlock makes the ledger ask again.
    return decided;
  }

  return {
    router: router.name,
    poll,
    bookHeld: async () => void (await bookHeld()),
    close() {
      router.reader.close();
      ledger.forget(router.name);
      troubles.forget(subject);
    },
  };
}

function takeApart(
  reading: RouterReading,
  users: readonly UserRule[],
  router: string,
): { readonly sample: Sample; readonly facts: ReadFacts } {
  const { facts, queues, ...rest } = reading;
  const sample = {
    ...rest,
    // Written out: of 50,000 rows a minute, copies by spreading are most of the garbage.
    queues: queues.map((queue) => ({
      id: queue.id,
      name: queue.name,
      user: resolveUser(users, router, queue),
      dynamic: queue.dynamic,
      isParent: queue.isParent,
      comment: queue.comment,
      uploadBytes: queue.uploadBytes,
      downloadBytes: queue.downloadBytes,
    })),
  };
  return { sample, facts: { ...facts, bootedAt: reading.sampledAt - reading.uptimeMs } };
}
