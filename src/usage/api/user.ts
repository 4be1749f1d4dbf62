import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { name, parseQuery, sendEntry, sendRefusal, sendUnknown } from '../../platform/http/answer.ts';
import { instant, type KeptDaysDeps, keptDays } from '../../platform/http/days.ts';
import type { Route } from '../../platform/http/route.ts';
import type { Counter } from '../accounting/counter.ts';
import type { Calendar } from '../accounting/day.ts';
import type { Counts, QuotaPolicy, Weekday } from '../accounting/quota.ts';
import { clip, union } from '../accounting/span.ts';
import { explainQueue, type HourShare, type QueueAccount, sumByHour, unplacedBytes } from '../explain.ts';
import type { QueueDay, UsageArchive, UsageDetails } from '../ports.ts';
import { type QueueUsage, toQueueUsage, type UserUsage } from '../query.ts';
import { type PeriodUsage, readUserHistory } from '../user-history.ts';
import { userAnswerWith } from './schemas.ts';

/** One user of one router over the retention period. Days are `YYYY-MM-DD` in the zone. */
export interface UserData<Alert extends object = object> {
  readonly router: string;
  readonly user: string;
  readonly timeZone: string;
  /** When it was read, ISO 8601. */
  readonly until: string;
  /** The first and the last day that are kept; the last one is today. */
  readonly fromDay: string;
  readonly toDay: string;
  /** Of the last day that has any. */
  readonly comments: readonly string[];
  /** What counts against the limits. */
  readonly counts: Counts;
  readonly unlimited: boolean;
  /** Days with usage, oldest first; the entries of `/api/v1/usage`. */
  readonly days: readonly UserUsage[];
  readonly week: PeriodEntry;
  readonly month: PeriodEntry;
  readonly chosenDay: UserDay;
  /** The newest first; the entries of `/api/v1/alerts`. */
  readonly alerts: readonly Alert[];
}

export interface PeriodEntry extends PeriodUsage {
  readonly totalBytes: bigint;
}

/** How one day is calculated. */
export interface UserDay {
  readonly day: string;
  /** Parents too; the entries of `/api/v1/usage?by=queue`. */
  readonly queues: readonly QueueUsage[];
  /** Of the first ten queues: the entries of `/api/v1/explain`. */
  readonly accounts: readonly QueueAccount[];
  /** How many queues have no account here. */
  readonly moreQueues: number;
  /** Of their queues that are no parents. `hourAt` is Unix ms, as in the accounts. */
  readonly hours: readonly HourShare[];
  /** Bytes of the same queues whose hour is not known. */
  readonly unplacedBytes: bigint;
  /**
   * When any of their queues that are no parents was not observed, in order, within the day. Of days that version 0.1.0 booked it is not
   * known, only for how long.
   */
  readonly unobserved: readonly TimeSpan[];
  /** Of the router and of each of their queues, the oldest first. */
  readonly events: readonly UserEvent[];
}

export interface UserEvent {
  /** ISO 8601. */
  readonly at: string;
  readonly code: string;
  /** `null`: it concerns the whole router. */
  readonly queue: string | null;
  readonly detail: string;
}

/** ISO 8601; `to` is the first instant after it. */
export interface TimeSpan {
  readonly from: string;
  readonly to: string;
}

export interface UserQuestion {
  readonly router: string;
  readonly user: string;
  /** Today without one, or with one that is not kept. */
  readonly day: string | null;
}

const MOST_ACCOUNTS = 10;

export interface UserDeps<Alert extends object = object> extends KeptDaysDeps {
  readonly usage: UsageArchive & UsageDetails;
  /** Of one user, the newest first; days are inclusive. */
  readonly alertsOf: (filter: {
    readonly router: string;
    readonly user: string;
    readonly fromDay: string;
    readonly toDay: string;
  }) => Promise<readonly Alert[]>;
  /** One of them as the API answers it. */
  readonly alertAnswer: z.ZodType<Alert>;
  readonly quotas: readonly QuotaPolicy[];
  readonly weekStartsOn: Weekday;
  readonly calendar: Calendar;
}

