import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { createGate, wantsPage } from '../../accounts/gate.ts';
import type { SessionBook } from '../../accounts/ports.ts';
import { readRouter, readRouters } from '../../devices/api/routers.ts';
import { viewRouter, viewRouters } from '../../devices/pages/routers.ts';
import { readAlertLines, typedAlertsQuery, typedDays } from '../../quotas/api/alerts.ts';
import { viewAlerts } from '../../quotas/pages/alerts.ts';
import { createDaysReader } from '../../reports/days-usage.ts';
import type { Coverage } from '../../reports/plan.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { shareByKey, shareWork } from '../../runtime/shared-work.ts';
import { inOrder, typedDaysRankingQuery } from '../../usage/api/chosen-days.ts';
import { typedRankingQuery } from '../../usage/api/ranking.ts';
import { readToday } from '../../usage/api/today.ts';
import { readUser } from '../../usage/api/user.ts';
import { viewToday } from '../../usage/pages/today.ts';
import { viewUser } from '../../usage/pages/user.ts';
import { createAssets } from './assets.ts';
import { todayOf } from './days.ts';
import type { ApiDeps, BookDeps } from './deps.ts';
import { answerError, answerUnknownPath, describeError } from './errors.ts';
import { addSecurityHeaders } from './headers.ts';
import { LIVE_TOPICS, type LiveFeed } from './live.ts';
import { addApiRoutes } from './routes.ts';
import { createPageTemplates, type MessageView } from './templates.ts';

export interface PagesDeps extends BookDeps {
  /** `null`: open to this machine alone. */
  readonly password: (() => string) | null;
  /** Throws a `TroubleError` while the database cannot be read. */
  readonly enter: () => void;
  readonly live: LiveFeed;
  readonly sessions: SessionBook;
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
    sessions: behind(deps.enter, deps.sessions),
    renderLogin: (view) => templates.login({ ...view, title: 'Log in', nav: null }),
    renderUnknown: (view) => templates.message({ ...view, nav: null }),
  });
  const { report: archive, calendar, clock } = deps;
  const { timeZone } = calendar;
  const readUsage = createDaysReader({ ...deps, archive });
  const usageToday = shareWork(() => readUsage(clock.now()), hostClock);
  const usageOf = shareByKey(
    ({ period, days }: Coverage) => `${period} ${days.startDay} ${days.endDay}`,
    (coverage) => readUsage(clock.now(), coverage),
    hostClock,
  );
  const books: ApiDeps = { ...deps, usageToday, usageOf };

  function answerInHtml(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    if (!wantsPage(request)) {
      answerError(logger, error, request, reply);
      return;
    }
    const { status, error: text, code } = describeError(logger, error, request);
    if (code !== undefined) {
      const view = { title: 'Database unavailable', nav: null, code };
      reply.code(503).type(HTML).send(templates.unavailable(view));
    } else if (status < 500) {
      sendMessage(reply, status, { title: 'Invalid request', text, advice: null });
    } else {
      const advice = 'This is a bug. Please report it with the error from the log.';
      sendMessage(reply, status, { title: 'Error', text: 'This page cannot be shown.', advice });
    }
  }

  function sendMessage(reply: FastifyReply, status: number, view: Omit<MessageView, 'nav'>): FastifyReply {
    return reply
      .code(status)
      .type(HTML)
      .send(templates.message({ ...view, nav: null }));
  }

  function notFound(reply: FastifyReply, text: string): FastifyReply {
    const advice = 'Old usage is deleted (retention).';
    return sendMessage(reply, 404, { title: 'Not found', text, advice });
  }

  /** People get a page that leads on, programs get JSON. Nothing is read for it, so that it needs no right. */
  async function answerUnknownAddress(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (!wantsPage(request)) answerUnknownPath(request, reply);
    else sendMessage(reply, 404, { title: 'Not found', text: 'There is no page at this address.', advice: null });
    return reply;
  }

  function sendPage(reply: FastifyReply, html: string): FastifyReply {
    return reply.type(HTML).send(html);
  }

  async function sendUser(reply: FastifyReply, router: string, user: string, query: unknown): Promise<FastifyReply> {
    const data = await readUser(books, { router, user, ...typedDay.parse(query) });
    if (data === null) return notFound(reply, 'No such user on this router.');
    return sendPage(reply, templates.user(viewUser(data, calendar)));
  }

  async function sendRouter(reply: FastifyReply, name: string, query: unknown): Promise<FastifyReply> {
    const data = await readRouter(books, { ...typedRankingQuery.parse(query), name });
    if (data === null) return notFound(reply, 'No such router.');
    return sendPage(reply, templates.router(viewRouter(data)));
  }

  /** A page shows what the API of the same name answers, and knows nothing else. */
  function addPages(scope: FastifyInstance): void {
    scope.get('/', async ({ query }, reply) => {
      const data = await readToday(books, inOrder(typedDaysRankingQuery.parse(query), todayOf(books)));
      return sendPage(reply, templates.today(viewToday(data)));
    });
    scope.get('/alerts', async ({ query }, reply) => {
      const typed = typedAlertsQuery.parse(query);
      const { from, to, ...asked } = typed;
      const data = await readAlertLines(books, { ...asked, ...typedDays(books, typed) });
      const routers = books.freshness().map(({ router }) => router);
      return sendPage(reply, templates.alerts(viewAlerts(data, { timeZone, routers, asked: { from, to } })));
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
      if (stream === null) return reply.code(503).send({ error: 'too many open pages' });
      request.raw.on('close', () => stream.destroy());
      const unfollow = await gate.follow(request, () => live.end(stream));
      stream.on('close', unfollow);
      if (stream.destroyed) unfollow();
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
    outer.addHook('onClose', async () => gate.stop());
    for (const route of assets.routes) outer.route(route);
    gate.addRoutes(outer);
    outer.route({
      method: outer.supportedMethods,
      url: '/*',
      onRequest: answerUnknownAddress,
      handler: answerUnknownAddress,
    });
    await outer.register(async (scope) => {
      scope.addHook('onRequest', gate.admit);
      scope.addHook('preHandler', async () => deps.enter());
      addPages(scope);
      addApiRoutes(scope, books);
    });
  };
}

/** The same sessions, once their tables are there. */
function behind(enter: () => void, book: SessionBook): SessionBook {
  const entered = async <Answer>(ask: () => Promise<Answer>) => {
    enter();
    return await ask();
  };
  return {
    passwordMark: () => entered(() => book.passwordMark()),
    changePassword: (seen, next) => entered(() => book.changePassword(seen, next)),
    add: (session) => entered(() => book.add(session)),
    find: (id) => entered(() => book.find(id)),
    remove: (id) => entered(() => book.remove(id)),
    removeExpired: (now) => entered(() => book.removeExpired(now)),
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
