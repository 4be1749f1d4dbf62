import { cleanText } from './clean-text.ts';

/** How amounts, times and names are written where people read them. 1 GB is 1024³ bytes, as in RouterOS. */

export const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB'] as const;
/** Kept: made anew for each amount it would be most of the time that a long table takes. */
const THOUSANDS = new Intl.NumberFormat('en-US');
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** A name from outside as one readable line: what cannot be seen or would disturb the text around it becomes `�`. */
export function readableName(name: string): string {
  return cleanText(name);
}

/** At most `length` characters (code points), the last one `…` when something was cut. */
export function shorten(text: string, length: number): string {
  const characters = Array.from(text);
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}

/** At most `length` UTF-16 units, the last one `…` when something was cut; quicker than `shorten`. */
export function clip(text: string, length: number): string {
  // A pair of surrogates cut in two would be no UTF-8.
  return text.length <= length ? text : `${text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** `0 B`, `812 KB`, `10.4 GB`: three significant digits, as far as they say something. */
export function formatBytes(bytes: bigint): string {
  const unit = unitOf(bytes);
  return `${significant(inUnit(bytes, unit))} ${UNITS[unit]}`;
}

const MB_UNIT = UNITS.indexOf('MB');
const GB_UNIT = UNITS.indexOf('GB');

/**
 * Amounts that are read beside each other, all in one unit, which the largest decides: `9.9 GB`, `0.4 GB`. One that would read 0.01
 * or less gets a smaller unit.
 */
export function formatTogether(amounts: readonly bigint[]): string[] {
  const unit = Math.max(MB_UNIT, ...amounts.map(unitOf));
  return amounts.map((bytes) => {
    if (isLost(bytes, unit)) return formatBytes(bytes);
    return `${significant(inUnit(bytes, unit))} ${UNITS[unit]}`;
  });
}

/** GB (1024³ bytes) with two decimals for a column of GB, e.g. `1,234.56`; what would read 0.01 or less gets a smaller unit: `8.2 MB`. */
export function gigabytes(bytes: bigint): string {
  if (isLost(bytes, GB_UNIT)) return formatBytes(bytes);
  const hundredths = (bytes * 100n + (1n << 29n)) >> 30n;
  const cents = (hundredths % 100n).toString().padStart(2, '0');
  return `${THOUSANDS.format(hundredths / 100n)}.${cents}`;
}

/** As `gigabytes`, for a sentence: `1,234.56 GB`, `8.2 MB`. */
export function inGigabytes(bytes: bigint): string {
  return isLost(bytes, GB_UNIT) ? formatBytes(bytes) : `${gigabytes(bytes)} GB`;
}

/** Not nothing, and 0.01 or less in the unit. */
function isLost(bytes: bigint, unit: number): boolean {
  return bytes > 0n && bytes * 1000n < 15n * 1024n ** BigInt(unit);
}

/** `10.4 of 10 GB`, in one unit up to GB by the larger of the two, with as many digits as it takes to tell them apart. */
export function formatShare(countedBytes: bigint, limitBytes: bigint): string {
  const unit = Math.min(GB_UNIT, unitOf(countedBytes > limitBytes ? countedBytes : limitBytes));
  const limit = plain(inUnit(limitBytes, unit), 2);
  const counted = inUnit(countedBytes, unit);
  const digits = [1, 2, 3, 6].find((count) => plain(counted, count) !== limit) ?? 0;
  return `${plain(counted, countedBytes === limitBytes ? 2 : digits)} of ${limit} ${UNITS[unit]}`;
}

/** At most so many digits after the point, but enough that an amount above zero does not read as zero. */
function plain(value: number, digits: number): string {
  const isSmall = value > 0 && value < 0.01;
  return trimZeros(isSmall ? Number(value.toPrecision(2)).toFixed(6) : value.toFixed(digits));
}

/** `12.4 Mbit/s`, in powers of ten as rates are. */
export function formatRate(bytes: bigint, durationMs: number): string {
  return formatBitRate(durationMs <= 0 ? 0 : (Number(bytes) * 8 * SECOND_MS) / durationMs);
}

/** The same of bits a second. */
export function formatBitRate(bitsPerSecond: number): string {
  if (bitsPerSecond >= 1e9) return `${significant(bitsPerSecond / 1e9)} Gbit/s`;
  return bitsPerSecond >= 1e6
    ? `${significant(bitsPerSecond / 1e6)} Mbit/s`
    : `${significant(bitsPerSecond / 1e3)} kbit/s`;
}

/** `45 s`, `12 min`, `2 h 14 min`, `3 d 4 h`. Rounded up to seconds, so that only 0 reads `0 s`. */
export function formatDuration(givenMs: number): string {
  const durationMs = Math.ceil(givenMs / SECOND_MS) * SECOND_MS;
  if (durationMs >= MINUTE_MS && durationMs < HOUR_MS) return `${Math.floor(durationMs / MINUTE_MS)} min`;
  return inTwoUnits(durationMs);
}

/** Time without measurement: `45 s`, `3 min 20 s`, `2 h 14 min`, `3 d 4 h`. Rounded up, so that the gap is never understated. */
export function formatUnobserved(givenMs: number): string {
  const unitMs = givenMs <= HOUR_MS ? SECOND_MS : givenMs <= DAY_MS ? MINUTE_MS : HOUR_MS;
  return inTwoUnits(Math.ceil(givenMs / unitMs) * unitMs);
}

function inTwoUnits(durationMs: number): string {
  if (durationMs < MINUTE_MS) return `${durationMs / SECOND_MS} s`;
  if (durationMs < HOUR_MS) return wholeAndRest(durationMs, [MINUTE_MS, 'min'], [SECOND_MS, 's']);
  if (durationMs < DAY_MS) return wholeAndRest(durationMs, [HOUR_MS, 'h'], [MINUTE_MS, 'min']);
  return wholeAndRest(durationMs, [DAY_MS, 'd'], [HOUR_MS, 'h']);
}

type Unit = readonly [ms: number, name: string];

function wholeAndRest(durationMs: number, [largeMs, large]: Unit, [smallMs, small]: Unit): string {
  const whole = `${Math.floor(durationMs / largeMs)} ${large}`;
  const rest = Math.floor((durationMs % largeMs) / smallMs);
  return rest === 0 ? whole : `${whole} ${rest} ${small}`;
}

/** `Thu 19 Nov` of `2026-11-19`. */
export function formatDay(day: string): string {
  const date = Temporal.PlainDate.from(day);
  return `${WEEKDAYS[date.dayOfWeek - 1]} ${date.day} ${MONTHS[date.month - 1]}`;
}

/** `Thu 19 Nov 2026` of `2026-11-19`. */
export function formatFullDay(day: string): string {
  return `${formatDay(day)} ${Temporal.PlainDate.from(day).year}`;
}

/** `18:15`, in the zone. */
export function formatTime(at: number, timeZone: string): string {
  const time = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainTime();
  return time.toString({ smallestUnit: 'minute' });
}

/** `Thu 19 Nov, 18:15`, in the zone. */
export function formatMoment(at: number, timeZone: string): string {
  const moment = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
  return `${formatDay(moment.toPlainDate().toString())}, ${formatTime(at, timeZone)}`;
}

/** `Thu 19 Nov 2026, 18:15`, in the zone. */
export function formatFullMoment(at: number, timeZone: string): string {
  const day = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate().toString();
  return `${formatFullDay(day)}, ${formatTime(at, timeZone)}`;
}

/** `1 user`, `2 users`, `10,000 users`. */
export function formatCount(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

/** Index of the unit in which an amount reads best. */
export function unitOf(bytes: bigint): number {
  let unit = 0;
  // From 1000 on, not 1024: 0.98 GB reads better than 1003 MB.
  while (unit < UNITS.length - 1 && bytes >= 1000n * 1024n ** BigInt(unit)) unit += 1;
  return unit;
}

function inUnit(bytes: bigint, unit: number): number {
  return Number(bytes) / 1024 ** unit;
}

function significant(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  return trimZeros(value.toFixed(value >= 9.995 ? 1 : 2));
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
