/** Counters of one row at one look. `null`: not told. */
export interface Counted {
  /** RouterOS's `.id`: the same row while it stays the same, within one boot. */
  readonly id: string;
  readonly rxBytes: bigint | null;
  readonly txBytes: bigint | null;
}

/** What a device's uptime showed at one look, and when. */
export interface BootMark {
  readonly uptimeSeconds: number;
  /** ms; both looks by the same clock, the monotonic one where that is possible. */
  readonly atMs: number;
}

/** Uptime comes in whole seconds, and an answer may be under way for a while. */
const BOOT_SLACK_SECONDS = 5;
/** More than two clocks ever differ in speed. */
const DRIFT = 0.001;

/** Whether the device has not booted between two looks: its uptime grew by the time that passed. */
export function isSameBoot(before: BootMark, now: BootMark): boolean {
  const grownSeconds = now.uptimeSeconds - before.uptimeSeconds;
  const passedSeconds = (now.atMs - before.atMs) / 1000;
  return grownSeconds >= 0 && passedSeconds - grownSeconds <= Math.max(BOOT_SLACK_SECONDS, passedSeconds * DRIFT);
}

/** Counters of a device at one look. */
export interface CounterLook<Row extends Counted> {
  readonly boot: BootMark;
  readonly rows: readonly Row[];
}

export interface Rates {
  /** Received, bits a second; `null`: not known. */
  readonly downloadBps: number | null;
  readonly uploadBps: number | null;
}

const UNKNOWN: Rates = { downloadBps: null, uploadBps: null };

/**
 * How fast each row of `now` counts, by its `.id`: the growth of its counters over that of the uptime. Not known after a boot, for a
 * new row, for a counter that fell, and where the uptime has not grown.
 */
export function ratesOf<Row extends Counted>(
  before: CounterLook<Row> | null,
  now: CounterLook<Row>,
): ReadonlyMap<string, Rates> {
  const rates = new Map(now.rows.map(({ id }) => [id, UNKNOWN]));
  if (before === null || !isSameBoot(before.boot, now.boot)) return rates;
  const seconds = now.boot.uptimeSeconds - before.boot.uptimeSeconds;
  if (seconds <= 0) return rates;
  const former = new Map(before.rows.map((row) => [row.id, row]));
  for (const row of now.rows) {
    const known = former.get(row.id);
    if (known === undefined) continue;
    rates.set(row.id, {
      downloadBps: bitsPerSecond(known.rxBytes, row.rxBytes, seconds),
      uploadBps: bitsPerSecond(known.txBytes, row.txBytes, seconds),
    });
  }
  return rates;
}

function bitsPerSecond(before: bigint | null, now: bigint | null, seconds: number): number | null {
  if (before === null || now === null || now < before) return null;
  return Math.round((Number(now - before) * 8) / seconds);
}