/** `null` when nothing is stored about that user. */
export async function readUser<Alert extends object>(
  deps: UserDeps<Alert>,
  { router, user, day }: UserQuestion,
): Promise<UserData<Alert> | null> {
  const { usage: archive, quotas: policies, weekStartsOn, calendar, clock } = deps;
  const now = clock.now();
  const kept = keptDays(deps);
  const history = await readUserHistory({ archive, policies, weekStartsOn, calendar }, { router, user, ...kept });
  if (history.queues.length === 0) return null;
  const chosen = day !== null && kept.fromDay <= day && day <= kept.toDay ? day : kept.toDay;
  return {
    router,
    user,
    timeZone: calendar.timeZone,
    until: instant(now),
    ...kept,
    comments: commentsOf(history.queues),
    counts: history.counts,
    unlimited: history.isUnlimited,
    days: history.days,
    week: periodEntry(history.week),
    month: periodEntry(history.month),
    chosenDay: await readDay(
      deps,
      { router, user },
      chosen,
      history.queues.filter((queue) => queue.day === chosen),
    ),
    alerts: await deps.alertsOf({ ...kept, router, user }),
  };
}

function periodEntry(period: PeriodUsage): PeriodEntry {
  return { ...period, totalBytes: period.uploadBytes + period.downloadBytes };
}

async function readDay(
  deps: Pick<UserDeps, 'usage' | 'calendar'>,
  whose: { readonly router: string; readonly user: string },
  day: string,
  rows: readonly QueueDay[],
): Promise<UserDay> {
  const { usage: archive, calendar } = deps;
  const queues = new Map(rows.map(({ router, queue }) => [queue, router]));
  const accounts: QueueAccount[] = [];
  for (const [queue, router] of [...queues].slice(0, MOST_ACCOUNTS)) {
    accounts.push(...(await explainQueue({ archive, calendar }, { router, queue, day })));
  }
  const all = await archive.queueHours({ ...whose, day });
  const hours = sumByHour(all.filter(({ isParent }) => !isParent));
  const within = { startAt: calendar.startOf(day), endAt: calendar.endOf(day) };
  const spans = await archive.unobserved({ ...whose, fromAt: within.startAt, toAt: within.endAt });
  const own = spans.filter(({ isParent }) => !isParent).flatMap((span) => clip(span, within) ?? []);
  const events = await archive.events({ router: whose.router, fromAt: within.startAt, toAt: within.endAt });
  return {
    day,
    queues: rows.map(toQueueUsage),
    accounts,
    moreQueues: Math.max(0, queues.size - MOST_ACCOUNTS),
    hours,
    unplacedBytes: unplacedBytes(bytesOf(rows.filter(({ isParent }) => !isParent)), hours),
    unobserved: union(own).map(({ startAt, endAt }) => ({ from: instant(startAt), to: instant(endAt) })),
    // Of a day on which none of their queues existed, events of the router do not concern them.
    events: events
      .filter(({ queue }) => (queue === null ? queues.size > 0 : queues.has(queue)))
      .map(({ at, code, queue, detail }) => ({ at: instant(at), code, queue, detail })),
  };
}

function bytesOf(parts: readonly Counter[]): bigint {
  return parts.reduce((sum, { uploadBytes, downloadBytes }) => sum + uploadBytes + downloadBytes, 0n);
}

function commentsOf(queues: readonly QueueDay[]): string[] {
  const last = queues.findLast(({ comment }) => comment !== null)?.day;
  return [...new Set(queues.flatMap(({ day, comment }) => (day === last && comment ? [comment] : [])))];
}

const dayQuery = z.object({ day: z.iso.date().optional() });
const userQuery = dayQuery.extend({ router: name, user: name });

export function userRoutes<Alert extends object>(deps: UserDeps<Alert>): Route[] {
  const contract = {
    summary: 'One user of one router over the days that are kept',
    answers: { 200: userAnswerWith(deps.alertAnswer).meta({ id: 'RouterUser' }) },
    refuses: [404],
  } as const;

  async function sendUser(reply: FastifyReply, ...asked: unknown[]): Promise<FastifyReply> {
    const question = parseQuery(userQuery, reply, ...asked);
    if (question === null) return reply;
    const { day = null } = question;
    const data = await readUser(deps, { ...question, day });
    if (data === null) return sendUnknown(reply, 'no such user on this router');
    if (day !== null && day !== data.chosenDay.day) return sendRefusal(reply, 'day: outside the retention period');
    return sendEntry(reply, data);
  }

  return [
    {
      method: 'GET',
      path: '/api/v1/users/:router/:user',
      right: 'view',
      contract: { ...contract, query: dayQuery },
      handler: async ({ params, query }, reply) => sendUser(reply, query, params),
    },
    // For names that cannot stand in a path: `.`, `..`.
    {
      method: 'GET',
      path: '/api/v1/user',
      right: 'view',
      contract: { ...contract, query: userQuery },
      handler: async ({ query }, reply) => sendUser(reply, query),
    },
  ];
}
