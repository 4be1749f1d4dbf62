import type { Counter } from './accounting/counter.ts';
import type { Calendar } from './accounting/day.ts';
import { clip, type Span, spanMs, union } from './accounting/span.ts';
import { type HourShare, sumByHour, unplacedBytes } from './explain.ts';

/**
 * Why the chart has no value for a time: `lost`: bytes of that time were counted and lost before they could be read · `not-read`: the
 * router has not been read since · `hour-unknown`: bytes were moved, and only the day is known · `no-data`: nothing is on record, this
 * early.
 */
export const GAP_REASONS = ['lost', 'not-read', 'hour-unknown', 'no-data'] as const;

/** A time of which the bytes are not known, or not all of them. Gaps of different reasons may overlap. */
export interface TrafficGap extends Span {
  readonly reason: (typeof GAP_REASONS)[number];
  /** Which ones it concerns, by name; empty: all of those in question. */
  readonly routers: readonly string[];
}

/** What the users of one router, or of all of them, moved on one day. */
export interface DayShare extends Counter {
  /** `YYYY-MM-DD` */
  readonly day: string;
}

/** Bytes of one UTC hour that are booked to one day. */
export interface DayHour extends HourShare, DayShare {}

/** A time in which one router was not observed. */
export interface RouterSpan extends Span {
  readonly router: string;
}

/** What the users of one router, or of all of them, moved lately. No parent and no ignored queue is in it. */
export interface Traffic {
  /** The last 24 UTC hours; the last one goes on. */
  readonly within: Span;
  /** In order; an hour without bytes that a gap touches is left out: nobody knows that nothing was moved. */
  readonly hours: readonly HourShare[];
  /** Today and the six days before, in order; those before anything is on record are left out, and those without bytes that nobody saw. */
  readonly days: readonly DayShare[];
  /** Of these days up to now, in order of time. */
  readonly gaps: readonly TrafficGap[];
  /** Bytes of the days that the 24 hours lie in whose hour is not known. */
  readonly unplacedBytes: bigint;
}

/** What the last days are made of. */
export interface TrafficParts {
  readonly now: number;
  /** Those on record, in any order. */
  readonly days: readonly DayShare[];
  /** All of the days that `trafficDays` names as `ofHours`. */
  readonly hours: readonly DayHour[];
  /** How many are in question. A time is a gap where it concerns at least half of them, or one in an hour or a day without bytes. */
  readonly routers: number;
  /** When routers were not observed. */
  readonly lost: readonly RouterSpan[];
  /** Since when routers have not been read. */
  readonly notRead: readonly RouterSpan[];
}

const HOUR_MS = 3_600_000;
const HOURS = 24;
const DAYS = 7;

/** The days and hours up to an instant: seven local days, and the 24 UTC hours whose last one holds it. */
export function trafficDays(now: number, calendar: Calendar) {
  const today = calendar.dayOf(now);
  const days = Array.from({ length: DAYS }, (_, index) => calendar.addDays(today, index + 1 - DAYS));
  const endAt = Math.floor(now / HOUR_MS) * HOUR_MS + HOUR_MS;
  const within: Span = { startAt: endAt - HOURS * HOUR_MS, endAt };
  const firstDay = calendar.dayOf(within.startAt);
  return { today, days, within, ofHours: days.filter((day) => day >= firstDay) };
}

export function trafficOf(parts: TrafficParts, calendar: Calendar): Traffic {
  const { now, lost, notRead } = parts;
  const least = Math.max(1, Math.ceil(parts.routers / 2));
  const { days, within, ofHours } = trafficDays(now, calendar);
  const known = new Map(parts.days.map((share) => [share.day, share]));
  const whole = { startAt: calendar.startOf(days[0] ?? calendar.dayOf(now)), endAt: now };
  const begins = beginning(parts, days, calendar);
  // An hour that midnight cuts has bytes of two days.
  const sums = new Map(sumByHour(parts.hours).map((hour) => [hour.hourAt, hour]));
  const unplaced = new Map(ofHours.map((day) => [day, unplacedOf(known.get(day), parts.hours)]));
  const slots = Array.from({ length: HOURS }, (_, index) => within.startAt + index * HOUR_MS);
  const empty = slots.filter((hourAt, index) => {
    // The hour that goes on may be so young that nothing was read in it.
    const isYoung = index === slots.length - 1 && sums.has(hourAt - HOUR_MS);
    return !isYoung && !sums.has(hourAt);
  });
  const silent = [
    ...empty.map((hourAt) => ({ startAt: hourAt, endAt: hourAt + HOUR_MS })),
    ...days.filter((day) => isEmpty(known.get(day))).map((day) => spanOf(day, calendar)),
  ];
  const told = [
    ...plain('no-data', begins > whole.startAt ? [{ startAt: whole.startAt, endAt: begins }] : []),
    ...shared('lost', lost, { least, silent }),
    ...shared('not-read', notRead, { least, silent }),
  ];
  const isTold = (hourAt: number) => {
    const endAt = Math.min(hourAt + HOUR_MS, now);
    return told.some((gap) => gap.startAt <= hourAt && gap.endAt >= endAt);
  };
  const untold = empty.filter(
    (hourAt) => !isTold(hourAt) && daysOf(hourAt, calendar).some((day) => (unplaced.get(day) ?? 0n) > 0n),
  );
  const gaps = [
    ...told,
    ...plain(
      'hour-unknown',
      untold.map((hourAt) => ({ startAt: hourAt, endAt: hourAt + HOUR_MS })),
    ),
  ]
    .flatMap((gap) => {
      const part = clip(gap, whole);
      return part === null ? [] : [{ ...gap, ...part }];
    })
    .toSorted((a, b) => a.startAt - b.startAt);
  return {
    within,
    hours: slots.flatMap((hourAt) => {
      const sum = sums.get(hourAt);
      if (sum !== undefined) return [sum];
      const hour = { startAt: hourAt, endAt: hourAt + HOUR_MS };
      const isUnknown = hour.endAt <= begins || gaps.some((gap) => clip(gap, hour) !== null);
      return isUnknown ? [] : [{ hourAt, uploadBytes: 0n, downloadBytes: 0n }];
    }),
    days: days.flatMap((day) => {
      const share = known.get(day) ?? { day, uploadBytes: 0n, downloadBytes: 0n };
      const soFar = clip(spanOf(day, calendar), whole);
      const isUnseen = soFar !== null && gapMs(gaps, ['lost', 'not-read'], soFar) === spanMs(soFar);
      return calendar.endOf(day) <= begins || (isUnseen && isEmpty(share)) ? [] : [share];
    }),
    gaps,
    unplacedBytes: [...unplaced.values()].reduce((sum, bytes) => sum + bytes, 0n),
  };
}

