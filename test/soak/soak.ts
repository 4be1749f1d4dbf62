import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RouterOsVersion } from '../../src/demo/router-versions.ts';
import { createSoakBackups } from './backups/backups.ts';
import { begin, notesOf, silenceRouters } from './begin.ts';
import { committedTicks, letOut, mails, waiting } from './books.ts';
import { type Crew, createCrew, sleep } from './crew.ts';
import { DOWN_WITHIN_MS, EVERY_MS, UP_WITHIN_MS } from './health/certain.ts';
import { beginHealthFault } from './health/faults.ts';
import { type HealthBooks, isJudgedAfter, logHealth, readHealthBooks, unsettled } from './health/log.ts';
import { createNetwork, type Network } from './health/network.ts';
import { planHealth } from './health/plan.ts';
import { createSpellLog, type SpellLog } from './health/spells.ts';
import { type MailSink, startMailSink } from './mail-sink.ts';
import { makePlan, type Plan, TIME_ZONE } from './plan.ts';
import { play } from './play.ts';
import { CREDENTIALS, createSoakRouter, MARKER, type SoakRouter } from './router.ts';
import { createStore, type SoakStore, type StoreName } from './stores.ts';
import { until } from './until.ts';
import { judge, missingBreaches, type Verdict } from './verdict.ts';
import { migrateBy, THIS_VERSION, type Version } from './worker.ts';
import { createSharing } from './workers/sharing.ts';

export interface SoakOptions {
  readonly store: StoreName;
  readonly seed: number;
  readonly durationMs: number;
  /** The version that the run begins with, to be followed by this one; default: this one. */
  readonly previous?: Version;
  /** How many share the routers; default: one has all of them, without Redis. */
  readonly workers?: number;
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
  /** When the database had a fault. */
  readonly storeTrouble: SpellLog;
  /** Keys of what goes on and may not go on twice. */
  readonly busy: Set<string>;
  readonly network: Network;
  /** When the workers' clocks were not set. */
  readonly clockLost: SpellLog;
  readonly startedAt: number;
  /** Brings the schema up to this version, while a worker of the earlier one runs. */
  readonly migrate: () => Promise<void>;
  /** `null`: health is not judged. */
  healthBooks: HealthBooks | null;
}

const VERSIONS: readonly RouterOsVersion[] = ['6.40.9', '6.49.18', '7.12.1', '7.20.1'];
const ROUNDS_OF_VERSIONS = 3;
const TICK_MS = 40;
const GRACE_MS = 60_000;
/** A little more than it takes. */
const MARGIN_MS = 600;
const READ_WITHIN_MS = 180_000;
const MAILS_DUE_MS = 20 * 60_000;
/** In a shorter run no minute of the clock would come after all is calm. */
const SHORTEST_WITH_BACKUPS_MS = 180_000;
/** A worker has tried all that was due by then. */
const ROUND_OF_MAILS_MS = 6_000;
/** Everybody crosses their limit within a minute, and one threshold after the other for as long as it goes on. */
export const QUOTA = { dailyGb: 0.03, warnAtPercent: Array.from({ length: 50 }, (_, index) => 20 * (index + 1)) };

