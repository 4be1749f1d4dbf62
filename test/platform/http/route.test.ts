import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import fastify, { type FastifyPluginAsync } from 'fastify';
import type { Gate } from '../../../src/platform/http/gate.ts';
import { createPageFrame } from '../../../src/platform/http/page-frame.ts';
import { guardRoutes, type Route } from '../../../src/platform/http/route.ts';
import { createHttpServer, type HttpServerDeps } from '../../../src/platform/http/server.ts';
import { createSite } from '../../../src/platform/http/site.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import type { Right } from '../../../src/runtime/rights.ts';
import { createMemoryLogger } from '../../support/memory-logger.ts';
import { servePagesFor, siteFor } from '../../support/pages.ts';

const OPEN_GATE: Gate = { admit: async () => undefined, follow: async () => () => {}, stop: () => {} };

function serverOf(more: Partial<HttpServerDeps>) {
  return createHttpServer({
    host: '127.0.0.1',
    port: 0,
    logger: createMemoryLogger(),
    clock: systemClock,
    scrape: async () => ({ contentType: 'text/plain', text: '' }),
    ...more,
  });
}

async function serveRoutes(t: TestContext, routes: readonly Route[], gate = OPEN_GATE): Promise<string> {
  const frame = createPageFrame({ navigation: [], hasLogin: false });
  const site = createSite({ frame, gate, routes, enter: () => {}, logger: createMemoryLogger() });
  const server = serverOf({ site });
  await server.start();
  t.after(() => server.stop());
  return server.url() ?? '';
}

/** What the whole app has, with the right of each. */
async function routesOfApp(t: TestContext) {
  const site = await siteFor(t);
  const server = fastify();
  const found: { readonly method: string; readonly url: string; readonly right: Right | undefined }[] = [];
  guardRoutes(server, site.gate);
  server.addHook('onRoute', ({ method, url, config }) => {
    for (const each of [method].flat()) found.push({ method: each, url, right: config?.right });
  });
  server.register(site.plugin);
  await server.ready();
  await server.close();
  return found;
}

describe('the right that a route declares', () => {
  it('is needed to start', async () => {
    const adding = (config?: object): FastifyPluginAsync => {
      return async (scope) => {
        scope.route({ method: 'GET', url: '/x', ...(config && { config }), handler: async () => ({}) });
      };
    };
    const start = async (plugin: FastifyPluginAsync) => serverOf({ site: { gate: OPEN_GATE, plugin } }).start();
    await assert.rejects(start(adding()), /GET \/x does not declare the right it needs/);
    await assert.rejects(start(adding({ right: 'owner' })), /GET \/x does not declare the right it needs/);
    await assert.rejects(
      start(async (scope) => void scope.register(adding())),
      /GET \/x does not declare the right it needs/,
    );
  });

  it('is needed to start where there is nobody to ask for it', () => {
    const route: Route = { method: 'GET', path: '/x', right: 'view', handler: async () => ({}) };
    assert.throws(() => serverOf({ probes: [route] }), /GET \/x needs a right, and there is no gate to ask/);
  });

  it('is asked of the gate once for each request, also for HEAD, and before its body is read', async (t) => {
    const asked: string[] = [];
    const gate: Gate = {
      ...OPEN_GATE,
      async admit({ method, url, body }, reply, right) {
        asked.push(`${method} ${url} ${right} ${body}`);
        return reply.code(401).send({ error: 'log in first' });
      },
    };
    const handler = async () => assert.fail('the gate let nobody on');
    const url = await serveRoutes(
      t,
      [
        { method: 'GET', path: '/x', right: 'view', handler },
        { method: 'POST', path: '/x', right: 'view', handler },
        { method: 'GET', path: '/open', right: 'public', handler: async () => ({}) },
      ],
      gate,
    );
    const statuses: number[] = [];
    for (const method of ['GET', 'HEAD', 'POST']) {
      const body = method === 'POST' ? new URLSearchParams({ a: 'b' }) : null;
      statuses.push((await fetch(`${url}/x`, { method, body })).status);
    }
    assert.deepEqual(statuses, [401, 401, 401]);
    assert.equal((await fetch(`${url}/open`)).status, 200);
    assert.equal((await fetch(`${url}/x`, { method: 'PUT' })).status, 405);
    assert.deepEqual(asked, ['GET /x view undefined', 'HEAD /x view undefined', 'POST /x view undefined']);
  });

  it('is public for nothing of the app but the login, what the login page needs, and addresses that nobody knows', async (t) => {
    const routes = await routesOfApp(t);
    const open = routes.filter(({ right, url }) => right === 'public' && url !== '/*');
    assert.deepEqual(open.map(({ method, url }) => `${method} ${url}`).sort(), [
      'GET /assets/icon.svg',
      'GET /assets/logs.js',
      'GET /assets/page.js',
      'GET /assets/style.css',
      'GET /login',
      'HEAD /assets/icon.svg',
      'HEAD /assets/logs.js',
      'HEAD /assets/page.js',
      'HEAD /assets/style.css',
      'HEAD /login',
      'POST /login',
      'POST /logout',
    ]);
    assert.ok(routes.filter(({ right }) => right === 'view').length >= 30);
  });

  it('lets nobody who is not logged in get an answer of any other route of the app', async (t) => {
    const { url } = await servePagesFor(t);
    for (const route of await routesOfApp(t)) {
      if (route.right === 'public') continue;
      const path = route.url.replaceAll(/:\w+/g, 'x');
      const response = await fetch(url + path, { method: route.method, redirect: 'manual' });
      assert.equal(response.status, 401, `${route.method} ${path}`);
    }
  });
});

describe('the body of a request', () => {
  it('may be as large as its route says, and else 16 KiB', async (t) => {
    const sizeOf: Route['handler'] = async ({ body }) => ({ size: body instanceof URLSearchParams ? body.size : -1 });
    const url = await serveRoutes(t, [
      { method: 'POST', path: '/small', right: 'public', handler: sizeOf },
      { method: 'POST', path: '/large', right: 'public', largestBodyBytes: 1024 * 1024, handler: sizeOf },
      { method: 'POST', path: '/tiny', right: 'public', largestBodyBytes: 10, handler: sizeOf },
    ]);
    const statusOf = async (path: string, bytes: number) =>
      (await fetch(url + path, { method: 'POST', body: new URLSearchParams({ a: 'x'.repeat(bytes - 2) }) })).status;
    assert.deepEqual([await statusOf('/small', 16 * 1024), await statusOf('/small', 16 * 1024 + 1)], [200, 413]);
    assert.deepEqual([await statusOf('/large', 1024 * 1024), await statusOf('/large', 1024 * 1024 + 1)], [200, 413]);
    assert.deepEqual([await statusOf('/tiny', 10), await statusOf('/tiny', 11)], [200, 413]);
  });
});
