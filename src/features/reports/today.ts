import { readGaps } from './gaps.ts';
import { type DayBefore, type Histories, type HistoryDeps, readDayBefore, readHistories } from './history.ts';
import { buildModel, type ReportModel, type ReportRow } from './model.ts';
import type { HourShare, ReportArchive } from './ports.ts';

/** Today as it is on record at an instant. */
export interface Today {
  /** Unix ms. */
  readonly at: number;
  /** `YYYY-MM-DD` */
  readonly day: string;
  /** Of one router, or of all without a name. Ranks are among these. */
  model(router?: string): ReportModel;
  /** What went before, for some of a model's rows. */
  histories(rows: readonly ReportRow[]): Promise<Histories>;
  /** By router; those without usage are not in it. */
  readonly before: ReadonlyMap<string, DayBefore>;
}

/** Yesterday is over: it is read anew only after so much time, in case a sample was held back. */
const YESTERDAY_KEPT_MS = 10 * 60_000;

/** Reads today's usage. The reader rejects with a `TroubleError` when the database is away. */
export function createTodayReader(deps: HistoryDeps): (now: number) => Promise<Today> {
  const { archive, calendar, quotas } = deps;
  let yesterday = { day: '', at: 0, archive };

  return async (now) => {
    const day = calendar.dayOf(now);
    const coverage = { period: 'day', days: { startDay: day, endDay: day } } as const;
    if (yesterday.day !== day || Math.abs(now - yesterday.at) >= YESTERDAY_KEPT_MS) {
      yesterday = { day, at: now, archive: readOnce(archive) };
    }
    const past = { ...deps, archive: yesterday.archive };
    const days = { fromDay: day, toDay: day };
    const totals = await archive.queueTotals(days);
    const gaps = await readGaps(deps, days, totals);
    const models = new Map<string | undefined, ReportModel>();
    function model(router?: string): ReportModel {
      const known = models.get(router);
      if (known !== undefined) return known;
      const own = router === undefined ? totals : totals.filter((total) => total.router === router);
      const made = buildModel({ coverage, soFarAt: now, quotas, totals: own, gaps });
      models.set(router, made);
      return made;
    }
    return {
      at: now,
      day,
      model,
      histories: (rows) => readHistories({ rows, coverage, soFarAt: now, today: day }, past),
      before: await readDayBefore(
        { day: calendar.addDays(day, -1), soFarAt: now, keyOf: ({ router }) => router },
        past,
      ),
    };
  };
}

/** An archive that reads the hours of a day once, and for all users at once. */
function readOnce(archive: ReportArchive): ReportArchive {
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
