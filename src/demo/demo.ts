import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../app.ts';
import type { App } from '../assemble.ts';
import { type Clock, pause, systemClock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { type Config, type ConfigInput, parseConfig } from '../settings.ts';
import type { QueueReader } from '../usage/ports.ts';
import type { Address } from './api-server.ts';
import { compareBooks, findMismatches } from './books.ts';
import { createBugLog } from './bug-log.ts';
import type { Happening } from './happenings.ts';
import { type MailSink, startMailSink } from './mail-sink.ts';
import { createReporter, type ReporterOutput } from './reporter.ts';
import type { DemoView } from './screen.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';
import { createDemoWorld, type DemoWorld } from './world.ts';

export interface DemoOptions {
  /** Ends by itself after so many real seconds; else when `signal` says so. */
  readonly seconds?: number;
  readonly signal: AbortSignal;
  /** Default: true. */
  readonly hasPages?: boolean;
  /** On a terminal the screen is redrawn in place, else there are plain lines. */
  readonly stdout: ReporterOutput;
  /** Where the mails that are sent meanwhile are left, each as `.eml` and `.html`; made if need be. */
  readonly mailFolder: string;
  /** Gets what is a bug, when the demonstration is over. */
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
/** A few of the users go beyond it. */
const DAILY_GB = 12;
const CREDENTIALS = { username: 'librenms_api', password: 'demo-password' };

const MINUTE_MS = 60_000;
const DRAW_EVERY_MS = 200;
const KEPT_HAPPENINGS = 50;
/** Long enough for every router to have booted and for every reader to try again, virtual ms. */
const SETTLE_MS = 300_000;
const LAST_POLLS = 5;

/**
 * Runs simulated routers, the worker and a day-like traffic sped up, and shows what was booked beside the truth. Ends with a last
 * poll of every router.
 *
 * @returns the exit code: 0, or 1 if a queue's booked bytes are not its true bytes less those lost on the router, or at a bug
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'netsentinel-demo-'));
  const clock = createVirtualClock({ startAt: thisMorning(), speed: SPEED, host: systemClock });
  const happenings: Happening[] = [];
  const bugs = createBugLog(options.logger);
  const reporter = createReporter(options.stdout);
  function note(happening: Happening): void {
    happenings.push(happening);
    happenings.splice(0, happenings.length - KEPT_HAPPENINGS);
    reporter.tell(happening, TIME_ZONE);
  }
  const world = createDemoWorld({
    clock,
    timeZone: TIME_ZONE,
    seed: SEED,
    credentials: CREDENTIALS,
    onHappening: note,
  });

  let mails = 0;
  let sink: MailSink | null = null;
  let app: App | null = null;
  try {
    sink = await startMailSink({
      folder: options.mailFolder,
      onMail({ subject }) {
        mails += 1;
        note({ at: clock.now(), router: 'mail', text: subject });
      },
    });
    const config = parseConfig(
      configOf(await world.start(), sink, folder, options.hasPages ?? true),
      { env: {}, folder },
      'the demo',
    );
    app = await createApp(withFreePort(config), bugs.logger, {
      clock,
      wrapReader: (reader) => holdTimeWhileReading(clock, reader),
      everyMinute: (run) => repeat(clock, MINUTE_MS, run),
    });
    await app.migrate();
    const { http } = app;
    await http?.start();
    const pagesUrl = http?.url() ?? null;
    const look = createLook({ app, world, clock, happenings, pagesUrl });
    reporter.open(pagesUrl);
    const parts = [app.polling, ...app.mailing];
    for (const part of parts) await part.start();
    await watch(options, async () => reporter.show(await look()));
    for (const part of parts) await part.stop();
    await finish(world, app, clock);
    await http?.stop();
    const last = await look();
    const left = `${mails} ${mails === 1 ? 'mail is' : 'mails are'} in ${options.mailFolder}, open them in a browser`;
    reporter.conclude(last, mails === 0 ? 'No mail was due yet' : left);
    return findMismatches(last.lines).length + bugs.release() === 0 ? 0 : 1;
  } finally {
    reporter.end();
    bugs.release();
    await app?.http?.stop();
    await app?.close();
    await sink?.stop();
    await world.stop();
    clock.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Time stands still while a router is read: a millisecond of the real network would be seconds of the virtual one. */
function holdTimeWhileReading(clock: VirtualClock, reader: QueueReader): QueueReader {
  return {
    async read(visit) {
      const release = clock.hold();
      try {
        return await reader.read(visit);
      } finally {
        release();
      }
    },
    close: () => reader.close(),
  };
}

/** Calls `show` again and again until the time is over or the signal comes. */
async function watch({ seconds, signal }: DemoOptions, show: () => Promise<void>): Promise<void> {
  const over = seconds === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]);
  while (!over.aborted) {
    await show();
    await pause(systemClock, DRAW_EVERY_MS, over);
  }
}

