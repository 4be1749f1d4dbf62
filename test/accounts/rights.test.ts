import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import fastify from 'fastify';
import type { SitePart } from '../../src/capability.ts';
import { guardRoutes } from '../../src/platform/http/route.ts';
import { mayUse, type Right, ROLES } from '../../src/runtime/rights.ts';
import { freshSqlite, migrated } from '../support/databases.ts';
import { PASSWORD, type ServedPages, servePagesFor, siteFor } from '../support/pages.ts';
import { serveTerminals, terminalsOn } from '../support/terminal-site.ts';
import { addUser, sessionOf, tokenWith } from '../support/users.ts';

interface AppRoute {
  readonly method: string;
  readonly path: string;
  readonly right: Right | undefined;
}

/** What the whole app has with accounts. Parts of a path that are names are ones that nothing has. */
async function routesOfApp(t: TestContext): Promise<AppRoute[]> {
  const { database, drop } = await migrated(freshSqlite);
  t.after(drop);
  const { part } = await terminalsOn(database, { devices: [] });
  return await routesOf(t, [part]);
}

/** Terminals are there only with accounts. */
const routesWithoutAccounts = (t: TestContext) => routesOf(t, []);

async function routesOf(t: TestContext, more: readonly SitePart[]): Promise<AppRoute[]> {
  const site = await siteFor(t, { hasAccounts: true, password: null, more });
  const server = fastify();
  const found: AppRoute[] = [];
  guardRoutes(server, site.gate);
  server.addHook('onRoute', ({ method, url, config }) => {
    for (const each of [method].flat()) {
      found.push({ method: each, path: url.replaceAll(/:\w+/g, 'nothing'), right: config?.right });
    }
  });
  server.register(site.plugin);
  await server.ready();
  await server.close();
  return found.filter(({ path }) => path !== '/*');
}

/** What a route says to this request; of a stream only how it begins. */
async function statusOf(url: string, { method, path }: AppRoute, headers: Record<string, string>): Promise<number> {
  const response = await fetch(url + path, { method, headers, redirect: 'manual' });
  await response.body?.cancel();
  return response.status;
}

const REFUSED = [401, 403];
/** A role is not enough for these: it takes a person. */
const NOT_BY_TOKEN = [
  ...['POST /api/v1/tokens', 'GET /live', 'HEAD /live', 'GET /live/logs', 'HEAD /live/logs'],
  ...['POST', 'GET', 'HEAD'].map((method) => `${method} /api/v1/devices/nothing/terminal`),
];

async function withAccounts(t: TestContext): Promise<ServedPages> {
  const pages = (await serveTerminals(t, { devices: [] })).pages;
  for (const role of ROLES) await addUser(pages.database, role, role);
  // The last admin cannot be removed: another one stays.
  await addUser(pages.database, 'root', 'admin');
  return pages;
}

