import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RouterOsVersion } from '../../src/demo/router-versions.ts';
import { committedTicks, letOut, mails, waiting } from './books.ts';
import { type Crew, createCrew, sleep } from './crew.ts';
import { type MailSink, startMailSink } from './mail-sink.ts';
import { type Fault, makePlan, type Plan, TIME_ZONE } from './plan.ts';
import { CREDENTIALS, createSoakRouter, MARKER, type SoakRouter } from './router.ts';
import { createStore, type SoakStore, type StoreName } from './stores.ts';
import { judge, missingBreaches, type Verdict } from './verdict.ts';
import { migrateBy, THIS_VERSION, type Version } from './worker.ts';

export interface SoakOptions {
  readonly store: StoreName;
  readonly seed: number;
  readonly durationMs: number;
  /** The version that the run begins with, to be followed by this one; default: this one. */
  readonly previous?: Version;
  /** Says what happens, line by line. */
  readonly tell?: (line: string) => void;
}

/** Everything that a soak has. */
export interface Stage {
  readonly store: SoakStore;
  readonly routers: readonly SoakRouter[];
  readonly crew: Crew;
  readonly sink: MailSink;
  /** An earlier version booked a part of it. */
  readonly isUpgraded: boolean;
  /** What happened, and how often; what could not be done, apart. */
  readonly happened: Map<string, number>;
  storeTroubles: number;
}

const VERSIONS: readonly RouterOsVersion[] = ['6.40.9', '6.49.18', '7.12.1', '7.20.1'];
const TICK_MS = 40;
const GRACE_MS = 60_000;
const MAILS_DUE_MS = 20 * 60_000;
/** A worker has started by then and tried all that was due. */
const ROUND_OF_MAILS_MS = 6_000;
/** Everybody crosses their limit within a minute, and one threshold after the other for as long as it goes on. */
export const QUOTA = { dailyGb: 0.03, warnAtPercent: Array.from({ length: 50 }, (_, index) => 20 * (index + 1)) };
/** From the time of a soak to some day in 1970. */
const TO_1970_MS = 57 * 365 * 24 * 3_600_000;

/** One run on one store, from the first worker to the verdict. */
export async function runSoak(options: SoakOptions): Promise<Verdict> {
  const tell = options.tell ?? (() => {});
  const folder = mkdtempSync(join(tmpdir(), 'netsentinel-soak-config-'));
  const store = await createStore(options.store);
  const sink = await startMailSink();
  const routers = VERSIONS.map((version, index) =>
    createSoakRouter({ name: `router-${index + 1}`, version, seed: options.seed * 31 + index }),
  );
  const isUpgraded = options.previous !== undefined;
  const plan = makePlan({
    ...options,
    routers: routers.length,
    storeTroubles: store.troubles,
    isUpgraded,
  });
  const configFile = join(folder, 'config.json');
  const addresses = await Promise.all(routers.map((router) => router.start()));
  const config = configOf(
    store,
    sink,
    routers.map(({ name }, index) => ({ name, ...addresses[index], ...CREDENTIALS })),
  );
  writeFileSync(configFile, JSON.stringify(config));
  const version = options.previous ?? THIS_VERSION;
  const crew = createCrew({
    version,
    configFile,
    databaseUrls: [store.workerUrl, store.otherWorkerUrl],
    clockOffsetMs: plan.startAt - Date.now(),
  });
  const stage: Stage = { store, routers, crew, sink, isUpgraded, happened: new Map(), storeTroubles: 0 };
  let tick = 0;
  const ticking = setInterval(() => {
    tick += 1;
    for (const router of routers) router.tick(tick);
  }, TICK_MS);
  try {
    await migrateBy(version, configFile);
    await store.logCommits();
    crew.start();
    await until(async () => (await committedTicks(store, routers)).every((ticks) => ticks.length > 0), GRACE_MS);
    await playOut(plan, stage, options.durationMs, tell);
    for (const router of routers) router.calm();
    await until(async () => routers.every((router) => router.isUp()), GRACE_MS);
    clearInterval(ticking);
    const lastTick = tick;
    const isComplete = await until(
      async () => (await committedTicks(store, routers)).every((ticks) => ticks.at(-1) === lastTick),
      GRACE_MS,
    );
    tell(isComplete ? 'all is booked' : 'not everything was booked in time');
    await until(async () => (await missingBreaches(store)).length === 0, GRACE_MS);
    await sendMails(stage);
    return await judge(stage, isComplete);
  } finally {
    clearInterval(ticking);
    await crew.end();
    for (const router of routers) await router.stop();
    await sink.stop();
    await store.remove();
    rmSync(folder, { recursive: true });
  }
}

function configOf(store: SoakStore, sink: MailSink, routers: readonly unknown[]): unknown {
  return {
    timeZone: TIME_ZONE,
    database: store.workerUrl,
    routers,
    collect: { everySeconds: 1, timeoutSeconds: 3 },
    quotas: [{ match: MARKER.name, ignore: true }, QUOTA],
    report: [],
    mail: { from: 'soak@example.com', to: ['admin@example.com'], smtp: { host: '127.0.0.1', port: sink.port } },
  };
}

/** Has every fault of the plan begin at its time and end at its own; returns when all is whole again. */
async function playOut(plan: Plan, stage: Stage, durationMs: number, tell: (line: string) => void): Promise<void> {
  const startedMs = performance.now();
  const lasting = new Set<Promise<void>>();
  const busy = new Set<string>();
  for (const fault of plan.faults) {
    await sleep(Math.max(0, fault.atMs - (performance.now() - startedMs)));
    const work = begin(fault, stage, busy, tell)
      .catch((error: unknown) => {
        throw new Error(`the soak itself failed at ${JSON.stringify(fault)}`, { cause: error });
      })
      .finally(() => lasting.delete(work));
    lasting.add(work);
  }
  await sleep(Math.max(0, durationMs - (performance.now() - startedMs)));
  await Promise.all(lasting);
  stage.crew.stepClock(0);
}

