import { createRandom, type Random } from '../../../src/demo/traffic.ts';

/** 1 March 2026 in Berlin: the month has 31 days, one of them of 23 hours. */
export const TIME_ZONE = 'Europe/Berlin';
const START = Temporal.ZonedDateTime.from(`2026-03-01T00:00[${TIME_ZONE}]`);
export const START_AT = START.epochMilliseconds;
const END_AT = START.add({ months: 1 }).epochMilliseconds;

/** Time passes in steps of this length; an event of a queue lies somewhere within one. */
const TICK_MS = 60_000;
const MONTH_TICKS = (END_AT - START_AT) / TICK_MS;
const DAY_TICKS = 1440;

/** A user's queue, as the router has it. Bytes are whole numbers far below 2^53. */
export interface Queue {
  readonly name: string;
  readonly isPppoe: boolean;
  /** RouterOS's `.id`: another one after each reconnect. */
  id: string;
  upload: number;
  download: number;
  /** Where the counter stood at the last local midnight; 0 once it began again after that. */
  midnightUpload: number;
  midnightDownload: number;
  /** What truly moved since the month began. */
  trueUpload: number;
  trueDownload: number;
}

/** Who reads the router; every watcher sees the same month. */
export interface Watcher {
  readonly everyTicks: number;
  /** A complete list of the router's queues. `outages` counts the collector's own so far: each is a new process. */
  read(router: Router, at: number, outages: number): void;
  /** The queue's counter is about to begin again at 0. */
  wiped(index: number, queue: Queue): void;
}

export interface Router {
  readonly queues: readonly Queue[];
  bootAt: number;
}

export interface Happenings {
  reboots: number;
  resets: number;
  reconnects: number;
  failedReads: number;
  /** Minutes. */
  collectorAway: number;
  routerAway: number;
}

/** How often things happen, per month; the worlds of small providers. */
const REBOOTS_PER_ROUTER = 3;
const RESETS_OF_ALL_PER_ROUTER = 1;
const RESETS_PER_USER = 0.2;
const RECONNECTS_PER_PPPOE_USER = 30;
const OUTAGES_OF_COLLECTOR = 10;
const OUTAGES_PER_ROUTER = 6;
const FAILED_READS = 0.003;
const SHARE_OF_PPPOE = 0.6;
const MEDIAN_DAILY_BYTES = 1.5 * 1024 ** 3;

