import { UNITS, unitOf } from './format.ts';

/** A round amount on the scale of a chart. */
export interface ByteMark {
  readonly bytes: bigint;
  /** `0`, `2 GB`, `500 MB`. */
  readonly label: string;
}

const MOST_STEPS = 4;

/** Round amounts from 0 up to `full`, two to four steps apart, all in one unit. Only 0 where there is nothing to be measured. */
export function byteScale(full: bigint): ByteMark[] {
  const zero = { bytes: 0n, label: '0' };
  if (full <= 1n) return [zero];
  const unit = unitOf(full);
  const size = 1024 ** unit;
  const most = Number(full) / size;
  const step = unit === 0 ? Math.max(1, roundStep(most / MOST_STEPS)) : roundStep(most / MOST_STEPS);
  const marks = Array.from({ length: Math.floor(most / step) }, (_, index) => {
    const amount = Number(((index + 1) * step).toPrecision(6));
    return { bytes: BigInt(Math.round(amount * size)), label: `${amount} ${UNITS[unit]}` };
  });
  return [zero, ...marks.filter(({ bytes }) => bytes <= full)];
}

/** A round rate on the scale of a chart. */
export interface RateMark {
  readonly bitsPerSecond: number;
  /** `0`, `200 Mbit/s`. */
  readonly label: string;
}

const RATE_UNITS = [
  [1e9, 'Gbit/s'],
  [1e6, 'Mbit/s'],
  [1e3, 'kbit/s'],
] as const;

/** The same of bits a second. */
export function rateScale(full: number): RateMark[] {
  const zero = { bitsPerSecond: 0, label: '0' };
  if (full <= 0) return [zero];
  const [size, unit] = RATE_UNITS.find(([least]) => full >= least) ?? [1e3, 'kbit/s'];
  const step = roundStep(full / size / MOST_STEPS);
  const marks = Array.from({ length: Math.floor(full / size / step) }, (_, index) => {
    const amount = Number(((index + 1) * step).toPrecision(6));
    return { bitsPerSecond: amount * size, label: `${amount} ${unit}` };
  });
  return [zero, ...marks.filter(({ bitsPerSecond }) => bitsPerSecond <= full)];
}

/** The least of 1, 2, 5, 10, 20 … that is no less. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5].find((each) => least <= each * power) ?? 10;
  return factor * power;
}