/** Lets nothing more happen, has every router read once more, and sends what is still to be sent. */
async function finish(world: DemoWorld, app: App, clock: Clock): Promise<void> {
  world.calm();
  for (let tries = 0; tries < LAST_POLLS; tries += 1) {
    await pause(clock, SETTLE_MS);
    const outcomes = await app.collect(new AbortController().signal);
    if (outcomes.every((outcome) => outcome.status === 'booked')) break;
  }
  await app.tellOnce();
}

/** Calls `run` again and again by the virtual clock, until the returned function is called. */
function repeat(clock: Clock, everyMs: number, run: () => void): () => void {
  let cancel = () => {};
  const next = () => {
    cancel = clock.after(everyMs, () => {
      next();
      run();
    });
  };
  next();
  return () => cancel();
}

interface LookDeps {
  readonly app: App;
  readonly world: DemoWorld;
  readonly clock: VirtualClock;
  readonly happenings: readonly Happening[];
  readonly pagesUrl: string | null;
}

function createLook({ app, world, clock, happenings, pagesUrl }: LookDeps): () => Promise<DemoView> {
  const firstDay = dayOf(clock.now());
  return async () => {
    // Booked bytes are read first, so that the true bytes cannot be fewer.
    const days = await app.archive.queueDays({ fromDay: firstDay, toDay: dayOf(clock.now()) });
    const routers = [...world.routers.values()];
    return {
      at: clock.now(),
      timeZone: TIME_ZONE,
      routers: routers.map(({ name, version, device }) => ({ name, version, state: device.state() })),
      lines: compareBooks(days, new Map(routers.map(({ name, device }) => [name, device.truth()]))),
      happenings,
      pagesUrl,
    };
  };
}

/** A worker may be running beside the demonstration. */
function withFreePort(config: Config): Config {
  return config.http === undefined ? config : { ...config, http: { ...config.http, port: 0 } };
}

function configOf(
  addresses: ReadonlyMap<string, Address>,
  sink: MailSink,
  folder: string,
  hasPages: boolean,
): ConfigInput {
  return {
    timeZone: TIME_ZONE,
    database: `sqlite:${join(folder, 'demo.db')}`,
    routers: [...addresses].map(([name, address]) => ({ name, ...address, ...CREDENTIALS })),
    collect: { everySeconds: POLL_EVERY_SECONDS, timeoutSeconds: TIMEOUT_SECONDS },
    quotas: [{ dailyGb: DAILY_GB, warnAtPercent: [80] }],
    ...(hasPages ? { http: { pages: true, auth: 'none' } } : {}),
    mail: {
      from: 'NetSentinel <netsentinel@example.com>',
      to: ['admin@example.com'],
      smtp: { host: sink.host, port: sink.port },
    },
  };
}

function thisMorning(): number {
  return Temporal.Now.zonedDateTimeISO(TIME_ZONE).withPlainTime(MORNING).epochMilliseconds;
}

function dayOf(at: number): string {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(TIME_ZONE).toPlainDate().toString();
}