/** One of a kind at a time, where two would undo each other. */
async function begin(fault: Fault, stage: Stage, busy: Set<string>, tell: (line: string) => void): Promise<void> {
  const { store, routers, crew, sink } = stage;
  const note = (what: string) => {
    stage.happened.set(what, (stage.happened.get(what) ?? 0) + 1);
    tell(`${(fault.atMs / 1000).toFixed(1)} s: ${what}`);
  };
  const alone = async (key: string, what: string, work: () => Promise<void>) => {
    if (busy.has(key)) return;
    busy.add(key);
    note(what);
    try {
      await work();
    } finally {
      busy.delete(key);
    }
  };
  const router = 'router' in fault ? routers[fault.router] : undefined;
  switch (fault.kind) {
    case 'incident':
      if (router?.incident(fault.incident, fault.pick)) note(`router: ${fault.incident}`);
      return;
    case 'cut-off': {
      note('network: router cut off');
      const comeBack = router?.cutOff();
      await sleep(fault.forMs);
      comeBack?.();
      return;
    }
    case 'mass-outage':
      return await alone('mass-outage', 'network: all routers but one silent', async () => {
        const fallen = routers.flatMap((each, index) =>
          index === 0 || busy.has(`wire ${index}`) ? [] : [{ each, index }],
        );
        for (const { each, index } of fallen) {
          busy.add(`wire ${index}`);
          each.setFaults({ stall: 'before-reply' });
        }
        await sleep(fault.forMs);
        for (const { each, index } of fallen) {
          each.setFaults({});
          busy.delete(`wire ${index}`);
        }
      });
    case 'wire':
      return await alone(`wire ${fault.router}`, `network: ${fault.what}`, async () => {
        router?.setFaults(fault.faults);
        await sleep(fault.forMs);
        router?.setFaults({});
      });
    case 'mail':
      return await alone('mail', `mail server: ${fault.trouble}`, async () => {
        sink.setTrouble(fault.trouble);
        await sleep(fault.forMs);
        sink.setTrouble(null);
      });
    case 'store':
      return await alone('store', `database: ${fault.trouble}`, async () => {
        stage.storeTroubles += 1;
        const heal = await store.begin(fault.trouble);
        await sleep(fault.forMs);
        await heal();
      });
    case 'clock': {
      const isOfOne = fault.whose === 'one';
      const what = `clock${isOfOne ? ' of one worker' : ''}: ${fault.stepMs > 0 ? '+' : ''}${fault.stepMs / 1000} s`;
      // An earlier version knows no clock that it shares with others: to it a step while a router is young looks like a reboot.
      if (stage.isUpgraded && !crew.isAllOf(THIS_VERSION))
        return note(`${what}, left out while an earlier version runs`);
      note(what);
      return isOfOne ? crew.jump(fault.stepMs) : crew.stepClock(fault.stepMs);
    }
    case 'clock-lost':
      if (stage.isUpgraded && !crew.isAllOf(THIS_VERSION)) return;
      return await alone('clock', 'clock: 1970 for a while', async () => {
        crew.stepClock(-TO_1970_MS);
        await sleep(fault.forMs);
        crew.stepClock(TO_1970_MS);
      });
    case 'upgrade':
      // Of all faults the one that must not be left out.
      while (busy.has('worker')) await sleep(50);
      return await alone('worker', 'worker: rolling restart to this version', () =>
        crew.upgrade(THIS_VERSION, fault.forMs),
      );
    case 'worker':
      return await alone('worker', `worker: ${fault.trouble}`, () => troubleWorker(fault, stage));
  }
}

async function troubleWorker(fault: Extract<Fault, { kind: 'worker' }>, { crew, store }: Stage): Promise<void> {
  switch (fault.trouble) {
    case 'kill':
      return await crew.kill(fault.forMs / 2);
    case 'kill-in-commit': {
      const victim = crew.first();
      if (!store.onNextCommit(() => victim?.kill())) victim?.tell({ dieAtCommit: fault.when });
      await Promise.race([victim?.exit, sleep(fault.forMs)]);
      return;
    }
    case 'restart':
      return await crew.restart();
    case 'rolling-restart':
      return await crew.roll(fault.forMs);
    case 'second-worker':
      return await crew.double(fault.forMs);
  }
}

/**
 * What waits for its next try is let out, again and again: the server may refuse it until it is given up. The books are closed by now,
 * so the clock may step as it likes.
 */
async function sendMails({ crew, store, routers, sink }: Stage): Promise<void> {
  sink.setTrouble(null);
  const areAllSettled = async () => waiting(await mails(store)).length === 0;
  if (await until(areAllSettled, 3_000)) return;
  for (const router of routers) router.cutOff();
  const endMs = performance.now() + GRACE_MS;
  do {
    await crew.end();
    // A worker of an older version goes by its own clock.
    crew.stepClock(MAILS_DUE_MS);
    await letOut(store);
    crew.start();
  } while (!(await until(areAllSettled, ROUND_OF_MAILS_MS)) && performance.now() < endMs);
}

async function until(isSo: () => Promise<boolean>, deadlineMs: number): Promise<boolean> {
  const endMs = performance.now() + deadlineMs;
  while (!(await isSo())) {
    if (performance.now() > endMs) return false;
    await sleep(100);
  }
  return true;
}
