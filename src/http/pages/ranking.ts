import { z } from 'zod';
import { type ReportModel, type ReportRow, userKey } from '../../features/reports/model.ts';
import { buildPage } from '../../features/reports/page.ts';
import type { PageRow } from '../../features/reports/ports.ts';
import type { Today } from '../../features/reports/today.ts';
import { wordReport } from '../../features/reports/wording.ts';
import { formatBytes, formatCount } from '../../runtime/format.ts';
import { stripPath } from './charts.ts';
import type { BookDeps } from './deps.ts';
import { queryOf, userLink } from './links.ts';

const ORDERS = ['total', 'download', 'upload', 'quota', 'user'] as const;

/** What a ranking may be asked for; what is not understood is left out. */
export const rankingQuery = z.object({
  q: z.string().max(255).catch(''),
  router: z.string().max(255).catch(''),
  sort: z.enum(ORDERS).catch('total'),
  page: z.coerce.number().int().min(1).max(100_000).catch(1),
});

export type RankingQuery = z.output<typeof rankingQuery>;

export interface RankingView {
  readonly rows: readonly RankingRow[];
  readonly columns: readonly {
    readonly key: string;
    readonly title: string;
    readonly href: string;
    readonly sort: string;
  }[];
  readonly changeTitle: string;
  readonly hasQuota: boolean;
  readonly footnote: string | null;
  /** Which of how many are shown. */
  readonly shown: string;
  readonly previous: string | null;
  readonly next: string | null;
  readonly emptyReason: string | null;
  readonly notes: readonly string[];
}

interface RankingRow extends Omit<PageRow, 'strip'> {
  readonly href: string;
  readonly strip: string;
  readonly stripTitle: string;
}

const ROWS_A_PAGE = 200;

/** The users of a model in the order asked for, with their last days. `path` is where the ranking stands. */
export async function rankUsers(
  deps: BookDeps,
  model: ReportModel,
  today: Today,
  query: RankingQuery,
  path: string,
): Promise<RankingView> {
  const { calendar } = deps;
  const found = inOrder(
    model.rows.filter((row) => fits(row, query.q)),
    query.sort,
  );
  const pages = Math.max(1, Math.ceil(found.length / ROWS_A_PAGE));
  const page = Math.min(query.page, pages);
  const first = (page - 1) * ROWS_A_PAGE;
  const rows = found.slice(first, first + ROWS_A_PAGE);
  const histories = await today.histories(rows);
  const wording = wordReport(model, { histories, timeZone: calendar.timeZone, lateRouters: [] });
  const shown = buildPage({
    model: { ...model, rows },
    wording,
    histories,
    stripTitle: '',
    emptyReason: null,
    rows: rows.length,
  });
  const { router, ...kept } = query;
  const link = (change: Partial<RankingQuery>) => {
    const { q, sort, page } = { ...kept, page: 1, ...change };
    const parts = { q, sort: sort === 'total' ? undefined : sort, page: page === 1 ? undefined : page };
    return `${path}${queryOf(path === '/' ? { router, ...parts } : parts)}`;
  };
  return {
    rows: rows.flatMap((row, index) => {
      const text = shown.rows[index];
      if (text === undefined) return [];
      const strip = histories.strips.get(userKey(row)) ?? [];
      return [
        {
          ...text,
          href: userLink(row.router, row.user),
          strip: stripPath(strip),
          stripTitle: `7 days: ${strip.map(formatBytes).join(', ')}`,
        },
      ];
    }),
    columns: columnsOf(query, link),
    changeTitle: wording.changeTitle,
    hasQuota: shown.hasQuota,
    footnote: wording.footnote,
    shown: shownText(first, rows.length, found.length, model.rows.length),
    previous: page > 1 ? link({ page: page - 1 }) : null,
    next: page < pages ? link({ page: page + 1 }) : null,
    emptyReason: emptyReason(model, found.length),
    notes: wording.notes,
  };
}

function columnsOf(query: RankingQuery, link: (change: Partial<RankingQuery>) => string) {
  const titles = { user: 'User', total: 'Total', download: 'Download', upload: 'Upload', quota: 'Quota' } as const;
  return (['user', 'total', 'download', 'upload', 'quota'] as const).map((key) => ({
    key,
    title: titles[key],
    href: link({ sort: key }),
    sort: query.sort !== key ? 'none' : key === 'user' ? 'ascending' : 'descending',
  }));
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

function shownText(first: number, count: number, found: number, all: number): string {
  const users = formatCount(all, 'user', 'users');
  if (count === all) return users;
  const part = count === found ? formatCount(found, 'user', 'users') : `${first + 1} to ${first + count}`;
  return found === all ? `${part} of ${users}` : `${part} found of ${users}`;
}

function emptyReason(model: ReportModel, found: number): string | null {
  if (found > 0) return null;
  return model.rows.length > 0
    ? 'No user has that in his name, comment or queues.'
    : 'Nothing is on record for today yet.';
}
