import { type Coverage, daysBefore } from './accounting/coverage.ts';
import type { Calendar } from './accounting/day.ts';
import {
  type Comparison,
  changePercent,
  type DayBefore,
  type Histories,
  sameTimeOf,
  stripDays,
  upTo,
} from './accounting/history.ts';
import { isIgnoredQueue, type PeriodDays, type QuotaPolicy } from './accounting/quota.ts';
import { type ReportRow, userKey } from './accounting/ranking.ts';
import { clip, type Span, spanMs } from './accounting/span.ts';
import type { DayPoint, HourShare, UsageSums } from './sums.ts';

/** The sums that histories are made of. */
export type HistoryArchive = Pick<UsageSums, 'queueTotals' | 'hourShares' | 'dayPoints' | 'unobservedOf'>;

export interface HistoryDeps {
  readonly archive: HistoryArchive;
  readonly calendar: Calendar;
  readonly quotas: readonly QuotaPolicy[];
  readonly retentionDays: number;
}

export interface HistoryQuestion {
  readonly rows: readonly ReportRow[];
  readonly coverage: Coverage;
  readonly soFarAt: number | null;
  readonly today: string;
}

const HOUR_MS = 3_600_000;
/** The hourly profile of a day is used only if it contains nearly all of the day's bytes. */
const KNOWN_TENTHS = 9n;

/**
 * The last days of a day's report, or the days of a longer one, and the change against as many days before: with `soFarAt` up to the
 * same time of the last of them where the hourly profile is complete. Without the change where those days are no longer kept.
 */
export async function readHistories(
  { rows, coverage, soFarAt, today }: HistoryQuestion,
  deps: HistoryDeps,
): Promise<Histories> {
  const { archive, quotas } = deps;
  const users = [...new Set(rows.map(({ user }) => user))];
  if (users.length === 0) return { strips: new Map(), comparisons: new Map() };
  const known = soFarAt === null ? coverage : upTo(coverage, today);
  const days = stripDays(known, deps.calendar);
  const before = keptDaysBefore(known, today, deps);
  const [firstDay = today] = days;
  const fromDay = before !== null && before.startDay < firstDay ? before.startDay : firstDay;
  const routers = [...new Set(rows.map(({ router }) => router))];
  const read = await archive.dayPoints({ fromDay, toDay: known.days.endDay, users, routers });
  const points = read.filter((point) => !point.isParent && !isIgnoredQueue(quotas, point));
  const comparisons = new Map<string, Comparison>();
  if (before !== null) {
    const whole = bytesByUser(points.filter(({ day }) => before.startDay <= day && day <= before.endDay));
    const lastDay =
      soFarAt === null
        ? new Map<string, DayBefore>()
        : await readDayBefore({ day: before.endDay, soFarAt, users, keyOf: userKey }, deps);
    for (const row of rows) {
      const key = userKey(row);
      const wholeBytes = whole.get(key) ?? 0n;
      const sameTimeBytes = soFarAt === null ? null : sameTimeOf(wholeBytes, lastDay.get(key));
      const bytes = sameTimeBytes ?? wholeBytes;
      if (bytes === 0n) continue;
      comparisons.set(key, {
        percent: changePercent(row.totalBytes, bytes),
        basis: sameTimeBytes === null ? 'whole' : 'same-time',
      });
    }
  }
  return { strips: stripsOf(points, days), comparisons };
}

/** `null`: they are no longer kept, or not all of them. */
export function keptDaysBefore(
  coverage: Coverage,
  today: string,
  { calendar, retentionDays }: Pick<HistoryDeps, 'calendar' | 'retentionDays'>,
): PeriodDays | null {
  const before = daysBefore(coverage);
  return before.startDay >= calendar.addDays(today, -retentionDays) ? before : null;
}

interface DayBeforeQuestion {
  readonly day: string;
  readonly soFarAt: number;
  /** All without names. */
  readonly users?: readonly string[];
  /** What is added up. */
  readonly keyOf: (share: HourShare) => string;
}

/** Bytes of a day, and up to the time of day of `soFarAt`, by key; parents and ignored queues are left out. */
export async function readDayBefore(
  { day, soFarAt, users, keyOf }: DayBeforeQuestion,
  { archive, quotas, calendar }: Pick<HistoryDeps, 'archive' | 'quotas' | 'calendar'>,
): Promise<Map<string, DayBefore>> {
  const { timeZone } = calendar;
  const plainTime = Temporal.Instant.fromEpochMilliseconds(soFarAt).toZonedDateTimeISO(timeZone).toPlainTime();
  const sameAt = Temporal.PlainDate.from(day).toZonedDateTime({ timeZone, plainTime }).epochMilliseconds;
  const hourAt = Math.floor(sameAt / HOUR_MS) * HOUR_MS;
  // In a zone with half hours midnight cuts an hour: its bytes were moved in the part that belongs to this day.
  const dayBounds = { startAt: calendar.startOf(day), endAt: calendar.endOf(day) };
  const hour = clip({ startAt: hourAt, endAt: hourAt + HOUR_MS }, dayBounds);
  const sums = new Map<string, { wholeBytes: bigint; knownBytes: bigint; untilBytes: bigint }>();
  for (const share of await archive.hourShares({ day, hourAt, ...(users === undefined ? {} : { users }) })) {
    if (share.isParent || isIgnoredQueue(quotas, share)) continue;
    const key = keyOf(share);
    const sum = sums.get(key) ?? { wholeBytes: 0n, knownBytes: 0n, untilBytes: 0n };
    sum.wholeBytes += share.dayBytes;
    sum.knownBytes += share.knownBytes;
    sum.untilBytes += share.beforeBytes + (hour === null ? 0n : partOfHour(share, hour, sameAt));
    sums.set(key, sum);
  }
  return new Map(
    [...sums].map(([key, { wholeBytes, knownBytes, untilBytes }]) => {
      const isTold = knownBytes * 10n >= wholeBytes * KNOWN_TENTHS;
      return [key, { wholeBytes, sameTimeBytes: isTold ? untilBytes : null }];
    }),
  );
}

function partOfHour({ withinBytes }: HourShare, hour: Span, at: number): bigint {
  return (withinBytes * BigInt(at - hour.startAt)) / BigInt(spanMs(hour));
}

/** Days without a row are 0. */
function stripsOf(points: readonly DayPoint[], days: readonly string[]): Map<string, bigint[]> {
  const strips = new Map<string, bigint[]>();
  const indexes = new Map(days.map((day, index) => [day, index]));
  for (const point of points) {
    const index = indexes.get(point.day);
    if (index === undefined) continue;
    const key = userKey(point);
    const strip = strips.get(key) ?? days.map(() => 0n);
    strip[index] = (strip[index] ?? 0n) + point.uploadBytes + point.downloadBytes;
    strips.set(key, strip);
  }
  return strips;
}

function bytesByUser(points: readonly DayPoint[]): Map<string, bigint> {
  const users = new Map<string, bigint>();
  for (const point of points) {
    const key = userKey(point);
    users.set(key, (users.get(key) ?? 0n) + point.uploadBytes + point.downloadBytes);
  }
  return users;
}
