import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { alertEntry, listAlerts } from '../features/alerts/query.ts';
import { explainQueue } from '../features/usage/explain.ts';
import { usageByQueue, usageByUser } from '../features/usage/query.ts';
import { userUsageCsv } from '../features/usage/usage-csv.ts';
import { toJson } from '../runtime/json.ts';
import type { BookDeps } from './pages/deps.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const name = z.string().min(1).max(255);

const range = z.object({
  day: z.iso.date().optional(),
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
});
const usageQuery = range.extend({
  by: z.enum(['user', 'queue']).default('user'),
  router: name.optional(),
  user: name.optional(),
  match: name.optional(),
});
const explainQuery = z.object({ queue: name, router: name.optional(), day: z.iso.date().optional() });

/**
 * The JSON that programs read, under `/api/v1`: the same entries as the command line's, bytes as exact integers. Days are inclusive,
 * today without any. A query that is not understood is answered with 400.
 */
export function addApiRoutes(scope: FastifyInstance, deps: BookDeps): void {
  const { usage: archive, alerts, quotas, calendar, clock } = deps;
  const today = () => calendar.dayOf(clock.now());

  scope.get('/api/v1/usage', async ({ query }, reply) => {
    const asked = parse(usageQuery, query, reply);
    if (asked === null) return reply;
    const filter = { ...given(asked), ...daysOf(asked, today()) };
    const entries =
      asked.by === 'queue' ? await usageByQueue(archive, filter) : await usageByUser(archive, quotas, filter);
    return reply.type(JSON_TYPE).send(toJson(entries));
  });

  scope.get('/api/v1/alerts', async ({ query }, reply) => {
    const asked = parse(range, query, reply);
    if (asked === null) return reply;
    const found = await listAlerts({ archive: alerts }, daysOf(asked, today()));
    return reply.type(JSON_TYPE).send(toJson(found.map(alertEntry)));
  });

  scope.get('/api/v1/explain', async ({ query }, reply) => {
    const asked = parse(explainQuery, query, reply);
    if (asked === null) return reply;
    const { queue, router, day = today() } = asked;
    const request = { queue, day, ...(router === undefined ? {} : { router }) };
    return reply.type(JSON_TYPE).send(toJson(await explainQueue({ archive, calendar }, request)));
  });

  scope.get('/api/v1/routers', async (_request, reply) => {
    const states = new Map((await deps.states.states()).map((state) => [state.router, state]));
    const entries = deps.freshness().map(({ router, isFresh, ageMs, code }) => {
      const state = states.get(router);
      return {
        router,
        fresh: isFresh,
        staleSeconds: Math.round(ageMs / 1000),
        code,
        reachableSince: instant(state?.reachableSince),
        reachableUntil: instant(state?.reachableUntil),
        version: state?.version ?? null,
        board: state?.board ?? null,
        identity: state?.identity ?? null,
        bootedAt: instant(state?.bootedAt),
        pollMs: state === undefined ? null : Math.round(state.pollMs),
      };
    });
    return reply.type(JSON_TYPE).send(toJson(entries));
  });

  scope.get('/usage.csv', async ({ query }, reply) => {
    const asked = parse(usageQuery, query, reply);
    if (asked === null) return reply;
    const days = daysOf(asked, today());
    const usage = await usageByUser(archive, quotas, { ...given(asked), ...days });
    return reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="netsentinel-${days.fromDay}-${days.toDay}.csv"`)
      .send(userUsageCsv(usage));
  });
}

/** `null`: it is answered already. */
function parse<Schema extends z.ZodType>(schema: Schema, query: unknown, reply: FastifyReply): z.output<Schema> | null {
  const result = schema.safeParse(Object.fromEntries(entriesOf(query).filter(([, value]) => value !== '')));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  reply.code(400).send({ error: `${issue?.path.join('.') ?? 'query'}: ${issue?.message ?? 'not understood'}` });
  return null;
}

function entriesOf(query: unknown): [string, unknown][] {
  return typeof query === 'object' && query !== null ? Object.entries(query) : [];
}

function daysOf({ day, from, to }: z.output<typeof range>, today: string) {
  return { fromDay: from ?? day ?? to ?? today, toDay: to ?? day ?? today };
}

function given({ router, user, match }: z.output<typeof usageQuery>) {
  return {
    ...(router === undefined ? {} : { router }),
    ...(user === undefined ? {} : { user }),
    ...(match === undefined ? {} : { match }),
  };
}

function instant(at: number | null | undefined): string | null {
  return at == null ? null : new Date(at).toISOString();
}
