import { createRandom } from '../../../src/demo/traffic.ts';

/** What happens to the workers and to what they share, when and for how long. */
export interface WorkersFault {
  readonly atMs: number;
  readonly forMs: number;
  readonly kind:
    | 'kill'
    /** SIGSTOP, and SIGCONT after that time. */
    | 'freeze'
    /** One more for a while; it leaves by SIGTERM. */
    | 'join'
    /** One leaves by SIGTERM, and another one comes after that time. */
    | 'leave'
    /** Redis ends at once, and starts again with nothing in it. */
    | 'redis-restart'
    /** Redis answers nothing. */
    | 'redis-freeze'
    /** The database server ends at once, and starts again. */
    | 'database-restart';
}

const KILL_EVERY_MS = 20_000;
/** All have shards and every router is read before anything happens. */
const FIRST_MS = 30_000;
/** So long before the end nothing new happens to workers: the last newcomer gets its share, then the fleet has to be steady. */
export const QUIET_MS = 180_000;
/** In turn, between two kills. */
const OTHERS: readonly WorkersFault['kind'][] = [
  'freeze',
  'redis-restart',
  'join',
  'database-restart',
  'leave',
  'redis-freeze',
];
const LASTS_MS: Record<WorkersFault['kind'], readonly [least: number, most: number]> = {
  kill: [500, 8_000],
  // Some shorter, most longer than it takes to lose a lock.
  freeze: [15_000, 60_000],
  join: [40_000, 60_000],
  leave: [0, 10_000],
  'redis-restart': [3_000, 15_000],
  'redis-freeze': [3_000, 20_000],
  'database-restart': [1_000, 4_000],
};

/** A kill every 20 s, and between two of them what else happens to workers, their Redis and their database; made from the seed alone. */
export function planWorkers({
  seed,
  durationMs,
}: {
  readonly seed: number;
  readonly durationMs: number;
}): WorkersFault[] {
  const random = createRandom(seed * 13 + 5);
  const lasts = (kind: WorkersFault['kind']) => {
    const [least, most] = LASTS_MS[kind];
    return Math.round(least + (most - least) * random());
  };
  const faults: WorkersFault[] = [];
  for (let round = 0; FIRST_MS + (round + 1) * KILL_EVERY_MS < durationMs - QUIET_MS; round += 1) {
    const atMs = FIRST_MS + round * KILL_EVERY_MS;
    faults.push({ atMs, forMs: lasts('kill'), kind: 'kill' });
    const kind = OTHERS[round % OTHERS.length] ?? 'join';
    const forMs = lasts(kind);
    const thenMs = atMs + Math.round((0.2 + 0.6 * random()) * KILL_EVERY_MS);
    if (thenMs + forMs < durationMs - QUIET_MS) faults.push({ atMs: thenMs, forMs, kind });
  }
  return faults;
}