/** One run on one store, from the first worker to the verdict. */
export async function runSoak(options: SoakOptions): Promise<Verdict> {
  const tell = options.tell ?? (() => {});
  const folder = mkdtempSync(join(tmpdir(), 'netsentinel-soak-config-'));
  const store = await createStore(options.store);
  const sink = await startMailSink();
  const sharing = options.workers === undefined ? null : await createSharing();
  // Several workers need more routers to share.
  const versions = Array.from({ length: sharing === null ? 1 : ROUNDS_OF_VERSIONS }, () => VERSIONS).flat();
  const routers = versions.map((version, index) =>
    createSoakRouter({ name: `router-${index + 1}`, version, seed: options.seed * 31 + index }),
  );
  const isUpgraded = options.previous !== undefined;
  const whole = makePlan({ ...options, routers: routers.length, storeTroubles: store.troubles, isUpgraded });
  const plan = sharing === null ? whole : sharing.chosen(whole, options.durationMs);
  const isBackedUp = !isUpgraded && options.durationMs >= SHORTEST_WITH_BACKUPS_MS;
  const backups = isBackedUp
    ? createSoakBackups({
        ...{ seed: options.seed, durationMs: options.durationMs, startAt: plan.startAt, isShared: sharing !== null },
        routers: versions.map((version, index) => ({ name: `router-${index + 1}`, version })),
      })
    : null;
  const configFile = join(folder, 'config.json');
  const addresses = await Promise.all(
    routers.map(async (router) => {
      const address = await router.start();
      return sharing === null ? address : await sharing.watch(address);
    }),
  );
  const network = createNetwork((ports) => crew.silence(ports));
  await network.start();
  const shells = await backups?.start();
  const config = configOf(
    store,
    sink,
    routers.map(({ name }, index) => ({ name, ...addresses[index], ...CREDENTIALS, ...shells?.[index] })),
  );
  const ofThisVersion = isUpgraded ? {} : { ...healthConfigOf(network), ...sharing?.config, ...backups?.config };
  writeFileSync(configFile, JSON.stringify({ ...config, ...ofThisVersion }));
  const version = options.previous ?? THIS_VERSION;
  const crew = createCrew({
    version,
    configFile,
    databaseUrls: [store.workerUrl, store.otherWorkerUrl],
    clockOffsetMs: plan.startAt - Date.now(),
    size: options.workers ?? 1,
  });
  async function migrate(to: Version): Promise<void> {
    await migrateBy(to, configFile);
    await store.logCommits();
  }
  const stage: Stage = {
    ...{ store, routers, crew, sink, isUpgraded, network, happened: new Map(), busy: new Set() },
    ...{ storeTrouble: createSpellLog(), clockLost: createSpellLog(), startedAt: Date.now(), healthBooks: null },
    migrate: () => migrate(THIS_VERSION),
  };
  let tick = 0;
  const ticking = setInterval(() => {
    tick += 1;
    for (const router of routers) router.tick(tick);
  }, TICK_MS);
  try {
    await migrate(version);
    if (!isUpgraded) await logHealth(store);
    await backups?.schedule(store);
    crew.start();
    const areRead = async () => (await committedTicks(store, routers)).every((ticks) => ticks.length > 0);
    // A first sample after a reboot would be booked whole: the truth begins with routers that have long been up.
    if (!(await until(areRead, READ_WITHIN_MS))) throw new Error('the machine is too busy: not every router was read');
    await Promise.all([
      playOut(plan, stage, options.durationMs, tell),
      sharing?.playOut(stage, { ...options, configFile, tell }),
      backups?.playOut(stage, tell),
    ]);
    for (const router of routers) router.calm();
    await until(async () => routers.every((router) => router.isUp()), GRACE_MS);
    clearInterval(ticking);
    const lastTick = tick;
    const isComplete = await until(
      async () => (await committedTicks(store, routers)).every((ticks) => ticks.at(-1) === lastTick),
      GRACE_MS,
    );
    tell(isComplete ? 'all is booked' : 'not everything was booked in time');
    if (!isComplete) {
      const ticks = await committedTicks(store, routers);
      for (const [index, { name }] of routers.entries()) tell(`${name}: tick ${ticks[index]?.at(-1)} of ${lastTick}`);
    }
    await until(async () => (await missingBreaches(store)).length === 0, GRACE_MS);
    if (!isUpgraded) await Promise.all([closeHealthBooks(stage, tell), backups?.close(stage)]);
    const apart = [sharing?.judge(stage), backups?.judge(stage)].filter((verdict) => verdict !== undefined);
    for (const { lines, failures } of apart) for (const line of [...lines, ...failures]) tell(line);
    await sendMails(stage);
    const all = [...apart, await judge(stage, isComplete)];
    return { lines: all.flatMap(({ lines }) => lines), failures: all.flatMap(({ failures }) => failures) };
  } finally {
    clearInterval(ticking);
    await crew.end();
    for (const router of routers) await router.stop();
    await network.stop();
    await sink.stop();
    await sharing?.stop();
    await backups?.stop();
    await store.remove();
    rmSync(folder, { recursive: true });
  }
}

