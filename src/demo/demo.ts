import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../config/parse.ts';
import type { ConfigInput } from '../config/schema.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Address } from './api-server.ts';
import { compareBooks, findMismatches } from './books.ts';
import type { Happening } from './happenings.ts';
import { createReporter, type ReporterOutput } from './reporter.ts';
import type { DemoView } from './screen.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';
import { createDemoWorker, type DemoWorker } from './worker.ts';
import { createDemoWorld, type DemoWorld } from './world.ts';

export interface DemoOptions {
  /** Ends by itself after so many real seconds; else when `signal` says so. */
  readonly seconds?: number;
  readonly signal: AbortSignal;
  /** On a terminal the screen is redrawn in place, else there are plain lines. */
  readonly stdout: ReporterOutput;
  readonly logger: Logger;
}

const TIME_ZONE = 'Asia/Karachi';
const MORNING = '06:00';
/** A day in half a minute. */
const SPEED = 2880;
/** Virtual; 104 ms of real time. */
const POLL_EVERY_SECONDS = 300;
/** Virtual time is many times as fast as the sockets are; this is more than a second of theirs. */
const TIMEOUT_SECONDS = 3600;
const SEED = 20_260_115;
const CREDENTIALS = { username: 'librenms_api', password: 'demo-password' };

const DRAW_EVERY_MS = 200;
const KEPT_HAPPENINGS = 50;
/** Long enough for every router to have booted and for every reader to try again, virtual ms. */
const SETTLE_MS = 300_000;
const LAST_POLLS = 5;

/**
 * Runs simulated routers, the worker and a day-like traffic sped up, and shows what was booked beside the truth. Ends with a last
 * poll of every router.
 *
 * @returns the exit code: 0, or 1 if the books of any queue are not the true bytes less what nobody could have seen
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'netsentinel-demo-'));
  const clock = createVirtualClock({ startAt: thisMorning(), speed: SPEED, host: systemClock });
  const happenings: Happening[] = [];
  const reporter = createReporter(options.stdout);
  const world = createDemoWorld({
    clock,
    timeZone: TIME_ZONE,
    seed: SEED,
    credentials: CREDENTIALS,
    onHappening(happening) {
      happenings.push(happening);
      happenings.splice(0, happenings.length - KEPT_HAPPENINGS);
      reporter.tell(happening, TIME_ZONE);
    },
  });
  let worker: DemoWorker | null = null;
  try {
    const config = parseConfig(configOf(await world.start(), folder), { env: {}, folder }, 'the demo');
    worker = await createDemoWorker({ config, clock, logger: options.logger });
    const look = createLook(worker, world, clock, happenings);
    worker.start();
    await watch(options, async () => reporter.show(await look()));
    await settle(world, worker, clock);
    const last = await look();
    reporter.conclude(last);
    return findMismatches(last.lines).length === 0 ? 0 : 1;
  } finally {
    reporter.end();
    await worker?.close();
    await world.stop();
    clock.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Calls `show` again and again until the time is over or the signal comes. */
async function watch({ seconds, signal }: DemoOptions, show: () => Promise<void>): Promise<void> {
  const over = seconds === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]);
  while (!over.aborted) {
    await show();
    await pause(systemClock, DRAW_EVERY_MS, over);
  }
}

/** Lets nothing more happen, and has every router read once more. */
async function settle(world: DemoWorld, worker: DemoWorker, clock: Clock): Promise<void> {
  await worker.quiesce();
  world.calm();
  for (let tries = 0; tries < LAST_POLLS; tries += 1) {
    await pause(clock, SETTLE_MS);
    if (await worker.pollAll()) return;
  }
}

/** `signal` ends it early. */
function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.after(ms, finish);
    signal?.addEventListener('abort', finish);
  });
}

function createLook(
  worker: DemoWorker,
  world: DemoWorld,
  clock: VirtualClock,
  happenings: readonly Happening[],
): () => Promise<DemoView> {
  const firstDay = dayOf(clock.now());
  return async () => {
    // The books first: what is true can only be more than what was booked a moment ago.
    const days = await worker.archive.queueDays({ fromDay: firstDay, toDay: dayOf(clock.now()) });
    const routers = [...world.routers.values()];
    return {
      at: clock.now(),
      timeZone: TIME_ZONE,
      routers: routers.map(({ name, version, device }) => ({ name, version, state: device.state() })),
      lines: compareBooks(days, new Map(routers.map(({ name, device }) => [name, device.truth()]))),
      happenings,
    };
  };
}

function configOf(addresses: ReadonlyMap<string, Address>, folder: string): ConfigInput {
  return {
    timeZone: TIME_ZONE,
    database: `sqlite:${join(folder, 'demo.db')}`,
    routers: [...addresses].map(([name, address]) => ({ name, ...address, ...CREDENTIALS })),
    collect: { everySeconds: POLL_EVERY_SECONDS, timeoutSeconds: TIMEOUT_SECONDS },
  };
}

function thisMorning(): number {
  return Temporal.Now.zonedDateTimeISO(TIME_ZONE).withPlainTime(MORNING).epochMilliseconds;
}

function dayOf(at: number): string {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(TIME_ZONE).toPlainDate().toString();
}