describe('every route of the app', () => {
  it('is refused to whoever is not logged in, before it is known whether there is such a thing', async (t) => {
    const { url } = await withAccounts(t);
    const routes = (await routesOfApp(t)).filter(({ right }) => right !== 'public');
    assert.ok(routes.length > 45);
    for (const route of routes) {
      const what = `${route.method} ${route.path}`;
      assert.equal(await statusOf(url, route, {}), 401, what);
      assert.equal(await statusOf(url, route, { authorization: `Bearer nst_${'a'.repeat(43)}` }), 401, what);
      assert.equal(await statusOf(url, route, { authorization: 'Bearer' }), 401, what);
      if (route.path.startsWith('/api/')) continue;
      assert.equal(await statusOf(url, route, { accept: 'text/html' }), 303, what);
    }
  });

  for (const role of ROLES) {
    it(`answers a user who is ${role} exactly where that is enough`, async (t) => {
      const { url, database } = await withAccounts(t);
      for (const route of (await routesOfApp(t)).filter(({ right }) => right !== 'public')) {
        // Each has its own session: some of the routes end it.
        const headers = { cookie: await sessionOf(database, role), 'sec-fetch-site': 'same-origin' };
        const status = await statusOf(url, route, headers);
        const may = mayUse({ role, isUser: true }, route.right ?? 'administer');
        assert.equal(REFUSED.includes(status), !may, `${route.method} ${route.path} says ${status}`);
        if (!may) assert.equal(status, 403);
      }
    });

    it(`answers a token that is ${role} exactly where that is enough, with no session and from anywhere`, async (t) => {
      const { url, database } = await withAccounts(t);
      const authorization = `Bearer ${await tokenWith(database, role)}`;
      for (const route of (await routesOfApp(t)).filter(({ right }) => right !== 'public')) {
        const status = await statusOf(url, route, { authorization });
        const isByToken = !NOT_BY_TOKEN.includes(`${route.method} ${route.path}`);
        const may = isByToken && mayUse({ role, isUser: false }, route.right ?? 'administer');
        assert.equal(REFUSED.includes(status), !may, `${route.method} ${route.path} says ${status}`);
      }
    });
  }

  it('changes nothing for a page of another site, or for one that does not say where it is from', async (t) => {
    const { url, database } = await withAccounts(t);
    const cookie = await sessionOf(database, 'admin');
    const { host } = new URL(url);
    for (const route of await routesOfApp(t)) {
      if (['GET', 'HEAD'].includes(route.method)) continue;
      for (const from of [
        {},
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
        { 'sec-fetch-site': 'none' },
        { origin: 'null' },
        { origin: 'https://evil.example' },
        { origin: `https://${host}` },
        { origin: `http://${host}1` },
      ]) {
        const status = await statusOf(url, route, { cookie, ...from });
        assert.equal(status, 403, `${route.method} ${route.path} from ${JSON.stringify(from)}`);
      }
    }
    assert.equal(await statusOf(url, { method: 'GET', path: '/api/v1/me', right: 'view' }, { cookie }), 200);
  });
});

describe('what may be done without accounts', () => {
  it('is to read, with the one password', async (t) => {
    const { url } = await servePagesFor(t);
    const body = new URLSearchParams({ password: PASSWORD });
    const login = await fetch(`${url}/login`, { method: 'POST', body, redirect: 'manual' });
    const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
    for (const route of await routesWithoutAccounts(t)) {
      if (route.right === 'public') continue;
      const status = await statusOf(url, route, { cookie, 'sec-fetch-site': 'same-origin' });
      assert.equal(status === 403, route.right !== 'view', `${route.method} ${route.path} says ${status}`);
    }
  });

  it('is to read, on this machine, and whatever a token may', async (t) => {
    const { url, database } = await servePagesFor(t, { password: null });
    const me = async (headers: Record<string, string>): Promise<Record<string, unknown>> =>
      JSON.parse(await (await fetch(`${url}/api/v1/me`, { headers })).text());
    assert.deepEqual(await me({}), { name: null, kind: 'shared', role: 'viewer' });
    assert.equal((await fetch(`${url}/api/v1/users`)).status, 403);
    const authorization = `Bearer ${await tokenWith(database, 'admin')}`;
    const { name, ...others } = await me({ authorization });
    assert.match(String(name), /^test /);
    assert.deepEqual(others, { kind: 'token', role: 'admin' });
    const user = { name: 'ann', role: 'viewer', password: 'a long enough password' };
    const headers = { authorization, 'content-type': 'application/json' };
    const added = await fetch(`${url}/api/v1/users`, { method: 'POST', headers, body: JSON.stringify(user) });
    assert.equal(added.status, 201);
  });

  it('is nothing by a token in a query or in another scheme', async (t) => {
    const { url, database } = await servePagesFor(t);
    const token = await tokenWith(database, 'admin');
    assert.equal((await fetch(`${url}/api/v1/me?token=${token}&access_token=${token}`)).status, 401);
    assert.equal((await fetch(`${url}/api/v1/me`, { headers: { authorization: `Basic ${token}` } })).status, 401);
    assert.equal((await fetch(`${url}/api/v1/me`, { headers: { authorization: `bearer ${token}` } })).status, 200);
  });
});
