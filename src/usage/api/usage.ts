import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { name, parseQuery, sendEntries } from '../../platform/http/answer.ts';
import { daysOf, range, type TodayDeps, todayOf } from '../../platform/http/days.ts';
import type { Route } from '../../platform/http/route.ts';
import type { Calendar } from '../accounting/day.ts';
import type { QuotaPolicy } from '../accounting/quota.ts';
import type { UsageArchive } from '../ports.ts';
import { usageByQueue, usageByUser } from '../query.ts';
import { queueUsageOfRange, userUsageOfRange } from '../range-usage.ts';
import { userRangeCsv, userUsageCsv } from '../usage-csv.ts';
import { usageAnswer } from './schemas.ts';

const usageQuery = range.extend({
  by: z.enum(['user', 'queue']).default('user'),
  /** One entry for all days together. */
  sum: z.enum(['true', 'false']).default('false'),
  router: name.optional(),
  user: name.optional(),
  match: name.optional(),
});

export interface UsageDeps extends TodayDeps {
  readonly usage: UsageArchive;
  readonly quotas: readonly QuotaPolicy[];
  readonly calendar: Calendar;
}

/** Days, or sums of days, by user or by queue, the same entries as the command line's; of users also as a CSV file. */
export function usageRoutes(deps: UsageDeps): Route[] {
  const { usage: archive, quotas: policies, calendar } = deps;
  const byUser = { archive, policies, calendar };

  async function sendUsage({ query }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const asked = parseQuery(usageQuery, reply, query);
    if (asked === null) return reply;
    const days = daysOf(asked, todayOf(deps), reply);
    if (days === null) return reply;
    const filter = { ...given(asked), ...days };
    if (asked.sum === 'true') {
      const sums = asked.by === 'queue' ? queueUsageOfRange(archive, filter) : userUsageOfRange(byUser, filter);
      return sendEntries(reply, await sums);
    }
    const read = asked.by === 'queue' ? usageByQueue(archive, filter) : usageByUser(byUser, filter);
    return sendEntries(reply, await read);
  }

  async function sendCsv({ query }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const asked = parseQuery(usageQuery, reply, query);
    if (asked === null) return reply;
    const days = daysOf(asked, todayOf(deps), reply);
    if (days === null) return reply;
    const filter = { ...given(asked), ...days };
    const file =
      asked.sum === 'true'
        ? userRangeCsv(await userUsageOfRange(byUser, filter))
        : userUsageCsv(await usageByUser(byUser, filter));
    return reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="netsentinel-${days.fromDay}-${days.toDay}.csv"`)
      .send(file);
  }

  return [
    {
      method: 'GET',
      path: '/api/v1/usage',
      right: 'view',
      contract: { summary: 'Usage by day, or of all days together', query: usageQuery, answers: { 200: usageAnswer } },
      handler: sendUsage,
    },
    { method: 'GET', path: '/usage.csv', right: 'view', handler: sendCsv },
  ];
}

function given({ router, user, match }: z.output<typeof usageQuery>) {
  return {
    ...(router === undefined ? {} : { router }),
    ...(user === undefined ? {} : { user }),
    ...(match === undefined ? {} : { match }),
  };
}
