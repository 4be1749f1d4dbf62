import type { Spell } from './health/spells.ts';
import type { Order } from './preload.ts';
import { startWorker, THIS_VERSION, type Version, type Worker } from './worker.ts';
import { addressOf, beginLife, type Life } from './workers/lives.ts';

/** The workers of one soak: one, and for a while two; or several that share the routers. */
export interface Crew {
  /** How many there are to be. */
  readonly size: number;
  /** Starts those that there are to be. */
  start(): void;
  kill(downMs: number): Promise<void>;
  /** One answers nothing for a while. */
  freeze(forMs: number): Promise<void>;
  /** One more for a while, until SIGTERM. */
  join(forMs: number): Promise<void>;
  /** Ends one by SIGTERM and starts another after a while. */
  leave(downMs: number): Promise<void>;
  /** Ends the first by SIGTERM and starts another. */
  restart(): Promise<void>;
  /** Starts another, and ends the first when it has been there for a while. */
  roll(overlapMs: number): Promise<void>;
  /** The same, and from then on every new one is of that version. */
  upgrade(version: Version, overlapMs: number): Promise<void>;
  /** Has a second one for a while. */
  double(forMs: number): Promise<void>;
  /** Ends all. */
  end(): Promise<void>;
  stepClock(byMs: number): void;
  /** To these ports no connection comes about, and to all others it does. */
  silence(ports: readonly number[]): void;
  /** What the wall clocks of the workers showed. */
  clocks(): readonly WallClock[];
  /** Whether only workers of that version run. */
  isAllOf(version: Version): boolean;
  /** The clock of the worker that came last jumps away from the others'. */
  jump(byMs: number): void;
  tell(order: Order): void;
  /** The one there is, if there is just one. */
  only(): Worker | null;
  first(): Worker | null;
  readonly all: readonly Worker[];
  kills(): number;
  /** What workers did that they should not have. */
  readonly misdeeds: readonly string[];
  /** When each worker was there, in the order in which they came. */
  readonly lives: readonly Life[];
}

/** A worker's wall clock was so far ahead of this machine's for some time. */
export interface WallClock extends Spell {
  readonly offsetMs: number;
}

/** Promised: a worker drains within 10 s of SIGTERM. */
const DRAIN_MS = 10_000;
/** To the first poll of a worker: Node, the schema, the first instant of the timetable. */
const WARM_UP_MS = 2_500;

