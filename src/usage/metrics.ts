import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { AccountingEvent } from './accounting/draft.ts';
import type { Booking, PollListener, PollOutcome } from './ports.ts';

export interface CollectionMetricsDeps {
  readonly registry: Registry;
  readonly everyMs: number;
  /** Of every router that is polled, as it is now. */
  readonly conditions: () => readonly {
    readonly router: string;
    readonly isFresh: boolean;
    /** Unix ms; `null`: never. */
    readonly lastReadAt: number | null;
  }[];
  readonly backlog: {
    size(): number;
    dropped(): { readonly spare: number; readonly needed: number };
  };
}

export interface CollectionMetrics {
  readonly listener: Required<PollListener>;
  /** To be called before each scrape: takes in which routers there are. */
  refresh(): void;
}

const OUTCOMES: readonly PollOutcome['status'][] = ['booked', 'dropped', 'held', 'failed'];
const EVENT_CODES: readonly AccountingEvent['code'][] = [
  'ROUTER_FIRST_READ',
  'ROUTER_REBOOTED',
  'REBOOT_UNCERTAIN',
  'ROUTER_REPLACED',
  'CLOCK_STEPPED',
  'COUNTER_RESTARTED',
  'COUNTER_IMPLAUSIBLE',
  'QUEUE_GONE',
];
/** From a small router next door to one that takes all of its time. */
const DURATION_BUCKETS_SECONDS = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30];

/** Metrics of polling and booking. Labels are routers of the configuration and fixed words; never a queue or a user. */
export function createCollectionMetrics(deps: CollectionMetricsDeps): CollectionMetrics {
  const { registry, conditions } = deps;
  const registers = [registry];

  const polls = new Counter({
    name: 'netsentinel_polls_total',
    help: 'Polls by outcome: booked, dropped (nothing new), held (in memory, database unavailable), failed.',
    labelNames: ['router', 'outcome'],
    registers,
  });
  const failures = new Counter({
    name: 'netsentinel_poll_failures_total',
    help: 'Polls that were not booked, by error code.',
    labelNames: ['router', 'code'],
    registers,
  });
  const duration = new Histogram({
    name: 'netsentinel_poll_duration_seconds',
    help: 'Duration of a poll from connecting to the commit; failed polls too.',
    labelNames: ['router'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers,
  });
  const queues = new Gauge({
    name: 'netsentinel_queues',
    help: 'Simple queues read by the last poll.',
    labelNames: ['router'],
    registers,
  });
  const lastBooked = new Gauge({
    name: 'netsentinel_router_last_booked_timestamp_seconds',
    help: 'Time of the last booked poll of the router, also from before this start; absent if there was none.',
    labelNames: ['router'],
    registers,
  });
  const bytes = new Counter({
    name: 'netsentinel_booked_bytes_total',
    help: 'Bytes booked; parent queues are left out.',
    labelNames: ['router', 'direction'],
    registers,
  });
  const unobserved = new Counter({
    name: 'netsentinel_unobserved_seconds_total',
    help: 'Time in which bytes may have been lost unread, summed over queues.',
    labelNames: ['router'],
    registers,
  });
  const restarts = new Counter({
    name: 'netsentinel_restarts_total',
    help: 'Restarts of queue counters from 0.',
    labelNames: ['router'],
    registers,
  });
  const events = new Counter({
    name: 'netsentinel_events_total',
    help: 'Events as shown by `explain`, by code, e.g. ROUTER_REBOOTED; more than 20 of a kind in one poll count as one.',
    labelNames: ['router', 'code'],
    registers,
  });
  registerStanding(deps, registers);

  const fresh = new Gauge({
    name: 'netsentinel_router_fresh',
    help: '0 if the router is late: no poll booked for three intervals, and at least two polls failed or none ended; else 1.',
    labelNames: ['router'],
    registers,
  });

  /** An increase can only be seen by who has seen the 0 before. */
  function startAtZero(router: string): void {
    for (const outcome of OUTCOMES) polls.inc({ router, outcome }, 0);
    for (const direction of ['upload', 'download']) bytes.inc({ router, direction }, 0);
    for (const code of EVENT_CODES) events.inc({ router, code }, 0);
    unobserved.inc({ router }, 0);
    restarts.inc({ router }, 0);
  }

  const known = new Set<string>();

  function refresh(): void {
    const current = new Set<string>();
    for (const { router, isFresh, lastReadAt } of conditions()) {
      if (!known.has(router)) startAtZero(router);
      known.add(router);
      current.add(router);
      fresh.set({ router }, isFresh ? 1 : 0);
      if (lastReadAt !== null) lastBooked.set({ router }, lastReadAt / 1000);
    }
    // What is polled no longer would stand still; what only ever counts up may stay.
    for (const router of known) {
      if (current.has(router)) continue;
      known.delete(router);
      for (const gauge of [fresh, queues, lastBooked]) gauge.remove({ router });
    }
  }

  const listener: Required<PollListener> = {
    polled(outcome, durationMs) {
      const { router } = outcome;
      polls.inc({ router, outcome: outcome.status });
      duration.observe({ router }, durationMs / 1000);
      if (outcome.status === 'failed' || outcome.status === 'held') {
        failures.inc({ router, code: outcome.trouble.code });
      } else {
        queues.set({ router }, outcome.queues);
      }
    },
    booked(router, booking) {
      const sum = sumOf(booking);
      bytes.inc({ router, direction: 'upload' }, Number(sum.uploadBytes));
      bytes.inc({ router, direction: 'download' }, Number(sum.downloadBytes));
      unobserved.inc({ router }, sum.unobservedMs / 1000);
      restarts.inc({ router }, sum.restarts);
      for (const { code } of booking.events) events.inc({ router, code });
    },
  };
  return { listener, refresh };
}

/** What is looked up when somebody asks. */
function registerStanding(deps: CollectionMetricsDeps, registers: Registry[]): void {
  const { backlog, everyMs } = deps;
  new Gauge({
    name: 'netsentinel_poll_interval_seconds',
    help: 'Configured interval between polls of a router.',
    registers,
  }).set(everyMs / 1000);
  new Gauge({
    name: 'netsentinel_samples_held',
    help: 'Samples in memory, waiting for the database.',
    registers,
    collect() {
      this.set(backlog.size());
    },
  });
  new Counter({
    name: 'netsentinel_samples_dropped_total',
    help: 'Samples dropped because the database was unavailable too long; kind spare: no byte is lost, kind needed: bytes may be lost.',
    labelNames: ['kind'],
    registers,
    collect() {
      this.reset();
      for (const [kind, count] of Object.entries(backlog.dropped())) this.inc({ kind }, count);
    },
  });
}

function sumOf({ usage }: Booking) {
  const sum = { uploadBytes: 0n, downloadBytes: 0n, unobservedMs: 0, restarts: 0 };
  for (const part of usage) {
    sum.unobservedMs += part.unobservedMs;
    sum.restarts += part.restarts;
    if (part.isParent) continue;
    sum.uploadBytes += part.uploadBytes;
    sum.downloadBytes += part.downloadBytes;
  }
  return sum;
}
