import type { Coverage } from './accounting/coverage.ts';
import { type DayBefore, type Histories, sameTimeOf, upTo } from './accounting/history.ts';
import { isIgnoredQueue, type PeriodDays } from './accounting/quota.ts';
import { buildModel, type ReportModel, type ReportRow } from './accounting/ranking.ts';
import { readGaps } from './gaps.ts';
import { type HistoryArchive, type HistoryDeps, keptDaysBefore, readDayBefore, readHistories } from './history.ts';
import type { HourShare } from './sums.ts';

/** Usage of some days as stored at an instant. */
export interface DaysReading {
  /** Unix ms. */
  readonly at: number;
  /** Today, `YYYY-MM-DD`. */
  readonly day: string;
  readonly coverage: Coverage;
  /** `at` where the days are not over; else `null`. */
  readonly soFarAt: number | null;
  /** Any queue is on record on these days. */
  readonly hasQueues: boolean;
  /** Of one router, or of all without a name. Ranks are among these. */
  model(router?: string): ReportModel;
  /** What went before, for some of a model's rows. */
  histories(rows: readonly ReportRow[]): Promise<Histories>;
}

/** The same, and what each router's users moved before. */
export interface DaysUsage extends DaysReading {
  /** As many days before; `null` where they are no longer kept, and then nothing is in `before`. */
  readonly daysBefore: PeriodDays | null;
  /** By router; those without usage are not in it. */
  readonly before: ReadonlyMap<string, DayBefore>;
}

/** Yesterday is over: it is read anew only after so much time, in case a sample was held back. */
const YESTERDAY_KEPT_MS = 10 * 60_000;

/** Reads the usage of some days, of today without any. The reader rejects with a `TroubleError` when the database is away. */
export function createDaysReader(deps: HistoryDeps): (now: number, coverage?: Coverage) => Promise<DaysUsage> {
  const { archive, calendar } = deps;
  let yesterday = { day: '', at: 0, archive };

  function pastOf(today: string, now: number): HistoryDeps {
    if (yesterday.day !== today || Math.abs(now - yesterday.at) >= YESTERDAY_KEPT_MS) {
      yesterday = { day: today, at: now, archive: readOnce(archive) };
    }
    return { ...deps, archive: yesterday.archive };
  }

  return async (now, asked) => {
    const day = calendar.dayOf(now);
    const coverage = asked ?? { period: 'day', days: { startDay: day, endDay: day } };
    const isToday = coverage.period === 'day' && coverage.days.startDay <= day && day <= coverage.days.endDay;
    const past = isToday ? pastOf(day, now) : deps;
    const reading = await readDays(now, coverage, deps, past);
    const { soFarAt } = reading;
    const daysBefore = keptDaysBefore(soFarAt === null ? coverage : upTo(coverage, day), day, deps);
    return {
      ...reading,
      daysBefore,
      before: daysBefore === null ? new Map() : await readBefore(daysBefore, soFarAt, past),
    };
  };
}

/** Reads the usage of some days as it is known at `now`; `past` reads what went before. Rejects with a `TroubleError` when the database is away. */
export async function readDays(
  now: number,
  coverage: Coverage,
  deps: HistoryDeps,
  past: HistoryDeps = deps,
): Promise<DaysReading> {
  const { archive, calendar, quotas } = deps;
  const day = calendar.dayOf(now);
  const { startDay, endDay } = coverage.days;
  const soFarAt = startDay <= day && day <= endDay ? now : null;
  const days = { fromDay: startDay, toDay: endDay };
  const totals = await archive.queueTotals(days);
  const gaps = await readGaps(deps, days, totals);
  const models = new Map<string | undefined, ReportModel>();
  function model(router?: string): ReportModel {
    const known = models.get(router);
    if (known !== undefined) return known;
    const own = router === undefined ? totals : totals.filter((total) => total.router === router);
    const made = buildModel({ coverage, soFarAt, quotas, totals: own, gaps });
    models.set(router, made);
    return made;
  }
  return {
    at: now,
    day,
    coverage,
    soFarAt,
    hasQueues: totals.length > 0,
    model,
    histories: (rows) => readHistories({ rows, coverage, soFarAt, today: day }, past),
  };
}

/** What the days before came to, by router. */
async function readBefore(
  { startDay, endDay }: PeriodDays,
  soFarAt: number | null,
  deps: Pick<HistoryDeps, 'archive' | 'quotas' | 'calendar'>,
): Promise<ReadonlyMap<string, DayBefore>> {
  const { archive, quotas } = deps;
  const keyOf = ({ router }: { readonly router: string }) => router;
  const lastDay =
    soFarAt === null ? new Map<string, DayBefore>() : await readDayBefore({ day: endDay, soFarAt, keyOf }, deps);
  if (startDay === endDay && soFarAt !== null) return lastDay;
  const sums = new Map<string, bigint>();
  for (const total of await archive.queueTotals({ fromDay: startDay, toDay: endDay })) {
    if (total.isParent || isIgnoredQueue(quotas, total)) continue;
    sums.set(total.router, (sums.get(total.router) ?? 0n) + total.uploadBytes + total.downloadBytes);
  }
  return new Map(
    [...sums].map(([router, wholeBytes]) => {
      const sameTimeBytes = soFarAt === null ? null : sameTimeOf(wholeBytes, lastDay.get(router));
      return [router, { wholeBytes, sameTimeBytes }];
    }),
  );
}

/** An archive that reads the hours of a day once, and for all users at once. */
function readOnce(archive: HistoryArchive): HistoryArchive {
  const reads = new Map<string, Promise<HourShare[]>>();
  function once(key: string, read: () => Promise<HourShare[]>): Promise<HourShare[]> {
    const known = reads.get(key);
    if (known !== undefined) return known;
    const asked = read();
    reads.set(key, asked);
    asked.catch(() => reads.delete(key));
    return asked;
  }
  return {
    ...archive,
    async hourShares({ day, hourAt, users }) {
      const shares = await once(`${day} ${hourAt}`, () => archive.hourShares({ day, hourAt }));
      const wanted = new Set(users);
      return users === undefined ? shares : shares.filter(({ user }) => wanted.has(user));
    },
  };
}
