import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../app.ts';
import type { App } from '../assemble.ts';
import { changedSubject } from '../backups/letters.ts';
import { ruleBody } from '../backups/schedule-rule.ts';
import { type Clock, pause, systemClock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { findMismatches } from './books.ts';
import { createBugLog } from './bug-log.ts';
import { type ChatSink, startChatSink } from './chat-sink.ts';
import { BACKUP_TIMES, type Happening } from './happenings.ts';
import { createHeldNetwork } from './held-time.ts';
import { createLook, judgeNotes } from './look.ts';
import { type MailSink, type SunkMail, startMailSink } from './mail-sink.ts';
import { createReporter, type ReporterOutput } from './reporter.ts';
import {
  CREDENTIALS,
  demoConfig,
  HEALER_CREDENTIALS,
  LOOK_EVERY_SECONDS,
  SSH_CREDENTIALS,
  TIME_ZONE,
} from './settings.ts';
import { createVirtualClock, withCoarseTimers } from './virtual-clock.ts';
import { createDemoWorld } from './world.ts';

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

const MORNING = '06:00';
/** A day in two minutes, an hour in five seconds. */
const SPEED = 720;
/** Virtual; 50 ms of real time: else the worker's loops of some seconds would run hundreds of times a second. */
const SHORTEST_TIMER_MS = 36_000;
const SEED = 20_260_115;

const MINUTE_MS = 60_000;
const DRAW_EVERY_MS = 200;
const KEPT_HAPPENINGS = 50;
/** Long enough for every router to have booted and for every reader to try again, virtual ms. */
const SETTLE_MS = 300_000;
const LAST_POLLS = 5;
/** Looks at all devices until each has been seen up again. */
const LAST_LOOKS = 10;
const SHOWN_CHANGES = 3;

/**
 * Runs simulated devices, the worker and a day sped up, and shows what was noted beside the truth. Ends with a last poll of every router.
 *
 * @returns the exit code: 0, or 1 if a queue's booked bytes are not its true bytes less those lost on the router, if a device was noted
 * as down that was not (or the other way round), if a stored configuration is none that its router had, or at a bug
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'netsentinel-demo-'));
  const clock = createVirtualClock({ startAt: thisMorning(), speed: SPEED, host: systemClock });
  const workerClock = withCoarseTimers(clock, SHORTEST_TIMER_MS);
  const happenings: Happening[] = [];
  const bugs = createBugLog(options.logger);
  const reporter = createReporter(options.stdout);
  function note(router: string, text: string): void {
    const happening = { at: clock.now(), router, text };
    happenings.push(happening);
    happenings.splice(0, happenings.length - KEPT_HAPPENINGS);
    reporter.tell(happening, TIME_ZONE);
  }
  const world = createDemoWorld({
    ...{ clock, timeZone: TIME_ZONE, seed: SEED, credentials: CREDENTIALS },
    ...{ sshCredentials: SSH_CREDENTIALS, healerCredentials: HEALER_CREDENTIALS },
    onHappening: ({ router, text }) => note(router, text),
  });

  let mails = 0;
  let mail: MailSink | null = null;
  let chat: ChatSink | null = null;
  let app: App | null = null;
  const ending = new AbortController();
  const tellings: Promise<void>[] = [];
  const noteBug = (error: unknown) => bugs.logger.error({ err: error }, 'the demonstration fails');
  function noteMail(sunk: SunkMail): void {
    mails += 1;
    note('mail', sunk.subject);
    if (app !== null) tellings.push(tellChanges(app, sunk, (line) => note('mail', line)).catch(noteBug));
  }
  try {
    mail = await startMailSink({ folder: options.mailFolder, onMail: noteMail });
    chat = await startChatSink({
      onMessage: ({ title, isReply }) => note('chat', isReply ? `↳ ${title}` : title),
    });
    const addresses = await world.start();
    const config = demoConfig({ addresses, mail, chat, folder, hasPages: options.hasPages ?? true });
    app = await createApp(config, bugs.logger, {
      clock: workerClock,
      ...createHeldNetwork({ clock, host: systemClock, network: world.network }),
      everyMinute: (run) => repeat(workerClock, MINUTE_MS, run),
    });
    await app.migrate();
    for (const at of BACKUP_TIMES) await app.backups.schedules.add(async () => {}, ruleBody.parse({ at }));
    const { http } = app;
    await http?.start();
    const pagesUrl = http?.url() ?? null;
    const look = createLook({ app, world, clock, happenings, pagesUrl });
    reporter.open(pagesUrl);
    const parts = [app.polling, ...app.watching, ...app.mailing];
    for (const part of parts) await part.start();
    tellings.push(backUpAll(app, ending.signal, (text) => note('backup', text)).catch(noteBug));
    await watch(options, async () => reporter.show(await look()));
    world.calm();
    await seeAllUp(app, clock);
    for (const part of parts) await part.stop();
    const endsAt = clock.now();
    await finish(app, clock);
    await Promise.all(tellings);
    await http?.stop();
    const last = await look();
    const { faults, checked } = await judgeNotes(app, world, endsAt);
    reporter.conclude(last, faults, [checked, farewell(mails, options.mailFolder)]);
    return findMismatches(last.lines).length + faults.length + bugs.release() === 0 ? 0 : 1;
  } finally {
    reporter.end();
    bugs.release();
    ending.abort(new Error('the demonstration ends'));
    await app?.http?.stop();
    await app?.close();
    await mail?.stop();
    await chat?.stop();
    await world.stop();
    clock.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function farewell(mails: number, folder: string): string {
  if (mails === 0) return 'No mail was due yet';
  return `${mails} ${mails === 1 ? 'mail is' : 'mails are'} in ${folder}, open them in a browser`;
}

/** The first backup of each router, as the command `backup run` makes it. */
async function backUpAll(app: App, signal: AbortSignal, tell: (text: string) => void): Promise<void> {
  const { devices } = await app.backups.run(app.backups.devices(), signal);
  tell(`first versions of ${devices.map(({ device }) => device).join(', ')}`);
}

/** Of a mail about a changed configuration, its first lines. */
async function tellChanges(app: App, { subject }: SunkMail, tell: (line: string) => void): Promise<void> {
  const device = app.backups.devices().find(({ name }) => subject === changedSubject(name));
  if (device === undefined) return;
  const changes = await app.backups.desk().diff(device.name, {}, { isUnordered: false });
  for (const { sign, line } of changes.slice(0, SHOWN_CHANGES)) tell(`${sign} ${line}`);
}

/** Calls `show` again and again until the time is over or the signal comes. */
async function watch({ seconds, signal }: DemoOptions, show: () => Promise<void>): Promise<void> {
  const over = seconds === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]);
  while (!over.aborted) {
    await show();
    await pause(systemClock, DRAW_EVERY_MS, over);
  }
}

/** Waits until what was noted of each device is that it is up, and from now. */
async function seeAllUp(app: App, clock: Clock): Promise<void> {
  const calmAt = clock.now();
  for (let looks = 0; looks < LAST_LOOKS; looks += 1) {
    await pause(clock, LOOK_EVERY_SECONDS * 1000);
    const records = await app.health.archive.records();
    if (records.every(({ health }) => health.state === 'up' && (health.lookedAt?.at ?? 0) > calmAt)) return;
  }
}

/** Has every router read once more, and sends what is still to be sent. */
async function finish(app: App, clock: Clock): Promise<void> {
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

function thisMorning(): number {
  return Temporal.Now.zonedDateTimeISO(TIME_ZONE).withPlainTime(MORNING).epochMilliseconds;
}