/** Ticks in which something is away, as a flag for each; durations are log-normal, 3 minutes to some hours. */
function outages(random: Random, count: number): { away: Uint8Array; number: Uint16Array } {
  const away = new Uint8Array(MONTH_TICKS);
  const begins = new Uint8Array(MONTH_TICKS);
  for (let index = 0; index < count; index += 1) {
    const start = Math.floor(random() * MONTH_TICKS);
    const ticks = Math.max(3, Math.round(30 * Math.exp(1.6 * normal(random))));
    begins[start] = 1;
    away.fill(1, start, start + ticks);
  }
  const number = new Uint16Array(MONTH_TICKS);
  for (let tick = 1; tick < MONTH_TICKS; tick += 1) number[tick] = (number[tick - 1] ?? 0) + (begins[tick] ?? 0);
  return { away, number };
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** The collector's own outages are the same for all routers. */
export function createCollectorOutages(seed: number) {
  return outages(createRandom(seed ^ 0x5bd1e995), OUTAGES_OF_COLLECTOR);
}

/**
 * One router's month: its users move bytes, its counters begin again now and then, and the watchers read it when it is their time.
 * Pure: the same seed and number give the same month, whoever watches.
 */
export function simulateRouter(
  options: {
    readonly seed: number;
    readonly number: number;
    readonly users: number;
    readonly collector: ReturnType<typeof createCollectorOutages>;
    readonly happenings: Happenings;
  },
  watchers: readonly Watcher[],
): Router {
  const { collector, happenings } = options;
  const random = createRandom(options.seed * 7919 + options.number);
  const network = outages(random, OUTAGES_PER_ROUTER);
  let lastId = 0;
  const nextId = () => {
    lastId += 1;
    return `*${lastId.toString(16).toUpperCase()}`;
  };
  const queues = Array.from({ length: options.users }, (_, index): Queue => {
    const isPppoe = random() < SHARE_OF_PPPOE;
    const user = `user-${options.number}-${index}`;
    return {
      name: isPppoe ? `<pppoe-${user}>` : user,
      isPppoe,
      id: nextId(),
      upload: Math.floor(random() * 1e10),
      download: Math.floor(random() * 1e11),
      midnightUpload: 0,
      midnightDownload: 0,
      trueUpload: 0,
      trueDownload: 0,
    };
  });
  const habits = queues.map(() => ({
    bytesPerTick: (MEDIAN_DAILY_BYTES * Math.exp(normal(random))) / DAY_TICKS,
    uploadShare: 0.05 + 0.2 * random(),
    isActive: false,
  }));
  const router: Router = { queues, bootAt: START_AT - 40 * 86_400_000 };
  let upAtTick = 0;

  function move(index: number, upload: number, download: number): void {
    const queue = queueOf(index);
    queue.upload += upload;
    queue.download += download;
    queue.trueUpload += upload;
    queue.trueDownload += download;
  }

  function wipe(index: number): void {
    const queue = queueOf(index);
    for (const watcher of watchers) watcher.wiped(index, queue);
    Object.assign(queue, { upload: 0, download: 0, midnightUpload: 0, midnightDownload: 0 });
  }

  function queueOf(index: number): Queue {
    const queue = queues[index];
    if (queue === undefined) throw new RangeError('no such queue');
    return queue;
  }

  /** Traffic of one user in one tick: on and off in runs, and in bursts while on; the mean is what the habit says. */
  function trafficOf(index: number): { upload: number; download: number } | null {
    const habit = habits[index];
    if (habit === undefined) return null;
    if (random() < 0.05) habit.isActive = random() < 0.4;
    if (!habit.isActive) return null;
    const bytes = habit.bytesPerTick * 2.5 * -Math.log(1 - random());
    const upload = Math.round(bytes * habit.uploadShare);
    return { upload, download: Math.round(bytes) - upload };
  }

  function passTick(tick: number): void {
    const isUp = tick >= upAtTick;
    const reboots = isUp && random() < REBOOTS_PER_ROUTER / MONTH_TICKS;
    const resets = isUp && random() < RESETS_OF_ALL_PER_ROUTER / MONTH_TICKS;
    queues.forEach((queue, index) => {
      const traffic = trafficOf(index);
      const ownReset = random() < RESETS_PER_USER / MONTH_TICKS;
      const reconnects = queue.isPppoe && random() < RECONNECTS_PER_PPPOE_USER / MONTH_TICKS;
      if (!isUp) return;
      const share = random();
      const before = {
        upload: Math.floor((traffic?.upload ?? 0) * share),
        download: Math.floor((traffic?.download ?? 0) * share),
      };
      move(index, before.upload, before.download);
      if (reboots || resets || ownReset || reconnects) wipe(index);
      if (reconnects || (reboots && queue.isPppoe)) queue.id = nextId();
      if (reconnects) happenings.reconnects += 1;
      if (ownReset) happenings.resets += 1;
      // After a reboot nothing passes until the router is up again.
      if (!reboots) move(index, (traffic?.upload ?? 0) - before.upload, (traffic?.download ?? 0) - before.download);
    });
    if (resets) happenings.resets += queues.length;
    if (reboots) {
      happenings.reboots += 1;
      upAtTick = tick + 2 + Math.floor(random() * 3);
      router.bootAt = START_AT + upAtTick * TICK_MS - 17_000;
    }
    if (network.away[tick]) happenings.routerAway += 1;
  }

  function passMidnight(): void {
    for (const queue of queues) {
      queue.midnightUpload = queue.upload;
      queue.midnightDownload = queue.download;
    }
  }

  const readBy = (watcher: Watcher, tick: number) =>
    watcher.read(router, START_AT + tick * TICK_MS, collector.number[Math.min(tick, MONTH_TICKS - 1)] ?? 0);

  passMidnight();
  for (const watcher of watchers) readBy(watcher, 0);
  for (let tick = 0; tick < MONTH_TICKS; tick += 1) {
    passTick(tick);
    const at = START_AT + (tick + 1) * TICK_MS;
    if (at === startOfDay(at)) passMidnight();
    const isReached = !collector.away[tick] && !network.away[tick] && tick + 1 > upAtTick;
    for (const watcher of watchers) {
      if ((tick + 1) % watcher.everyTicks !== 0) continue;
      const fails = random() < FAILED_READS;
      if (!isReached || fails) happenings.failedReads += 1;
      else readBy(watcher, tick + 1);
    }
  }
  // All that is still on the router is read, so that nothing is missed for want of a last look.
  for (const watcher of watchers) readBy(watcher, Math.max(MONTH_TICKS, upAtTick) + 1);
  return router;
}

let knownDay = { startAt: 0, endAt: 0 };

/** First instant of the local day. */
export function startOfDay(at: number): number {
  if (at < knownDay.startAt || at >= knownDay.endAt) {
    const day = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(TIME_ZONE).startOfDay();
    knownDay = { startAt: day.epochMilliseconds, endAt: day.add({ days: 1 }).epochMilliseconds };
  }
  return knownDay.startAt;
}
