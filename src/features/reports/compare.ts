import type { Calendar } from '../../accounting/day.ts';
import { isIgnoredQueue, type QuotaPolicy, type Weekday } from '../../accounting/quota.ts';
import { type ComparedBytes, type ComparedWith, userKey } from './model.ts';
import { type Coverage, previousPeriod } from './plan.ts';
import type { HourShare, QueueTotal, ReportArchive } from './ports.ts';

const HOUR_MS = 3_600_000;
/** The hours of a day tell when its bytes moved only if they hold nearly all of them. */
const KNOWN_TENTHS = 9n;

export interface CompareDeps {
  readonly archive: ReportArchive;
  readonly calendar: Calendar;
  readonly quotas: readonly QuotaPolicy[];
  readonly weekStartsOn: Weekday;
  readonly retentionDays: number;
}

/**
 * What each user moved in the period before: with `soFarAt`, up to the same time of the day before where the hourly profile can
 * tell, else all of it. Empty when the period before is no longer kept.
 */
export async function comparedWith(
  coverage: Coverage,
  soFarAt: number | null,
  today: string,
  deps: CompareDeps,
): Promise<ComparedWith> {
  const { archive, calendar, quotas, weekStartsOn, retentionDays } = deps;
  const before = previousPeriod(coverage.period, coverage.days.startDay, weekStartsOn);
  if (before.startDay < calendar.addDays(today, -retentionDays)) return new Map();
  const totals = (await archive.queueTotals({ fromDay: before.startDay, toDay: before.endDay })).filter(
    (total) => !total.isParent && !isIgnoredQueue(quotas, total),
  );
  const compared = new Map<string, ComparedBytes>();
  for (const [key, bytes] of bytesByUser(totals)) compared.set(key, { bytes, basis: 'whole' });
  if (soFarAt === null || coverage.period !== 'day') return compared;
  return new Map([...compared, ...(await sameTimeBytes(before.startDay, soFarAt, totals, deps))]);
}

async function sameTimeBytes(
  day: string,
  soFarAt: number,
  totals: readonly QueueTotal[],
  { archive, calendar }: CompareDeps,
) {
  const time = Temporal.Instant.fromEpochMilliseconds(soFarAt).toZonedDateTimeISO(calendar.timeZone).toPlainTime();
  const sameAt = Temporal.PlainDate.from(day).toZonedDateTime({
    timeZone: calendar.timeZone,
    plainTime: time,
  }).epochMilliseconds;
  const hourAt = Math.floor(sameAt / HOUR_MS) * HOUR_MS;
  const counted = new Set(totals.map(queueKey));
  const shares = (await archive.hourShares({ day, hourAt })).filter(
    (share) => !share.isParent && counted.has(queueKey(share)),
  );
  const wholeDay = bytesByUser(totals);
  return [...Map.groupBy(shares, userKey)].flatMap(([key, parts]) => {
    const known = parts.reduce((bytes, part) => bytes + part.knownBytes, 0n);
    if (known * 10n < (wholeDay.get(key) ?? 0n) * KNOWN_TENTHS) return [];
    const bytes = parts.reduce((until, part) => until + part.beforeBytes + partOfHour(part, sameAt - hourAt), 0n);
    return [[key, { bytes, basis: 'same-time' as const }] as const];
  });
}

function queueKey({
  router,
  queue,
  user,
}: {
  readonly router: string;
  readonly queue: string;
  readonly user: string;
}): string {
  return `${router.length} ${queue.length} ${router}${queue}${user}`;
}

function partOfHour({ withinBytes }: HourShare, elapsedMs: number): bigint {
  return (withinBytes * BigInt(elapsedMs)) / BigInt(HOUR_MS);
}

function bytesByUser(totals: readonly QueueTotal[]): Map<string, bigint> {
  const users = new Map<string, bigint>();
  for (const total of totals) {
    const key = userKey(total);
    users.set(key, (users.get(key) ?? 0n) + total.uploadBytes + total.downloadBytes);
  }
  return users;
}