export function createCrew(deps: {
  readonly version: Version;
  readonly configFile: string;
  /** Dealt out in turn. */
  readonly databaseUrls: readonly string[];
  readonly clockOffsetMs: number;
  /** How many share the routers; 1: alone, without Redis. */
  readonly size: number;
}): Crew {
  const { size } = deps;
  const all: Worker[] = [];
  const lives: Life[] = [];
  const frozen = new Set<Worker>();
  /** With how far its clock is off from the others'. */
  const running = new Map<Worker, number>();
  const versions = new WeakMap<Worker, Version>();
  const misdeeds: string[] = [];
  const clocks: { readonly worker: Worker; readonly offsetMs: number; readonly from: number; to: number }[] = [];
  let silentPorts: readonly number[] = [];
  let { version, clockOffsetMs: offsetMs } = deps;
  let kills = 0;
  /** Orders to the crew come one after the other; what waits for its turn finds the crew as the others left it. */
  let turn: Promise<unknown> = Promise.resolve();
  const expected = new WeakSet<Worker>();

  function spawn(skewMs = 0): Worker {
    const { configFile, databaseUrls } = deps;
    const databaseUrl = databaseUrls[all.length % databaseUrls.length] ?? '';
    const life = beginLife(addressOf(all.length));
    const worker = startWorker(version, {
      ...{ configFile, databaseUrl, offsetMs: offsetMs + skewMs, silentPorts },
      ...(size > 1 ? { address: life.address } : {}),
    });
    all.push(worker);
    lives.push(life);
    running.set(worker, skewMs);
    versions.set(worker, version);
    noteClock(worker);
    void worker.exit.then(({ code, signal }) => {
      life.to = Date.now();
      running.delete(worker);
      frozen.delete(worker);
      noteClock(worker);
      if (expected.has(worker)) return;
      // It was told to die at its next commit, or it fell over.
      if (signal === 'SIGKILL') kills += 1;
      else misdeeds.push(`a worker ended by itself at ${life.to}: ${code ?? signal}; ${worker.lastLines.join(' | ')}`);
      fill();
    });
    return worker;
  }

  function fill(): void {
    while (running.size < size) spawn();
  }

  /** It shows another time from now on, or none any more. */
  function noteClock(worker: Worker): void {
    const now = Date.now();
    const last = clocks.findLast((each) => each.worker === worker);
    if (last !== undefined) last.to = now;
    const skewMs = running.get(worker);
    if (skewMs === undefined) return;
    clocks.push({ worker, offsetMs: offsetMs + skewMs, from: now, to: Number.POSITIVE_INFINITY });
  }

  /** Of those that can be told anything and are to stay. */
  function first(): Worker | null {
    return [...running.keys()].find((worker) => !frozen.has(worker) && !expected.has(worker)) ?? null;
  }

  function lifeOf(worker: Worker): Life | undefined {
    return lives[all.indexOf(worker)];
  }

  async function killOne(worker: Worker): Promise<void> {
    expected.add(worker);
    kills += 1;
    worker.kill();
    await worker.exit;
  }

  async function endOne(worker: Worker): Promise<void> {
    expected.add(worker);
    const [startedMs, told] = [performance.now(), Date.now()];
    const life = lifeOf(worker);
    if (life !== undefined) life.leaves = told;
    worker.end();
    const { code, signal } = await worker.exit;
    const tookMs = performance.now() - startedMs;
    if (signal === 'SIGKILL') kills += 1;
    // One that has not yet begun has nothing to bring to an end.
    else if (code !== 0 && worker.hasBegun()) misdeeds.push(`SIGTERM ended a worker with ${code ?? signal}`);
    if (tookMs > DRAIN_MS + 1_000) misdeeds.push(`a worker took ${Math.round(tookMs)} ms to end, told at ${told}`);
  }

  function isAllOf(wanted: Version): boolean {
    return [version, ...[...running.keys()].map((worker) => versions.get(worker))].every(
      (each) => each?.main === wanted.main,
    );
  }

  function farthest(): number {
    return isAllOf(THIS_VERSION) ? FARTHEST_MS : FARTHEST_OF_EARLIER_MS;
  }

  async function rollOver(overlapMs: number): Promise<void> {
    const worker = first();
    spawn(skewOf(overlapMs, farthest()));
    await sleep(WARM_UP_MS + overlapMs);
    if (worker !== null && !worker.hasEnded()) await endOne(worker);
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  }

  return {
    size,
    start: fill,
    kill: (downMs) =>
      inTurn(async () => {
        const worker = first();
        if (worker !== null) await killOne(worker);
        await sleep(downMs);
        fill();
      }),
    async freeze(forMs) {
      const worker = first();
      if (worker === null) return;
      const spell = { from: Date.now(), to: Number.POSITIVE_INFINITY };
      lifeOf(worker)?.frozen.push(spell);
      frozen.add(worker);
      worker.freeze();
      await Promise.race([worker.exit, sleep(forMs)]);
      worker.thaw();
      frozen.delete(worker);
      spell.to = Date.now();
    },
    async join(forMs) {
      const worker = spawn();
      await Promise.race([worker.exit, sleep(forMs)]);
      if (!worker.hasEnded() && !expected.has(worker)) await endOne(worker);
      fill();
    },
    async leave(downMs) {
      const worker = first();
      if (worker !== null) await endOne(worker);
      await sleep(downMs);
      fill();
    },
    restart: () =>
      inTurn(async () => {
        const worker = first();
        if (worker !== null) await endOne(worker);
        fill();
      }),
    roll: (overlapMs) => inTurn(() => rollOver(overlapMs)),
    upgrade: (next, overlapMs) =>
      inTurn(async () => {
        version = next;
        await rollOver(overlapMs);
      }),
    double: (forMs) =>
      inTurn(async () => {
        const worker = spawn(skewOf(forMs, farthest()));
        await sleep(WARM_UP_MS + forMs);
        if (!worker.hasEnded()) await (forMs % 2 === 0 ? killOne(worker) : endOne(worker));
        fill();
      }),
    end: () =>
      inTurn(async () => {
        await Promise.all([...running.keys()].map(endOne));
      }),
    stepClock(byMs) {
      offsetMs += byMs;
      for (const [worker, skewMs] of running) {
        worker.tell({ offsetMs: offsetMs + skewMs });
        noteClock(worker);
      }
    },
    silence(ports) {
      silentPorts = ports;
      for (const worker of running.keys()) worker.tell({ silentPorts });
    },
    clocks: () => clocks,
    isAllOf,
    jump(byMs) {
      const [worker, skewMs] = [...running].at(-1) ?? [];
      if (worker === undefined || skewMs === undefined) return;
      // To the other side where it would be too far.
      const jumpedMs = Math.abs(skewMs + byMs) <= FARTHEST_MS ? skewMs + byMs : Math.sign(-skewMs) * FARTHEST_MS;
      running.set(worker, jumpedMs);
      worker.tell({ offsetMs: offsetMs + jumpedMs });
      noteClock(worker);
    },
    tell: (order) => first()?.tell(order),
    only: () => (running.size === 1 ? first() : null),
    first,
    all,
    kills: () => kills,
    misdeeds,
    lives,
  };
}

/** The lease of a mail lasts two minutes: two workers whose clocks are further apart would both send it. */
const FARTHEST_MS = 50_000;

/** An earlier version takes clocks that are further apart for a reboot while a router is young. */
const FARTHEST_OF_EARLIER_MS = 400;

/** Any time serves as chance. */
function skewOf(ms: number, farthestMs: number): number {
  return ((ms * 7_919) % (2 * farthestMs + 1)) - farthestMs;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
