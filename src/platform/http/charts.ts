import { byteScale } from '../../runtime/byte-scale.ts';
import { formatDay, formatTime, formatTogether } from '../../runtime/format.ts';

/** The part that counts against a limit, drawn at the bottom of the bar. */
type Counts = 'download' | 'upload' | 'total';

/** Bars in a drawing of any width: it is stretched, so there is no text in it. */
export interface BarChart {
  /** Of the drawing, whose height is 100. */
  readonly width: number;
  readonly bars: readonly Bar[];
  /** From the ground up. */
  readonly scale: readonly ScaleMark[];
}

/** An amount beside the drawing, with a line through it. */
interface ScaleMark {
  /** Of the line, in the drawing. */
  readonly y: number;
  /** Of the label, in percent of the height on the page. */
  readonly place: string;
  readonly label: string;
}

/** A time below the drawing. */
export interface TimeMark {
  /** In percent of the width. */
  readonly place: string;
  readonly label: string;
  readonly anchor: 'start' | 'middle' | 'end';
  /** Hidden on a phone, for lack of space. */
  readonly isMinor: boolean;
}

export interface Bar {
  readonly x: number;
  readonly width: number;
  /** Of the share that counts against the limit, from the ground up. */
  readonly counted: Extent;
  readonly rest: Extent;
  readonly label: string;
}

interface Extent {
  readonly y: number;
  readonly height: number;
}

interface Amount {
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
  readonly label: string;
}

const DAY_WIDTH = 10;
/** The space below the axis is for gaps in measurement. */
const DAY_DRAWING_HEIGHT = 110;
const HOUR_DRAWING_HEIGHT = 100;
const DAY_BAR = 8;
/** A limit far above all bars would make them too low: then it is only written. */
const LIMIT_WITHIN = 4n;

export interface DayChart extends BarChart {
  /** Height of the limit's line; `null` without a limit or when it is far above. */
  readonly limitY: number | null;
}

/** One bar a day, each day's own amount; the limit of the last day that has one as a line. */
export function dayChart(days: readonly Amount[], counts: Counts, limitBytes: bigint | null): DayChart {
  const highest = largest(days.map(({ uploadBytes, downloadBytes }) => uploadBytes + downloadBytes));
  const isShown = limitBytes !== null && limitBytes <= highest * LIMIT_WITHIN;
  const full = isShown && limitBytes > highest ? (limitBytes * 21n) / 20n : highest;
  return {
    width: Math.max(days.length, 1) * DAY_WIDTH,
    bars: days.map((day, index) => barOf(day, counts, full, index * DAY_WIDTH + 1, DAY_BAR)),
    scale: scaleOf(full, DAY_DRAWING_HEIGHT),
    limitY: isShown ? heightOf(full - limitBytes, full) : null,
  };
}

const MOST_DAY_MARKS = 7;

/** Some of the days below their bars, the last one always. */
export function dayMarks(days: readonly string[]): TimeMark[] {
  const every = Math.max(1, Math.ceil(days.length / MOST_DAY_MARKS));
  return days.flatMap((day, index) => {
    const fromLast = days.length - 1 - index;
    if (fromLast % every !== 0) return [];
    const label = shortDay(day);
    const place = percent((index + 0.5) / days.length);
    return [{ place, label, anchor: 'middle' as const, isMinor: (fromLast / every) % 2 === 1 }];
  });
}

export interface HourChart extends BarChart {
  readonly ticks: readonly TimeMark[];
  readonly marks: readonly { readonly x: number; readonly label: string }[];
  /** Over the whole height. */
  readonly bands: readonly { readonly x: number; readonly width: number; readonly label: string }[];
}

/** A time that is marked, Unix ms. */
export interface Band {
  readonly startAt: number;
  readonly endAt: number;
  readonly label: string;
}

export interface HourQuestion {
  readonly hours: readonly { readonly hourAt: number; readonly uploadBytes: bigint; readonly downloadBytes: bigint }[];
  /** First instants of the day and of the next. */
  readonly startAt: number;
  readonly endAt: number;
  readonly events: readonly { readonly at: number; readonly label: string }[];
  /** In order, without overlaps. */
  readonly bands: readonly Band[];
  readonly counts: Counts;
  readonly timeZone: string;
}

const HOUR_MS = 3_600_000;
const UNIT_MS = 60_000;
const GAP = 6;
/** The share of the axis in which a label would stand over its end, and is drawn inwards. */
const NEAR_EDGE = 0.06;