/** How much of a stretch of time gaps of these reasons take, ms. */
export function gapMs(gaps: readonly TrafficGap[], reasons: readonly TrafficGap['reason'][], within: Span): number {
  const spans = gaps.filter(({ reason }) => reasons.includes(reason)).flatMap((gap) => clip(gap, within) ?? []);
  return union(spans).reduce((sum, span) => sum + spanMs(span), 0);
}

/**
 * From when on there is anything on record, if that is within the days: time before it is not called a time in which nothing was moved.
 * The start of the days where they have been on record for longer; infinity where there is nothing at all.
 */
function beginning({ days: known, hours }: TrafficParts, days: readonly string[], calendar: Calendar): number {
  const onRecord = known.map(({ day }) => day);
  const first = days.find((day) => onRecord.includes(day));
  if (first === undefined) return Number.POSITIVE_INFINITY;
  if (first === days[0]) return calendar.startOf(first);
  const ofFirst = hours.filter(({ day }) => day === first).map(({ hourAt }) => hourAt);
  return Math.max(calendar.startOf(first), ofFirst.length === 0 ? 0 : Math.min(...ofFirst));
}

function unplacedOf(share: DayShare | undefined, hours: readonly DayHour[]): bigint {
  if (share === undefined) return 0n;
  const ofDay = hours.filter(({ day }) => day === share.day);
  return unplacedBytes(share.uploadBytes + share.downloadBytes, ofDay);
}

function isEmpty(share: Counter | undefined): boolean {
  return share === undefined || share.uploadBytes + share.downloadBytes === 0n;
}

function spanOf(day: string, calendar: Calendar): Span {
  return { startAt: calendar.startOf(day), endAt: calendar.endOf(day) };
}

function daysOf(hourAt: number, calendar: Calendar): string[] {
  return [calendar.dayOf(hourAt), calendar.dayOf(hourAt + HOUR_MS - 1)];
}

/**
 * Where spans of so many routers or more overlap, and wherever there is one in a time without bytes: whether nothing was moved then only
 * that router knows. With those that it concerns.
 */
function shared(
  reason: TrafficGap['reason'],
  spans: readonly RouterSpan[],
  { least, silent }: { readonly least: number; readonly silent: readonly Span[] },
): TrafficGap[] {
  const alone = spans.flatMap((span) => silent.flatMap((time) => clip(span, time) ?? []));
  return union([...overlaps(spans, least), ...alone]).map((gap) => {
    const routers = spans.flatMap(({ router, ...span }) => (clip(span, gap) === null ? [] : [router]));
    return { reason, ...gap, routers: [...new Set(routers)].sort() };
  });
}

function overlaps(spans: readonly RouterSpan[], least: number): Span[] {
  const edges: { readonly at: number; readonly step: 1 | -1 }[] = [];
  for (const own of Map.groupBy(spans, ({ router }) => router).values()) {
    for (const { startAt, endAt } of union(own)) edges.push({ at: startAt, step: 1 }, { at: endAt, step: -1 });
  }
  // Where one begins as another ends, there is no time between them.
  edges.sort((a, b) => a.at - b.at || b.step - a.step);
  const found: Span[] = [];
  let [count, startAt] = [0, 0];
  for (const { at, step } of edges) {
    if (step === 1 && count === least - 1) startAt = at;
    if (step === -1 && count === least) found.push({ startAt, endAt: at });
    count += step;
  }
  return found;
}

function plain(reason: TrafficGap['reason'], spans: readonly Span[]): TrafficGap[] {
  return union(spans).map((span) => ({ reason, ...span, routers: [] }));
}
