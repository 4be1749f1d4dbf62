import { createHash } from 'node:crypto';

/** With many devices so many begin in a second, on average. */
const MOST_A_SECOND = 4;
/** The last ones of a large fleet begin no later. */
const LONGEST_MS = 30 * 60_000;

/**
 * When the backup of a device begins in a run that fell due at an instant: spread over a quarter of a second for each device of the run, so
 * that a line shared by 1,000 routers is not asked by all at once. A device has the same place in each run.
 */
export function startOf(device: string, devices: number, dueAt: number): number {
  const share = createHash('sha256').update(device).digest().readUInt32BE() / 2 ** 32;
  return dueAt + share * Math.min(LONGEST_MS, (devices * 1000) / MOST_A_SECOND);
}
