import type { WireFaults } from '../../src/demo/api-server.ts';
import { createRandom, type Random } from '../../src/demo/traffic.ts';
import { MAIL_TROUBLES, type MailTrouble } from './mail-sink.ts';
import type { Incident } from './router.ts';
import type { StoreTrouble } from './stores.ts';

export type WorkerTrouble = 'kill' | 'kill-in-commit' | 'restart' | 'rolling-restart' | 'second-worker';

/** What goes wrong, when and for how long. */
export type Fault = { readonly atMs: number; readonly forMs: number } & (
  | { readonly kind: 'worker'; readonly trouble: WorkerTrouble; readonly when: 'before' | 'after' }
  /** A rolling restart from the version that the run began with to this one. */
  | { readonly kind: 'upgrade' }
  | { readonly kind: 'store'; readonly trouble: StoreTrouble }
  /** The wall clocks of all workers step, or one of them jumps away from the others. */
  | { readonly kind: 'clock'; readonly stepMs: number; readonly whose: 'all' | 'one' }
  /** The wall clocks of all workers show 1970 for a while. */
  | { readonly kind: 'clock-lost' }
  | { readonly kind: 'mail'; readonly trouble: MailTrouble }
  | { readonly kind: 'cut-off'; readonly router: number }
  /** All routers but the first fall silent at once. */
  | { readonly kind: 'mass-outage' }
  | { readonly kind: 'wire'; readonly router: number; readonly faults: WireFaults; readonly what: string }
  | { readonly kind: 'incident'; readonly router: number; readonly incident: Incident; readonly pick: number }
);

export interface Plan {
  readonly seed: number;
  /** Where the wall clock of the workers begins. */
  readonly startAt: number;
  readonly faults: readonly Fault[];
}

export const TIME_ZONE = 'Europe/Berlin';
/** 12 s before the midnight of the day on which Berlin's clocks go forward; no worker believes a clock from before its own release. */
const START_AT = Temporal.ZonedDateTime.from(`2027-03-27T23:59:48[${TIME_ZONE}]`).epochMilliseconds;
export const TO_CHANGE_OF_TIME_MS = 2 * 3_600_000 - 25_000;

/** Every router is read, and everybody has a baseline, before anything happens. */
const FIRST_FAULT_MS = 4_000;
/** So long before the end nothing new begins. */
const LAST_FAULT_MS = 6_000;
const CHANGE_OF_TIME_MS = 15_000;
/** So long the old version lives beside the new one and its schema. */
const UPGRADE_MS = 8_000;
/** Workers live and die in the first part of each stretch; in the rest they must not grow. */
const STRETCH_MS = 600_000;
const LETHAL_SHARE = 0.5;

const WIRES: readonly { readonly what: string; readonly faults: WireFaults }[] = [
  { what: 'slow', faults: { latencyMs: 400 } },
  { what: 'in small pieces', faults: { chunkBytes: 7 } },
  { what: 'silent before the reply', faults: { stall: 'before-reply' } },
  { what: 'silent inside the list', faults: { stall: 'inside-reply', command: '/queue/simple/print' } },
  { what: 'cut inside the list', faults: { cut: 'rst', command: '/queue/simple/print' } },
  { what: 'closed inside the list', faults: { cut: 'fin', command: '/queue/simple/print' } },
  { what: 'fatal', faults: { fatal: 'too many sessions' } },
  { what: 'no login', faults: { stall: 'login' } },
  { what: 'garbage', faults: { garbage: Buffer.from('f8ff00017f', 'hex') } },
];

export const INCIDENTS: readonly (readonly [weight: number, Incident])[] = [
  [4, 'reset'],
  [2, 'resetAll'],
  [5, 'reconnect'],
  [4, 'comeAndGo'],
  [3, 'remake'],
  [3, 'rename'],
  [2, 'swapNames'],
  [2, 'reboot'],
  [2, 'replace'],
];

