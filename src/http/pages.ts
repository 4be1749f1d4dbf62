import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { createTodayReader } from '../features/reports/today.ts';
import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { shareWork } from '../runtime/shared-work.ts';
import { readAlerts } from './api/alerts.ts';
import { keptDays } from './api/days.ts';
import type { ApiDeps, BookDeps } from './api/deps.ts';
import { typedRankingQuery } from './api/ranking.ts';
import { readRouter, readRouters } from './api/routers.ts';
import { addApiRoutes } from './api/routes.ts';
import { readToday } from './api/today.ts';
import { readUser } from './api/user.ts';
import { createAssets } from './assets.ts';
import { createGate, wantsPage } from './auth.ts';
import { answerError } from './errors.ts';
import { addSecurityHeaders } from './headers.ts';
import { LIVE_TOPICS, type LiveFeed } from './live.ts';
import { viewAlerts } from './pages/alerts.ts';
import { viewRouter, viewRouters } from './pages/routers.ts';
import { viewToday } from './pages/today.ts';
import { viewUser } from './pages/user.ts';
import { createPageTemplates } from './templates.ts';

export interface PagesDeps extends BookDeps {
  /** `null`: open to this machine alone. */
  readonly password: (() => string) | null;
  /** Throws a `TroubleError` while the books cannot be read. */
  readonly enter: () => void;
  readonly live: LiveFeed;
  /** Sessions go by this one, also where the worker's clock is turned by hand. */
  readonly hostClock: Clock;
  readonly logger: Logger;
}

const HTML = 'text/html; charset=utf-8';
/** Less than this is not worth it. */
const GZIP_FROM_BYTES = 2_000;

const compress = promisify(gzip);
const names = z.object({ router: z.string().catch(''), user: z.string().catch(''), name: z.string().catch('') });
const liveQuery = z.object({
  topics: z
    .string()
    .catch('')
    .transform((text) => LIVE_TOPICS.filter((topic) => text.split(',').includes(topic))),
});
const typedDay = z.object({ day: z.iso.date().nullable().catch(null) });

/** The pages for people and the API that programs read the same from, behind their rights: a scope for the HTTP server. */
export function createPages(deps: PagesDeps): FastifyPluginAsync {
  const { password, live, hostClock, logger } = deps;
  const assets = createAssets();
  const templates = createPageTemplates({ ...assets, hasLogin: password !== null });
  const gate = createGate({
    password,
    clock: hostClock,
    logger,
    renderLogin: (view) => templates.login({ ...view, title: 'Log in', nav: null }),
  });
  const { report: archive, calendar, clock, retentionDays } = deps;
  const { timeZone } = calendar;
  const readUsage = createTodayReader({ ...deps, archive });
  const usageToday = shareWork(() => readUsage(clock.now()), hostClock);
  const books: ApiDeps = { ...deps, usageToday };

  function answerInHtml(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    if (!(error instanceof TroubleError) || !wantsPage(request)) {
      answerError(logger, error, request, reply);
      return;
    }
    reply
      .code(503)
      .type(HTML)
      .send(templates.unavailable({ title: 'Database unavailable', nav: null, code: error.code }));
  }

  function notFound(reply: FastifyReply, text: string): FastifyReply {
    const advice = 'It may have been forgotten: usage is kept for as long as the configuration says.';
    return reply
      .code(404)
      .type(HTML)
      .send(templates.message({ title: 'Not found', nav: null, text, advice }));
  }

  function sendPage(reply: FastifyReply, html: string): FastifyReply {
    return reply.type(HTML).send(html);
  }

  async function sendUser(reply: FastifyReply, router: string, user: string, query: unknown): Promise<FastifyReply> {
    const data = await readUser(books, { router, user, ...typedDay.parse(query) });
    if (data === null) return notFound(reply, 'Nothing is on record of a user of that name on a router of that name.');
    return sendPage(reply, templates.user(viewUser(data, calendar)));
  }

  async function sendRouter(reply: FastifyReply, name: string, query: unknown): Promise<FastifyReply> {
    const data = await readRouter(books, { ...typedRankingQuery.parse(query), name });
    if (data === null) return notFound(reply, 'No router of that name or address is polled.');
    return sendPage(reply, templates.router(viewRouter(data)));
  }

  /** A page shows what the API of the same name answers, and knows nothing else. */
  function addPages(scope: FastifyInstance): void {
    scope.get('/', async ({ query }, reply) => {
      const data = await readToday(books, typedRankingQuery.parse(query));
      return sendPage(reply, templates.today(viewToday(data)));
    });
    scope.get('/alerts', async (_request, reply) => {
      const alerts = await readAlerts(books, { ...keptDays(books), sort: 'newest' });
      return sendPage(reply, templates.alerts(viewAlerts(alerts, { timeZone, retentionDays })));
    });
    scope.get('/u/:router/:user', async ({ params, query }, reply) => {
      const { router, user } = names.parse(params);
      return sendUser(reply, router, user, query);
    });
    scope.get('/u', async ({ query }, reply) => {
      const { router, user } = names.parse(query);
      return sendUser(reply, router, user, query);
    });
    scope.get('/r/:name', async ({ params, query }, reply) => sendRouter(reply, names.parse(params).name, query));
    scope.get('/r', async ({ query }, reply) => {
      const { name } = names.parse(query);
      if (name !== '') return sendRouter(reply, name, query);
      return sendPage(reply, templates.routers(viewRouters(await readRouters(books), timeZone)));
    });
    scope.get('/live', async (request, reply) => {
      const stream = live.open(liveQuery.parse(request.query).topics);
      if (stream === null) return reply.code(503).send({ error: 'too many pages are open' });
      request.raw.on('close', () => stream.destroy());
      return reply.type('text/event-stream').header('x-accel-buffering', 'no').send(stream);
    });
  }

  return async (outer) => {
    outer.addHook('onRequest', addSecurityHeaders);
    outer.addHook('onSend', compressText);
    outer.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
      done(null, new URLSearchParams(String(body))),
    );
    outer.setErrorHandler(answerInHtml);
    for (const route of assets.routes) outer.route(route);
    gate.addRoutes(outer);
    await outer.register(async (scope) => {
      scope.addHook('onRequest', gate.admit);
      scope.addHook('preHandler', async () => deps.enter());
      addPages(scope);
      addApiRoutes(scope, books);
    });
  };
}

/** Nothing secret is in a page, so that its length after compression tells nothing. */
async function compressText(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
  if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return payload;
  reply.header('vary', 'accept-encoding');
  if (payload.length < GZIP_FROM_BYTES || !/\bgzip\b/.test(String(request.headers['accept-encoding']))) return payload;
  reply.header('content-encoding', 'gzip').removeHeader('content-length');
  return await compress(payload, { level: 5 });
}
