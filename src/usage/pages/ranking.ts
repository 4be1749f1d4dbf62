import { STRIP_STEP, stripPath } from '../../platform/http/charts.ts';
import { userLink } from '../../platform/http/links.ts';
import { formatCount, formatTogether, formatUnobserved, readableName } from '../../runtime/format.ts';
import { type ChangeWords, type DaysScope, wordChanges } from '../../runtime/period-words.ts';
import {
  amountsOf,
  type ChangeLevel,
  changeLevel,
  changeText,
  detailOf,
  type QuotaMeter,
  quotaMeter,
} from '../../runtime/row-parts.ts';
import { stripTitleOf } from '../accounting/history.ts';
import type { Ranking, RankingEntry, RankingQuery } from '../api/ranking.ts';

export interface RankingView {
  readonly rows: readonly RankingRow[];
  readonly columns: readonly {
    readonly key: string;
    readonly title: string;
    readonly href: string;
    readonly sort: string;
  }[];
  /** What the table is, for who does not see it. */
  readonly caption: string;
  readonly changeTitle: string;
  readonly stripTitle: string;
  /** Of the strips, in their own units. */
  readonly stripWidth: number;
  readonly footnote: string | null;
  /** Which of how many are shown. */
  readonly shown: string;
  readonly previous: string | null;
  readonly next: string | null;
  readonly emptyReason: string | null;
}

interface RankingRow {
  readonly rank: number;
  readonly href: string;
  readonly user: string;
  /** Comments and, with several routers, the router. */
  readonly detail: string | null;
  /** Unobserved time. */
  readonly warning: string | null;
  readonly download: string;
  readonly upload: string;
  readonly total: string;
  /** `null`: no limit. */
  readonly quota: QuotaMeter | null;
  readonly isUnlimited: boolean;
  readonly badge: string | null;
  readonly change: string;
  readonly changeLevel: ChangeLevel;
  readonly strip: string;
  readonly stripTitle: string;
}

/** What a link to another view of the ranking has in its query. */
export type RankingParts = Readonly<Record<'q' | 'sort' | 'page', string | number | undefined>>;

export interface RankingSetting {
  readonly scope: DaysScope;
  /** A user's page shows this day; `null`: today. */
  readonly day: string | null;
  /** Names say which router's they are. */
  readonly hasSeveralRouters: boolean;
  /** Address of the ranking's page with these parameters. */
  readonly linkTo: (parts: RankingParts) => string;
}

export function viewRanking(ranking: Ranking, setting: RankingSetting): RankingView {
  const { scope, linkTo } = setting;
  const { q, sort, page, pages, rows } = ranking;
  const bases = new Set(rows.flatMap(({ change }) => (change === null ? [] : [change.basis])));
  const wording = wordChanges(scope, bases);
  const stripTitle = stripTitleOf(scope.coverage);
  const stripDays = rows.reduce((most, { lastDaysBytes }) => Math.max(most, lastDaysBytes.length), 1);
  const link = (change: Partial<RankingQuery>) => {
    const asked = { q, sort, page: 1, ...change };
    return linkTo({
      q: asked.q,
      sort: asked.sort === 'total' ? undefined : asked.sort,
      page: asked.page === 1 ? undefined : asked.page,
    });
  };
  return {
    rows: rows.map((row) => rowOf(row, setting, { ...wording, stripTitle })),
    columns: columnsOf(sort, link),
    caption: isToday(scope) ? 'Users by usage today' : 'Users by usage on these days',
    changeTitle: wording.changeTitle,
    stripTitle,
    stripWidth: stripDays * STRIP_STEP - 1,
    footnote: wording.footnote,
    shown: shownText(ranking),
    previous: page > 1 ? link({ page: page - 1 }) : null,
    next: page < pages ? link({ page: page + 1 }) : null,
    emptyReason: emptyReason(ranking, scope),
  };
}

function rowOf(
  row: RankingEntry,
  { hasSeveralRouters, day }: RankingSetting,
  wording: Pick<ChangeWords, 'marksWhole'> & { readonly stripTitle: string },
): RankingRow {
  const { router, user, countedBytes, usedPercent, unobservedSeconds } = row;
  return {
    rank: row.rank,
    href: userLink(router, user, { day: day ?? undefined }),
    user: readableName(user),
    detail: detailOf(row.comments, router, { hasSeveralRouters }),
    warning: unobservedSeconds > 0 ? `${formatUnobserved(unobservedSeconds * 1000)} of data missing` : null,
    ...amountsOf(row),
    quota:
      usedPercent === null
        ? null
        : quotaMeter({ countedBytes, percent: usedPercent, isOver: row.breached, isNear: row.warned }),
    isUnlimited: row.unlimited,
    badge: row.breached ? 'over quota' : null,
    change: changeText(row.change, wording),
    changeLevel: changeLevel(row.change),
    strip: stripPath(row.lastDaysBytes),
    stripTitle: `${wording.stripTitle}: ${formatTogether(row.lastDaysBytes).join(', ')}`,
  };
}

function columnsOf(sort: RankingQuery['sort'], link: (change: Partial<RankingQuery>) => string) {
  const titles = { user: 'User', total: 'Total', download: 'Download', upload: 'Upload', quota: 'Quota' } as const;
  return (['user', 'total', 'download', 'upload', 'quota'] as const).map((key) => ({
    key,
    title: titles[key],
    href: link({ sort: key }),
    sort: sort !== key ? 'none' : key === 'user' ? 'ascending' : 'descending',
  }));
}

function shownText({ page, rowsPerPage, rows, found, users: all }: Ranking): string {
  const count = rows.length;
  const users = formatCount(all, 'user', 'users');
  if (count === all) return users;
  const first = (page - 1) * rowsPerPage;
  const part = count === found ? formatCount(found, 'user', 'users') : `${first + 1} to ${first + count}`;
  return found === all ? `${part} of ${users}` : `${part} found of ${users}`;
}

function isToday({ coverage, soFarAt }: DaysScope): boolean {
  return coverage.period === 'day' && soFarAt !== null;
}

function emptyReason({ found, users }: Ranking, scope: DaysScope): string | null {
  if (found > 0) return null;
  if (users > 0) return 'No user matches.';
  return isToday(scope) ? 'No usage today yet.' : 'No usage on these days.';
}
