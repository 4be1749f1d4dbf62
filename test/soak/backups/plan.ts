import { createRandom } from '../../../src/demo/traffic.ts';
import { isLethal, TIME_ZONE, TO_CHANGE_OF_TIME_MS } from '../plan.ts';
import { QUIET_MS } from '../workers/plan.ts';
import { SSH_TROUBLES, type SshTrouble } from './routers.ts';

/** What happens to configurations and to those who read them, when and for how long. */
export type BackupFault = { readonly atMs: number; readonly forMs: number } & (
  | { readonly kind: 'change' | 'undo'; readonly router: number }
  | { readonly kind: 'ssh'; readonly router: number; readonly trouble: SshTrouble; readonly bytes: number }
  /** Of a worker, within the time: so long after the start of a backup, not counting the first ones. */
  | { readonly kind: 'kill'; readonly skipped: number; readonly thenMs: number }
);

const FIRST_MS = 20_000;
const LAST_MS = 10_000;
/** A backup begins within it, if the clocks are not set back. */
const KILL_WITHIN_MS = 58_000;
const KILL_EVERY_MS = 60_000;
const MOST_SKIPPED = 2;
/** Mostly none is changed twice between two runs. */
const CHANGE_MS = [10_000, 90_000] as const;
/** On average a third of the routers has some trouble, and most troubles meet a run. */
const TROUBLE_MS = [15_000, 60_000] as const;
const TROUBLED_SHARE = 1 / 3;
const MOST_BYTES = 5_000;

/** Made from the seed alone. */
export function planBackups(options: {
  readonly seed: number;
  readonly durationMs: number;
  readonly routers: number;
  readonly isShared: boolean;
}): BackupFault[] {
  const { seed, durationMs, routers, isShared } = options;
  const random = createRandom(seed * 17 + 3);
  const between = (from: number, to: number) => Math.round(from + (to - from) * random());
  const lastMs = durationMs - LAST_MS;
  const faults: BackupFault[] = [];
  for (let router = 0; router < routers; router += 1) {
    for (let atMs = between(...CHANGE_MS); atMs < lastMs; atMs += between(...CHANGE_MS))
      faults.push({ atMs, forMs: 0, kind: random() < 0.2 ? 'undo' : 'change', router });
  }
  const everyMs = (TROUBLE_MS[0] + TROUBLE_MS[1]) / 2 / (routers * TROUBLED_SHARE);
  for (let atMs = FIRST_MS; atMs < lastMs; atMs += between(everyMs / 2, (3 * everyMs) / 2)) {
    const what = { router: Math.floor(random() * routers), bytes: between(0, MOST_BYTES) };
    const trouble = SSH_TROUBLES[Math.floor(random() * SSH_TROUBLES.length)] ?? 'cut';
    faults.push({ atMs, forMs: Math.min(between(...TROUBLE_MS), lastMs - atMs), kind: 'ssh', trouble, ...what });
  }
  for (let atMs = FIRST_MS; atMs + KILL_WITHIN_MS < durationMs; atMs += KILL_EVERY_MS) {
    const isLate = isShared
      ? atMs + KILL_WITHIN_MS > durationMs - QUIET_MS
      : !isLethal(atMs + KILL_WITHIN_MS, durationMs);
    const kill = { skipped: between(0, MOST_SKIPPED), thenMs: between(0, 400) };
    if (!isLate) faults.push({ atMs, forMs: KILL_WITHIN_MS, kind: 'kill', ...kill });
  }
  return faults.sort((one, other) => one.atMs - other.atMs);
}

const MINUTE_MS = 60_000;
/** More than a soak has, also when its clock runs ahead. */
const SPARE_MINUTES = 90;

/** When a backup of all routers is due: each minute of the workers' clock, which skips an hour or two where it changes to summer time. */
export function dueTimes(options: {
  readonly startAt: number;
  readonly durationMs: number;
  readonly hasChangeOfTime: boolean;
}): number[] {
  const { startAt, durationMs, hasChangeOfTime } = options;
  const count = Math.ceil(durationMs / MINUTE_MS) + SPARE_MINUTES;
  const first = Math.ceil(startAt / MINUTE_MS) * MINUTE_MS;
  const from = hasChangeOfTime ? Math.ceil((startAt + TO_CHANGE_OF_TIME_MS) / MINUTE_MS) * MINUTE_MS : first;
  return [...new Set([first, ...Array.from({ length: count }, (_, minute) => from + minute * MINUTE_MS)])];
}

/** As a schedule names it. */
export function timeOfDay(at: number): string {
  const time = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(TIME_ZONE).toPlainTime();
  return time.toString({ smallestUnit: 'minute' });
}
