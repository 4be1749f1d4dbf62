import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { name, parseQuery, sendEntries, sendEntry, sendRefusal } from '../../platform/http/answer.ts';
import { type Days, daysOf, type KeptDaysDeps, keptDays, range, todayOf } from '../../platform/http/days.ts';
import type { Route } from '../../platform/http/route.ts';
import type { AlertArchive, AlertFilter, AlertLines, AlertState } from '../ports.ts';
import { type AlertEntry, type AlertLine, alertEntry, alertLines } from '../query.ts';
import { alertAnswer, alertLinesAnswer, LEVELS, MAILS, PERIODS } from './schemas.ts';

const ORDERS = ['day', 'newest'] as const;
/** Of one answer that has no pages. */
const MOST_ENTRIES = 50_000;
const LINES_PER_PAGE = 100;

const filter = {
  router: name.optional(),
  user: name.optional(),
  q: name.optional(),
  period: z.enum(PERIODS).optional(),
  level: z.enum(LEVELS).optional(),
  mail: z.enum(MAILS).optional(),
};
const pageNumber = z.coerce.number().int().min(1).max(100_000);
const alertsQuery = range.extend({ ...filter, sort: z.enum(ORDERS).default('day') });
const linesQuery = range.extend({ ...filter, page: pageNumber.default(1) });

/** The same as people may have typed it: what is not understood is left out. */
export const typedAlertsQuery = z
  .object({
    from: z.iso.date().optional().catch(undefined),
    to: z.iso.date().optional().catch(undefined),
    router: filter.router.catch(undefined),
    user: filter.user.catch(undefined),
    q: filter.q.catch(undefined),
    period: filter.period.catch(undefined),
    level: filter.level.catch(undefined),
    mail: filter.mail.catch(undefined),
    page: pageNumber.catch(1),
  })
  .transform((typed) => (isBackwards(typed) ? { ...typed, from: undefined, to: undefined } : typed));

export interface AlertsQuestion extends AlertFilter {
  /** `day`: by day, router, user, period, threshold · `newest`: by when it was noticed, the latest first. */
  readonly sort: (typeof ORDERS)[number];
}

/** A page of lines, and what was asked for; `null` is not asked for. */
export interface AlertsData {
  /** Inclusive, `YYYY-MM-DD`. */
  readonly from: string;
  readonly to: string;
  readonly router: string | null;
  readonly user: string | null;
  readonly q: string | null;
  readonly period: AlertEntry['period'] | null;
  readonly level: (typeof LEVELS)[number] | null;
  readonly mail: (typeof MAILS)[number] | null;
  /** The one asked for, or the last one there is. */
  readonly page: number;
  readonly pages: number;
  readonly linesPerPage: number;
  /** Lines on all pages. */
  readonly found: number;
  /** By their last breach, the newest first. */
  readonly lines: readonly AlertLine[];
}

export interface AlertsDeps extends KeptDaysDeps {
  readonly alerts: AlertArchive & AlertLines;
}

/** Breaches and the state of their alerts, the same entries as the command line's. */
export async function readAlerts(
  { alerts }: { readonly alerts: AlertArchive },
  question: AlertsQuestion,
): Promise<AlertEntry[]> {
  const { sort, ...asked } = question;
  return inOrder(await alerts.alerts(asked), sort).map(alertEntry);
}

/** One line for each user and period. */
export async function readAlertLines(
  { alerts }: Pick<AlertsDeps, 'alerts'>,
  { page: wanted, ...asked }: AlertFilter & { readonly page: number },
): Promise<AlertsData> {
  const read = (page: number) => alerts.lines({ ...asked, skip: (page - 1) * LINES_PER_PAGE, most: LINES_PER_PAGE });
  const first = await read(wanted);
  const pages = Math.max(1, Math.ceil(first.found / LINES_PER_PAGE));
  const page = Math.min(wanted, pages);
  const { found, lines } = page === wanted ? first : await read(page);
  const { fromDay, toDay, router, user, q, period, level, mail } = asked;
  return {
    ...{ from: fromDay, to: toDay, router: router ?? null, user: user ?? null, q: q ?? null },
    ...{ period: period ?? null, level: level ?? null, mail: mail ?? null },
    ...{ page, pages, linesPerPage: LINES_PER_PAGE, found },
    lines: lines.flatMap((states) => alertLines(states.map(alertEntry))),
  };
}

/** The days asked for by people; those that are kept without any. */
export function typedDays(
  deps: KeptDaysDeps,
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
): Days {
  const kept = keptDays(deps);
  const days = { fromDay: from ?? kept.fromDay, toDay: to ?? kept.toDay };
  return days.fromDay <= days.toDay ? days : kept;
}

export function alertsRoutes(deps: AlertsDeps): Route[] {
  async function sendAlerts({ query }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const asked = parseQuery(alertsQuery, reply, query);
    if (asked === null) return reply;
    const days = daysOf(asked, todayOf(deps), reply);
    if (days === null) return reply;
    const { sort, ...wanted } = filterOf(asked);
    const found = await deps.alerts.alerts({ ...wanted, ...days, limit: MOST_ENTRIES + 1 });
    if (found.length > MOST_ENTRIES) {
      return sendRefusal(reply, `more than ${MOST_ENTRIES} breaches: ask for fewer days, or use /api/v1/alerts/lines`);
    }
    return sendEntries(reply, inOrder(found, sort).map(alertEntry));
  }

  async function sendLines({ query }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const asked = parseQuery(linesQuery, reply, query);
    if (asked === null) return reply;
    const days = daysOf(asked, todayOf(deps), reply);
    if (days === null) return reply;
    return sendEntry(reply, await readAlertLines(deps, { ...filterOf(asked), ...days }));
  }

  return [
    {
      method: 'GET',
      path: '/api/v1/alerts',
      right: 'view',
      contract: {
        summary: 'Breaches and the state of their alerts',
        query: alertsQuery,
        answers: { 200: z.array(alertAnswer) },
      },
      handler: sendAlerts,
    },
    {
      method: 'GET',
      path: '/api/v1/alerts/lines',
      right: 'view',
      contract: {
        summary: 'Breaches, one line for each user and period, the newest first',
        query: linesQuery,
        answers: { 200: alertLinesAnswer },
      },
      handler: sendLines,
    },
  ];
}

/** What is asked for besides the days. */
function filterOf<Asked extends z.output<typeof range>>({ day: _day, from: _from, to: _to, ...others }: Asked) {
  return others;
}

function isBackwards({ from, to }: { readonly from?: string | undefined; readonly to?: string | undefined }): boolean {
  return from !== undefined && to !== undefined && from > to;
}

function inOrder(alerts: AlertState[], sort: AlertsQuestion['sort']): AlertState[] {
  return sort === 'newest' ? alerts.sort((a, b) => b.noticedAt - a.noticedAt || b.threshold - a.threshold) : alerts;
}