/** Between two polls of a router: many are polled less often, for it is one machine that does all. */
export function collectsEveryMs(routers: number): number {
  return routers > VERSIONS.length ? 2_000 : 1_000;
}

function configOf(store: SoakStore, sink: MailSink, routers: readonly unknown[]) {
  return {
    timeZone: TIME_ZONE,
    database: store.workerUrl,
    routers,
    collect: { everySeconds: collectsEveryMs(routers.length) / 1000, timeoutSeconds: 3 },
    quotas: [{ match: MARKER.name, ignore: true }, QUOTA],
    report: [],
    mail: { from: 'soak@example.com', to: ['admin@example.com'], smtp: { host: '127.0.0.1', port: sink.port } },
  };
}

/** Of this version alone: an earlier one may not know these settings. */
function healthConfigOf(network: Network) {
  const everySeconds = EVERY_MS / 1000;
  return { devices: network.devices(), health: { everySeconds, witnesses: [network.witness()] } };
}

/** What comes later is not judged: to send the mails the clock steps, and the routers are cut off. */
async function closeHealthBooks(stage: Stage, tell: (line: string) => void): Promise<void> {
  const { store, routers, network } = stage;
  const devices = [...routers, ...network.truths()].map(({ name }) => name);
  await showOneOutage(stage);
  await until(async () => (await unsettled(store, devices)).length === 0, GRACE_MS);
  for (const what of await unsettled(store, devices)) tell(what);
  stage.healthBooks = await readHealthBooks(store);
}

/** One host falls for as long as it takes to be sure, while nothing else happens and a worker judges: each run has seen an outage whole. */
async function showOneOutage({ store, network }: Stage): Promise<void> {
  const isJudgedFrom = (at: number) => until(() => isJudgedAfter(store, at), GRACE_MS);
  await isJudgedFrom(Date.now());
  await sleep(UP_WITHIN_MS + MARGIN_MS);
  const rise = network.fell('mill');
  await sleep(DOWN_WITHIN_MS + MARGIN_MS);
  rise();
  await isJudgedFrom(Date.now() + 2 * UP_WITHIN_MS + MARGIN_MS);
}

/** Has everything of both plans happen; returns when all is whole again. */
async function playOut(plan: Plan, stage: Stage, durationMs: number, tell: (line: string) => void): Promise<void> {
  const healthFaults = stage.isUpgraded ? [] : planHealth({ seed: plan.seed, durationMs });
  await Promise.all([
    play(plan.faults, durationMs, (fault) => begin(fault, stage, notesOf(fault, stage, tell))),
    play(healthFaults, durationMs, (fault) =>
      beginHealthFault(fault, {
        ...stage,
        ...notesOf(fault, stage, tell),
        silenceRouters: () => silenceRouters(stage, () => false),
      }),
    ),
  ]);
  stage.crew.stepClock(0);
}

/**
 * What waits for its next try is let out, again and again: the server may refuse it until it is given up. The books are closed by now,
 * so the clock may step as it likes.
 */
async function sendMails({ crew, store, routers, sink }: Stage): Promise<void> {
  sink.setTrouble(null);
  const left = async () => waiting(await mails(store)).length;
  const areAllSettled = async () => (await left()) === 0;
  if (await until(areAllSettled, 3_000)) return;
  for (const router of routers) router.cutOff();
  // Several take longer to start on one machine.
  const endMs = performance.now() + GRACE_MS * crew.size;
  do {
    await crew.end();
    // A worker of an older version goes by its own clock.
    crew.stepClock(MAILS_DUE_MS);
    await letOut(store);
    crew.start();
    // A busy machine needs longer: a round begins with the first worker that is there, and goes on for as long as mails go out.
    await until(async () => crew.first()?.hasBegun() === true, GRACE_MS);
    for (let before = Number.POSITIVE_INFINITY; (await left()) < before; ) {
      before = await left();
      await until(areAllSettled, ROUND_OF_MAILS_MS * crew.size);
    }
  } while (!(await areAllSettled()) && performance.now() < endMs);
}
