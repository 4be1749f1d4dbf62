import { clip } from '../../runtime/format.ts';

/** Of a name or text that is kept of a device. */
const LONGEST_TEXT = 64;

/** A text as a device gives it, short enough to be kept; `null` for none. */
export function textOf(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : clip(value, LONGEST_TEXT);
}

/** A count from 0 that a number holds exactly; `null` for all else. */
export function countOf(value: string | undefined): number | null {
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : null;
}

/** A counter of 64 bits; `null` for all else. */
export function bytesOf(value: string | undefined): bigint | null {
  return value !== undefined && /^\d{1,20}$/.test(value) ? BigInt(value) : null;
}

/** RouterOS writes flags as `true` over the API, and `yes` where they are settings. */
export function isYes(value: string | undefined): boolean {
  return value === 'true' || value === 'yes';
}

/** The used share in percent, with one decimal; `null` unless both can be. */
export function usedPercent(free: number | null, total: number | null): number | null {
  if (free === null || total === null || total === 0 || free > total) return null;
  return Math.round(1000 - (1000 * free) / total) / 10;
}