/** The hours of a day of 23, 24 or 25 of them, or of any other time; hours that its start and end cut, as in zones with half hours, are drawn so. */
export function hourChart(question: HourQuestion): HourChart {
  const { hours, startAt, endAt, events, bands, counts, timeZone } = question;
  const full = largest(hours.map(({ uploadBytes, downloadBytes }) => uploadBytes + downloadBytes));
  const xOf = (at: number) => Math.round((Math.min(Math.max(at, startAt), endAt) - startAt) / UNIT_MS);
  return {
    width: xOf(endAt),
    bars: hours.map((hour) => {
      const from = xOf(hour.hourAt);
      const until = xOf(hour.hourAt + HOUR_MS);
      const label = `${formatTime(Math.max(hour.hourAt, startAt), timeZone)}: ${amounts(hour)}`;
      return barOf({ ...hour, label }, counts, full, from + GAP / 2, Math.max(until - from - GAP, 1));
    }),
    scale: scaleOf(full, HOUR_DRAWING_HEIGHT),
    ticks: clockMarks(question, { everyHours: 3, isMinor: ({ hour }) => hour % 6 !== 0 }),
    marks: events.map(({ at, label }) => ({ x: xOf(at), label })),
    bands: bands.map((band) => ({
      x: Number(((band.startAt - startAt) / UNIT_MS).toFixed(2)),
      width: Number(((band.endAt - band.startAt) / UNIT_MS).toFixed(2)),
      label: band.label,
    })),
  };
}

export interface ClockMarking {
  /** A divisor of 24; 24 marks each midnight, with its day. */
  readonly everyHours: number;
  /** `index`: among the marks. */
  readonly isMinor: (mark: { readonly hour: number; readonly index: number }) => boolean;
}

/** Some of the full hours of the zone's clock: on a day on which it is set there may be one more or less. Instants are Unix ms. */
export function clockMarks(
  { startAt, endAt, timeZone }: Pick<HourQuestion, 'startAt' | 'endAt' | 'timeZone'>,
  { everyHours, isMinor }: ClockMarking,
): TimeMark[] {
  const marks: TimeMark[] = [];
  for (let at = startAt; at <= endAt; ) {
    const clock = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
    const { hour, minute, second, millisecond } = clock;
    const pastMs = minute * UNIT_MS + second * 1000 + millisecond;
    if (pastMs === 0 && hour % everyHours === 0) {
      const share = (at - startAt) / (endAt - startAt);
      marks.push({
        place: percent(share),
        label: everyHours === 24 ? shortDay(clock.toPlainDate().toString()) : formatTime(at, timeZone),
        anchor: share <= NEAR_EDGE ? 'start' : share >= 1 - NEAR_EDGE ? 'end' : 'middle',
        isMinor: isMinor({ hour, index: marks.length }),
      });
    }
    at += HOUR_MS - pastMs;
  }
  return marks;
}

/** `19 Nov` of `2026-11-19`. */
function shortDay(day: string): string {
  return formatDay(day).replace(/^\S+ /, '');
}

export function amounts({ uploadBytes, downloadBytes }: Omit<Amount, 'label'>): string {
  const [down = '', up = ''] = formatTogether([downloadBytes, uploadBytes]);
  return `${down} down, ${up} up`;
}

const STRIP_HEIGHT = 12;
/** From one day of a strip to the next: a bar and a gap of one. */
export const STRIP_STEP = 5;

/** The days of a strip as one path, each 4 wide and 1 apart; the highest is full, and what is not nothing can be seen. */
export function stripPath(days: readonly bigint[]): string {
  const highest = largest(days);
  return days
    .map((bytes, index) => {
      if (bytes === 0n) return '';
      const height = Math.max(1, Number((bytes * BigInt(STRIP_HEIGHT)) / highest));
      return `M${index * STRIP_STEP} 12v-${height}h4v${height}z`;
    })
    .join('');
}

function barOf(amount: Amount, counts: Counts, full: bigint, x: number, width: number): Bar {
  const { uploadBytes, downloadBytes, label } = amount;
  const total = uploadBytes + downloadBytes;
  const counted = counts === 'upload' ? uploadBytes : downloadBytes;
  const top = heightOf(total, full);
  const ground = heightOf(counted, full);
  return {
    x,
    width,
    counted: { y: 100 - ground, height: ground },
    rest: { y: 100 - top, height: Number((top - ground).toFixed(2)) },
    label,
  };
}

function scaleOf(full: bigint, drawingHeight: number): ScaleMark[] {
  return byteScale(full).map(({ bytes, label }) => {
    const y = heightOf(full - bytes, full);
    return { y, place: percent(y / drawingHeight), label };
  });
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))}%`;
}

/** 0 to 100, with two decimals. */
function heightOf(bytes: bigint, full: bigint): number {
  return full === 0n ? 0 : Number((bytes * 10_000n) / full) / 100;
}

/** At least 1, so that it can be divided by. */
function largest(values: readonly bigint[]): bigint {
  let found = 1n;
  for (const value of values) if (value > found) found = value;
  return found;
}
