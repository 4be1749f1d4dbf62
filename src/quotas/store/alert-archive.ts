import { type Expression, type SqlBool, sql } from 'kysely';
import { bytesOf, countOf, dayOf, integerOf, nullable, textOf, wordOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import type { AlertArchive, AlertFilter, AlertLines, AlertState } from '../ports.ts';
import { type BreachQueries, breachQueries } from './schema.ts';

const PERIODS = ['day', 'week', 'month'] as const;
const STATES = ['mailed', 'superseded', 'estimated', 'unsent'] as const;
const NOTICE_STATES = ['pending', 'claimed', 'sent', 'failed'] as const;
const WAITING = ['pending', 'claimed'];
const STATE_OF_MAIL = { sent: 'sent', refused: 'failed' } as const;
const LINE = ['b.router', 'b.user', 'b.period', 'b.period_start'] as const;

/** Breaches with what has become of the notices about them, read from a database. */
export function createAlertArchive({ database }: { readonly database: Database }): AlertArchive & AlertLines {
  return {
    alerts: (filter) => database.read((queries) => alerts(breachQueries(queries), database, filter)),
    lines: (filter) => database.read((queries) => lines(breachQueries(queries), database, filter)),
  };
}

async function alerts(
  queries: BreachQueries,
  database: Database,
  filter: AlertFilter & { readonly limit?: number },
): Promise<AlertState[]> {
  let query = withColumns(matching(queries, database.kind, filter))
    .orderBy('b.day')
    .orderBy('b.router')
    .orderBy('b.user')
    .orderBy('b.period')
    .orderBy('b.period_start')
    .orderBy('b.threshold');
  if (filter.limit !== undefined) query = query.limit(filter.limit);
  return readEach(database, await query.execute(), alertState);
}

async function lines(
  queries: BreachQueries,
  database: Database,
  filter: Parameters<AlertLines['lines']>[0],
): ReturnType<AlertLines['lines']> {
  const groups = matching(queries, database.kind, filter).groupBy(LINE);
  const { found } = await queries
    .selectFrom(groups.select('b.router').as('groups'))
    .select((eb) => eb.fn.countAll().as('found'))
    .executeTakeFirstOrThrow();
  const page = await groups
    .select(LINE)
    .orderBy((eb) => eb.fn.max('b.noticed_at'), 'desc')
    .orderBy('b.router')
    .orderBy('b.user')
    .orderBy('b.period')
    .orderBy('b.period_start')
    .limit(filter.most)
    .offset(filter.skip)
    .execute();
  if (page.length === 0) return { found: countOf('count of lines', found), lines: [] };
  const rows = await withColumns(matching(queries, database.kind, filter))
    .where(({ or, and, eb }) =>
      or(page.map((line) => and(LINE.map((column) => eb(column, '=', line[nameOf(column)]))))),
    )
    .orderBy('b.threshold', 'desc')
    .orderBy('b.noticed_at', 'desc')
    .execute();
  const alertsOf = Map.groupBy(readEach(database, rows, alertState), keyOf);
  return {
    found: countOf('count of lines', found),
    lines: page.flatMap(({ router, user, period, period_start: periodStart }) => {
      const found = alertsOf.get(keyOf({ router, user, period, periodStart }));
      return found === undefined ? [] : [found];
    }),
  };
}

function nameOf<Column extends string>(column: `b.${Column}`): Column {
  return column.slice('b.'.length) as Column;
}

function keyOf({ router, user, period, periodStart }: Record<'router' | 'user' | 'period' | 'periodStart', string>) {
  return JSON.stringify([router, user, period, periodStart]);
}

function matching(queries: BreachQueries, kind: Database['kind'], filter: AlertFilter) {
  const { fromDay, toDay, router, user, q, period, level, mail } = filter;
  let query = queries
    .selectFrom('breaches as b')
    .leftJoin('notices as n', 'n.id', 'b.mail_id')
    .where('b.day', '>=', fromDay)
    .where('b.day', '<=', toDay);
  if (router !== undefined) query = query.where('b.router', '=', router);
  if (user !== undefined) query = query.where('b.user', '=', user);
  if (period !== undefined) query = query.where('b.period', '=', period);
  if (level !== undefined) query = query.where('b.threshold', level === 'over' ? '>=' : '<', 100n);
  if (mail === 'none') query = query.where('b.state', '!=', 'mailed');
  else if (mail === 'waiting') {
    // Also what waits in the outbox of an earlier version, and is no notice yet.
    query = query.where(({ or, and, eb }) =>
      or([eb('n.state', 'in', WAITING), and([eb('b.state', '=', 'mailed'), eb('n.state', 'is', null)])]),
    );
  } else if (mail !== undefined) query = query.where('n.state', '=', STATE_OF_MAIL[mail]);
  if (q === undefined || q === '') return query;
  const wanted = q.toLowerCase();
  return query.where(({ or }) => or([contains(kind, 'b.user', wanted), contains(kind, 'b.router', wanted)]));
}

/** `wanted` is in lower case. Names are bytes in MySQL: they have no letters before they are made text. */
function contains(kind: Database['kind'], column: 'b.user' | 'b.router', wanted: string): Expression<SqlBool> {
  return kind === 'mysql'
    ? sql`LOCATE(${wanted}, LOWER(CONVERT(${sql.ref(column)} USING utf8mb4) COLLATE utf8mb4_bin)) > 0`
    : sql`instr(lower_text(${sql.ref(column)}), ${wanted}) > 0`;
}

function withColumns(query: ReturnType<typeof matching>) {
  return query
    .select(['b.day', 'b.router', 'b.user', 'b.period', 'b.period_start', 'b.period_end', 'b.threshold'])
    .select(['b.limit_bytes', 'b.counted_bytes', 'b.noticed_at', 'b.state'])
    .select(['n.state as notice_state', 'n.sent_at', 'n.attempts']);
}

function alertState(row: Awaited<ReturnType<ReturnType<typeof withColumns>['execute']>>[number]): AlertState {
  return {
    day: dayOf('breaches.day', row.day),
    router: textOf('breaches.router', row.router),
    user: textOf('breaches.user', row.user),
    period: wordOf('breaches.period', row.period, PERIODS),
    periodStart: dayOf('breaches.period_start', row.period_start),
    periodEnd: dayOf('breaches.period_end', row.period_end),
    threshold: countOf('breaches.threshold', row.threshold),
    limitBytes: bytesOf('breaches.limit_bytes', row.limit_bytes),
    countedBytes: bytesOf('breaches.counted_bytes', row.counted_bytes),
    noticedAt: integerOf('breaches.noticed_at', row.noticed_at),
    state: stateOf(wordOf('breaches.state', row.state, STATES), row.notice_state),
    sentAt: nullable(integerOf, 'notices.sent_at', row.sent_at),
    attempts: row.attempts === null ? 0 : countOf('notices.attempts', row.attempts),
  };
}

/** Without a notice it waits in the outbox of an earlier version that still runs beside this one. */
function stateOf(state: (typeof STATES)[number], noticeState: unknown): AlertState['state'] {
  if (state !== 'mailed') return state;
  return noticeState === null ? 'pending' : wordOf('notices.state', noticeState, NOTICE_STATES);
}