/** The faults of a run, made from the seed alone. */
export function makePlan(options: {
  readonly seed: number;
  readonly durationMs: number;
  readonly routers: number;
  readonly storeTroubles: readonly StoreTrouble[];
  readonly isUpgraded: boolean;
}): Plan {
  const { durationMs } = options;
  const random = createRandom(options.seed);
  const faults: Fault[] = [
    { atMs: CHANGE_OF_TIME_MS, forMs: 0, kind: 'clock', stepMs: TO_CHANGE_OF_TIME_MS, whose: 'all' },
  ];
  if (options.isUpgraded) faults.push({ atMs: durationMs / 3, forMs: UPGRADE_MS, kind: 'upgrade' });
  const between = (from: number, to: number) => Math.round(from + (to - from) * random());
  for (let atMs = FIRST_FAULT_MS; atMs < durationMs - LAST_FAULT_MS; atMs += between(120, 750)) {
    const fault = draw(random, options, atMs, between);
    if (isDue(fault, durationMs)) faults.push(fault);
  }
  return { seed: options.seed, startAt: START_AT, faults: faults.sort((a, b) => a.atMs - b.atMs) };
}

type Between = (from: number, to: number) => number;

function draw(
  random: Random,
  { routers, storeTroubles }: { readonly routers: number; readonly storeTroubles: readonly StoreTrouble[] },
  atMs: number,
  between: Between,
): Fault {
  const router = Math.floor(random() * routers);
  const when = { atMs, forMs: between(500, 4_000) };
  const kind = pickByWeight(random, [
    [14, 'incident'],
    [3, 'wire'],
    [2, 'cut-off'],
    [1, 'mass-outage'],
    [4, 'worker'],
    [2, 'store'],
    [3, 'mail'],
    [3, 'clock'],
    [1, 'clock-lost'],
  ] as const);
  switch (kind) {
    case 'incident':
      return { ...when, kind, router, incident: pickByWeight(random, INCIDENTS), pick: between(0, 1_000) };
    case 'wire':
      return { ...when, kind, router, ...pick(random, WIRES) };
    case 'cut-off':
      return { ...when, kind, router };
    case 'mass-outage':
      return { ...when, forMs: between(4_000, 12_000), kind };
    case 'store':
      return { ...when, kind, trouble: pick(random, storeTroubles) };
    case 'mail':
      return { ...when, kind, trouble: pick(random, MAIL_TROUBLES) };
    case 'clock':
      return { ...when, kind, stepMs: pick(random, [-90_000, 90_000]), whose: pick(random, ['all', 'one']) };
    case 'clock-lost':
      return { ...when, kind };
    case 'worker': {
      const trouble = pickByWeight(random, [
        [3, 'kill'],
        [3, 'kill-in-commit'],
        [1, 'restart'],
        [2, 'rolling-restart'],
        [4, 'second-worker'],
      ] as const);
      const forMs = trouble === 'second-worker' ? between(3_000, 12_000) : when.forMs;
      return { ...when, forMs, kind, trouble, when: pick(random, ['before', 'after']) };
    }
  }
}

function isDue(fault: Fault, durationMs: number): boolean {
  return fault.kind !== 'worker' || isLethal(fault.atMs, durationMs);
}

/** Whether workers may die then, where one has all routers. */
export function isLethal(atMs: number, durationMs: number): boolean {
  const stretchMs = Math.min(durationMs, STRETCH_MS);
  return (atMs % stretchMs) / stretchMs < LETHAL_SHARE;
}

function pick<T>(random: Random, choices: readonly T[]): T {
  return pickByWeight(
    random,
    choices.map((choice) => [1, choice] as const),
  );
}

function pickByWeight<T>(random: Random, choices: readonly (readonly [weight: number, choice: T])[]): T {
  let rest = random() * choices.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, choice] of choices) {
    rest -= weight;
    if (rest < 0) return choice;
  }
  throw new RangeError('nothing to pick from');
}
