import { z } from 'zod';
import type { Comparison } from '../accounting/history.ts';
import { type ReportModel, type ReportRow, userKey } from '../accounting/ranking.ts';
import type { DaysUsage } from '../days-usage.ts';

const ORDERS = ['total', 'download', 'upload', 'quota', 'user'] as const;
const keys = {
  q: z.string().max(255),
  router: z.string().max(255),
  sort: z.enum(ORDERS),
  page: z.coerce.number().int().min(1).max(100_000),
};

/** What a ranking may be asked for. */
export const rankingQuery = z.object({
  q: keys.q.default(''),
  router: keys.router.default(''),
  sort: keys.sort.default('total'),
  page: keys.page.default(1),
});

/** The same as people may have typed it: what is not understood is left out. */
export const typedRankingQuery = z.object({
  q: keys.q.catch(''),
  router: keys.router.catch(''),
  sort: keys.sort.catch('total'),
  page: keys.page.catch(1),
});

export type RankingQuery = z.output<typeof rankingQuery>;

/** One user of one router over the days that are ranked: today, unless others were asked for. */
export interface RankingEntry {
  /** By total, among all that are ranked. */
  readonly rank: number;
  readonly router: string;
  readonly user: string;
  readonly queues: readonly string[];
  readonly comments: readonly string[];
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
  readonly totalBytes: bigint;
  /** What counts against a limit. */
  readonly countedBytes: bigint;
  /** Of the day, week or month; this and the next are `null` where there is none, and for days that somebody chose. */
  readonly limitBytes: bigint | null;
  /** With one decimal. */
  readonly usedPercent: number | null;
  /** More than the limit is used. */
  readonly breached: boolean;
  /** More than a warning threshold is used. */
  readonly warned: boolean;
  readonly unlimited: boolean;
  readonly estimatedBytes: bigint;
  /** For how long at least one of the user's queues was not observed, rounded up. */
  readonly unobservedSeconds: number;
  readonly restarts: number;
  /** Against as many days before; `null` when nothing is known of them. */
  readonly change: Comparison | null;
  /** Totals of the last seven days; of longer than a day those of its days up to now, of the last 31 at most. */
  readonly lastDaysBytes: readonly bigint[];
}

/** A page of the users that fit, in the order asked for. */
export interface Ranking {
  readonly q: string;
  readonly sort: RankingQuery['sort'];
  /** The one asked for, or the last one there is. */
  readonly page: number;
  readonly pages: number;
  readonly rowsPerPage: number;
  /** All users that are ranked, and those of them that fit `q`. */
  readonly users: number;
  readonly found: number;
  readonly rows: readonly RankingEntry[];
}

const ROWS_PER_PAGE = 200;

/** The users of a model in the order asked for, with their last days. */
export async function readRanking(model: ReportModel, usage: DaysUsage, query: RankingQuery): Promise<Ranking> {
  const { q, sort } = query;
  const found = inOrder(
    model.rows.filter((row) => fits(row, q)),
    sort,
  );
  const pages = Math.max(1, Math.ceil(found.length / ROWS_PER_PAGE));
  const page = Math.min(query.page, pages);
  const first = (page - 1) * ROWS_PER_PAGE;
  const shown = found.slice(first, first + ROWS_PER_PAGE);
  const { strips, comparisons } = await usage.histories(shown);
  const rows = shown.map((row) => {
    const key = userKey(row);
    return { ...entryOf(row), change: comparisons.get(key) ?? null, lastDaysBytes: strips.get(key) ?? [] };
  });
  return { q, sort, page, pages, rowsPerPage: ROWS_PER_PAGE, users: model.rows.length, found: found.length, rows };
}

function entryOf(row: ReportRow) {
  const { rank, router, user, queues, comments, uploadBytes, downloadBytes, totalBytes, quota } = row;
  return {
    rank,
    router,
    user,
    queues,
    comments,
    uploadBytes,
    downloadBytes,
    totalBytes,
    countedBytes: row.countedBytes,
    limitBytes: quota?.limitBytes ?? null,
    usedPercent: quota?.percent ?? null,
    breached: quota?.isOver === true,
    warned: quota?.isNear === true,
    unlimited: row.isUnlimited,
    estimatedBytes: row.estimatedBytes,
    unobservedSeconds: Math.ceil(row.unobservedMs / 1000),
    restarts: row.restarts,
  };
}

/** Case does not matter, and neither does where in a name it is found. */
function fits(row: ReportRow, q: string): boolean {
  const wanted = q.trim().toLowerCase();
  if (wanted === '') return true;
  return [row.user, row.router, ...row.queues, ...row.comments].some((text) => text.toLowerCase().includes(wanted));
}

function inOrder(rows: ReportRow[], sort: RankingQuery['sort']): ReportRow[] {
  const percent = (row: ReportRow) => row.quota?.percent ?? -1;
  switch (sort) {
    case 'total':
      return rows;
    case 'download':
      return rows.sort((a, b) => descending(a.downloadBytes, b.downloadBytes));
    case 'upload':
      return rows.sort((a, b) => descending(a.uploadBytes, b.uploadBytes));
    case 'quota':
      return rows.sort((a, b) => percent(b) - percent(a));
    case 'user':
      return rows.sort((a, b) => (a.user === b.user ? 0 : a.user < b.user ? -1 : 1));
  }
}

function descending(a: bigint, b: bigint): number {
  return a === b ? 0 : a > b ? -1 : 1;
}
