import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import fastify from 'fastify';
import { z } from 'zod';
import { describeApi } from '../../../src/platform/http/openapi.ts';
import { addRoute, guardRoutes, type Route } from '../../../src/platform/http/route.ts';
import { type BackupSite, backupSiteOn } from '../../support/backup-site.ts';
import { keptText, newVersion } from '../../support/backups.ts';
import { freshSqlite, migrated } from '../../support/databases.ts';
import { deviceOf } from '../../support/devices.ts';
import { exportText } from '../../support/exports.ts';
import { fallOf, recordsOf } from '../../support/fleet.ts';
import { attemptOf, NIGHT } from '../../support/healing.ts';
import { healingSiteOn } from '../../support/healing-site.ts';
import { writeHealth } from '../../support/health-site.ts';
import { otherDevice } from '../../support/inventory.ts';
import { misfitsOf, type Operation, operationsOf } from '../../support/openapi.ts';
import { bookVillage, breachOf, EVENING, servePages, siteFor, userDay } from '../../support/pages.ts';
import { inventoryOn } from '../../support/served-inventory.ts';
import { aDevice, createRouterShell } from '../../support/shells.ts';
import { createBreachStore, createIncidentStore } from '../../support/stores.ts';
import { addUser, sessionOf, tokenWith } from '../../support/users.ts';
import { workersPart } from '../../support/workers-part.ts';

/** When what is in quarantine was last seen. */
const SEEN = '2026-11-20T13:15:00.000Z';

/** How each is asked so that all is well; `body` is JSON, or a CSV file. What is made by one is used by those after it. */
const EXAMPLES: Readonly<Record<string, { readonly url: string; readonly body?: object | string }>> = {
  'GET /api/v1/openapi.json': { url: 'openapi.json' },
  'GET /api/v1/me': { url: 'me' },
  'GET /api/v1/today': { url: 'today?sort=quota' },
  'GET /api/v1/users/{router}/{user}': { url: 'users/edge-1/bob' },
  'GET /api/v1/user': { url: 'user?router=edge-1&user=bob' },
  'GET /api/v1/usage': { url: 'usage?by=queue' },
  'GET /api/v1/explain': { url: 'explain?queue=bob' },
  'GET /api/v1/routers': { url: 'routers' },
  'GET /api/v1/routers/{name}': { url: 'routers/edge-1' },
  'GET /api/v1/router': { url: 'router?name=edge-1' },
  'GET /api/v1/status': { url: 'status' },
  'GET /api/v1/uptime': { url: 'uptime?days=7' },
  'GET /api/v1/transitions': { url: 'transitions?device=edge-1' },
  'GET /api/v1/alerts': { url: 'alerts' },
  'GET /api/v1/alerts/lines': { url: 'alerts/lines' },
  'GET /api/v1/incidents': { url: 'incidents?all=true' },
  'POST /api/v1/incidents/{id}/ack': { url: 'incidents/1/ack', body: { note: 'on my way' } },
  'GET /api/v1/healing': { url: 'healing?device=tower' },
  'POST /api/v1/healing/{id}/approve': { url: 'healing/1/approve' },
  'POST /api/v1/healing/{id}/decline': { url: 'healing/2/decline' },
  'GET /api/v1/workers': { url: 'workers' },
  'GET /api/v1/maintenance': { url: 'maintenance' },
  'POST /api/v1/maintenance': {
    url: 'maintenance',
    body: { device: 'edge-1', from: '2026-11-20T18:00', to: '2026-11-20T15:00:00Z', every: 'week' },
  },
  'DELETE /api/v1/maintenance/{id}': { url: 'maintenance/' },
  'GET /api/v1/backups': { url: 'backups' },
  'GET /api/v1/backups/search': { url: 'backups/search?q=name&history=true' },
  'GET /api/v1/backups/{device}': { url: 'backups/core' },
  'GET /api/v1/backup': { url: 'backup?name=core' },
  'GET /api/v1/backups/{device}/{version}': { url: 'backups/core/1' },
  'GET /api/v1/backup/{version}': { url: 'backup/quarantine?name=core' },
  'GET /api/v1/backups/{device}/{version}/binary': { url: 'backups/core/2/binary' },
  'GET /api/v1/backup/{version}/binary': { url: 'backup/2/binary?name=core' },
  'GET /api/v1/backups/{device}/diff': { url: 'backups/core/diff?a=1&b=2' },
  'GET /api/v1/backup/diff': { url: 'backup/diff?name=core&b=quarantine' },
  'POST /api/v1/backups/{device}/accept': { url: 'backups/core/accept', body: {} },
  'POST /api/v1/backup/accept': { url: 'backup/accept?name=far', body: { lastSeenAt: SEEN } },
  'POST /api/v1/backups/run': { url: 'backups/run', body: { device: '*', tag: 'lte' } },
  'GET /api/v1/backups/runs': { url: 'backups/runs' },
  'GET /api/v1/backups/runs/{run}': { url: 'backups/runs/run-1' },
  'GET /api/v1/backup-archives': { url: 'backup-archives' },
  'GET /api/v1/backup-schedules': { url: 'backup-schedules' },
  'POST /api/v1/backup-schedules': {
    url: 'backup-schedules',
    body: { every: 'week', on: 'sunday', at: '04:30', device: 'edge-*' },
  },
  'PATCH /api/v1/backup-schedules/{id}': { url: 'backup-schedules/1', body: { paused: true } },
  'DELETE /api/v1/backup-schedules/{id}': { url: 'backup-schedules/1' },
  'GET /api/v1/users': { url: 'users' },
  'POST /api/v1/users': { url: 'users', body: { name: 'ann', role: 'viewer', password: 'a long enough password' } },
  'PATCH /api/v1/users/{name}': { url: 'users/ann', body: { role: 'operator' } },
  'DELETE /api/v1/users/{name}': { url: 'users/ann?keepTokens=true' },
  'GET /api/v1/tokens': { url: 'tokens' },
  'POST /api/v1/tokens': { url: 'tokens', body: { name: 'billing', role: 'viewer', days: 3 } },
  'DELETE /api/v1/tokens/{id}': { url: 'tokens/' },
  'GET /api/v1/audit': { url: 'audit' },
  'GET /api/v1/devices': { url: 'devices?source=config' },
  'POST /api/v1/devices': { url: 'devices', body: { name: 'hill', host: '192.0.2.7', apiTls: true, usage: false } },
  'GET /api/v1/devices/{name}': { url: 'devices/hill' },
  'GET /api/v1/device': { url: 'device?name=hill' },
  'PATCH /api/v1/devices/{name}': { url: 'devices/hill', body: { username: 'api', password: 'secret-1', version: 1 } },
  'PATCH /api/v1/device': { url: 'device?name=hill', body: { parent: null, paused: true } },
  'POST /api/v1/devices/{name}/test': { url: 'devices/hill/test' },
  'POST /api/v1/device/test': { url: 'device/test?name=hill' },
  'POST /api/v1/devices/test': { url: 'devices/test', body: { name: 'hill', host: '192.0.2.8', password: 'p' } },
  'POST /api/v1/devices/{name}/takeover': { url: 'devices/core/takeover' },
  'POST /api/v1/device/takeover': { url: 'device/takeover?name=far' },
  'POST /api/v1/devices/import': { url: 'devices/import?dryRun=true', body: 'name,host\nlake,192.0.2.20\n' },
  'GET /api/v1/devices.csv': { url: 'devices.csv' },
  'POST /api/v1/librenms/refresh': { url: 'librenms/refresh' },
  'DELETE /api/v1/devices/{name}': { url: 'devices/hill?version=3' },
  'DELETE /api/v1/device': { url: 'device?name=core' },
  'GET /api/v1/credentials': { url: 'credentials' },
  'POST /api/v1/credentials': { url: 'credentials', body: { name: 'polling', username: 'api', password: 'secret-1' } },
  'GET /api/v1/credentials/{name}': { url: 'credentials/polling' },
  'GET /api/v1/credential': { url: 'credential?name=polling' },
  'PATCH /api/v1/credentials/{name}': { url: 'credentials/polling', body: { password: 'secret-2', version: 1 } },
  'PATCH /api/v1/credential': { url: 'credential?name=polling', body: { username: 'reader' } },
  'DELETE /api/v1/credentials/{name}': { url: 'credentials/polling' },
  'DELETE /api/v1/credential': { url: 'credential?name=second' },
};

/** The whole app with something of everything, asked by an admin who is logged in. */
async function askApp(t: TestContext) {
  const { database, drop } = await migrated(freshSqlite);
  const others = [otherDevice(), otherDevice({ name: 'far', host: '192.0.2.9', source: 'librenms' })];
  const inventory = inventoryOn(database, { others, lookAtListed: async () => null });
  const backups = backupSiteOn(database, { devices: [aDevice('core', createRouterShell(), { tags: ['lte'] })] });
  const healing = healingSiteOn(database);
  const more = [backups.part, healing.part, workersPart];
  const pages = await servePages({ hasAccounts: true, password: null, inventory, more }, { on: database });
  await fillBackups(backups);
  for (const outageAt of [NIGHT, NIGHT - 1]) await healing.add(attemptOf({ state: 'proposed', mode: 'ask', outageAt }));
  t.after(async () => {
    await backups.starter.ended();
    await pages.close();
    await drop();
    assert.deepEqual(pages.logger.errors(), []);
  });
  const { url, book } = pages;
  await inventory.desk.addCredential('second', { username: 'api', password: 'secret-1' });
  await bookVillage(pages, 3, 2);
  await book('edge-1', [userDay('bob', '2026-11-20', 5_000_000_000n)]);
  await createBreachStore({ database }).record([breachOf('edge-1', 'bob')], []);
  const blind = { subject: 'edge-1', summary: 'not read', openedAt: 1 };
  await createIncidentStore({ database }).raise('wan', [blind], []);
  await writeHealth(database, {
    at: EVENING,
    records: recordsOf([deviceOf('edge-1')], EVENING),
    transitions: fallOf('edge-1', EVENING),
  });
  await addUser(database, 'root', 'admin');
  await tokenWith(database, 'viewer');
  const cookie = await sessionOf(database, 'root');

  async function ask(method: string, path: string, body?: unknown) {
    const headers = { cookie, 'sec-fetch-site': 'same-origin' };
    const response = await fetch(`${url}/api/v1/${path}`, {
      method,
      headers: body === undefined ? headers : { ...headers, 'content-type': typeOf(body) },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const type = response.headers.get('content-type')?.split(';')[0] ?? '';
    return { status: response.status, type, value: type === 'application/json' ? JSON.parse(text) : text };
  }
  const { value: document } = await ask('GET', 'openapi.json');
  return { ask, document, operations: operationsOf(document) };
}

/** Two versions and a quarantine, another quarantine, and a run that has ended. */
async function fillBackups({ book, binaries, runs }: BackupSite): Promise<void> {
  await book.keep('core', 'run-0', () => newVersion(exportText({ menus: {} })));
  await book.keep('core', 'run-1', () => newVersion(exportText()));
  await binaries.keep({ device: 'core', version: 2, bytes: Buffer.from('binary'), takenAt: 7, isLeft: false });
  const text = keptText(exportText(), { sight: { at: Date.parse(SEEN), clockMs: null } });
  for (const device of ['core', 'far']) {
    await book.keep(device, 'run-2', () => ({ kind: 'quarantine', text, code: 'BACKUP_SHRUNK', message: 'it shrank' }));
  }
  await runs.begin('run-1', 1, 'test', 1);
  await runs.note('run-1', {
    ...{ device: 'core', outcome: 'failed', code: 'SSH_UNREACHABLE', step: 'connect', tries: 3, durationMs: 1_234 },
    ...{ bytes: null, version: null, trouble: 'no connection', advice: 'Look.' },
    binary: { outcome: 'stored', code: null, step: null, bytes: 6, trouble: null, advice: null },
  });
  await runs.finish('run-1', 2, []);
}

function typeOf(body: unknown): string {
  return typeof body === 'string' ? 'text/csv' : 'application/json';
}

type Asked = Awaited<ReturnType<Awaited<ReturnType<typeof askApp>>['ask']>>;

function assertFits(document: Record<string, unknown>, { name, answers }: Operation, { status, type, value }: Asked) {
  const said = answers.get(status);
  assert.ok(said !== undefined, `${name} answers ${status}, which the document does not say: ${JSON.stringify(value)}`);
  if (said === null) return assert.equal(value, '', name);
  assert.equal(type, said.type, name);
  if (type === 'application/json') assert.deepEqual(misfitsOf(document, said.schema, value), [], `${name} ${status}`);
}

describe('the contract of a route of the API', () => {
  it('is needed to start', () => {
    const route: Route = { method: 'GET', path: '/api/v1/x', right: 'view', handler: async () => ({}) };
    assert.throws(() => addRoute(fastify(), route), /GET \/api\/v1\/x has no contract/);
    addRoute(fastify(), { ...route, contract: { summary: 'X', answers: { 204: null } } });
    addRoute(fastify(), { ...route, path: '/x' });
  });

  it('is in the document, of every route', async (t) => {
    const { database, drop } = await migrated(freshSqlite);
    t.after(drop);
    const more = [backupSiteOn(database).part, healingSiteOn(database).part, workersPart];
    const site = await siteFor(t, { hasAccounts: true, password: null, more });
    const server = fastify();
    const found: string[] = [];
    guardRoutes(server, site.gate);
    server.addHook('onRoute', ({ method, url }) => {
      if (url.startsWith('/api/') && method !== 'HEAD') found.push(`${method} ${url.replaceAll(/:(\w+)/g, '{$1}')}`);
    });
    server.register(site.plugin);
    await server.ready();
    await server.close();
    const { operations } = await askApp(t);
    assert.ok(found.length >= 20);
    assert.deepEqual(operations.map(({ name }) => name).sort(), found.sort());
  });

  it('is kept by what it answers when all is well, and by what it takes', async (t) => {
    const { ask, document, operations } = await askApp(t);
    assert.deepEqual(Object.keys(EXAMPLES).sort(), operations.map(({ name }) => name).sort());
    const byName = new Map(operations.map((operation) => [operation.name, operation]));
    let made = '';
    for (const [name, { url, body }] of Object.entries(EXAMPLES)) {
      const operation = byName.get(name);
      assert.ok(operation !== undefined);
      if (body !== undefined) assert.deepEqual(misfitsOf(document, operation.body ?? {}, body), [], name);
      const asked = await ask(operation.method, url.endsWith('/') ? `${url}${made}` : url, body);
      assert.ok(asked.status < 300, `${name} says ${asked.status}: ${JSON.stringify(asked.value)}`);
      assertFits(document, operation, asked);
      made = asked.value.id ?? made;
    }
    for (const name of ['status', 'uptime', 'transitions']) {
      assert.ok((await ask('GET', name)).value.length > 0, `an example of ${name}`);
    }
    for (const more of ['by=user', 'sum=true', 'sum=true&by=queue']) {
      const usage = byName.get('GET /api/v1/usage');
      assert.ok(usage !== undefined);
      const asked = await ask('GET', `usage?${more}&from=2026-11-18`);
      assert.ok(asked.value.length > 0, more);
      assertFits(document, usage, asked);
    }
  });

  it('is kept by refusing what it does not allow: a value of another type, a key that is missing or unknown', async (t) => {
    const { ask, document, operations } = await askApp(t);
    const refused: string[] = [];
    for (const operation of operations) {
      const { name, method, query, body } = operation;
      const example = EXAMPLES[name];
      assert.ok(example !== undefined);
      const [path = '', asked = ''] = example.url.split('?');
      const refuse = async (what: string, url: string, sent?: unknown) => {
        const answer = await ask(method, url, sent);
        assert.equal(answer.status, 400, `${name} takes ${what}: ${JSON.stringify(answer.value)}`);
        assertFits(document, operation, answer);
        refused.push(`${name} ${what}`);
      };
      for (const { name: key, required, schema } of query) {
        const given = new URLSearchParams(asked);
        if (misfitsOf(document, schema, 'nonsense').length > 0) {
          given.set(key, 'nonsense');
          await refuse(`${key}=nonsense`, `${path}?${given}`, example.body);
        }
        if (!required) continue;
        given.delete(key);
        await refuse(`no ${key}`, `${path}?${given}`, example.body);
      }
      if (body === null) continue;
      const good = typeof example.body === 'object' ? example.body : {};
      for (const key of Object.keys(good)) {
        await refuse(`a wrong ${key}`, example.url, { ...good, [key]: ['wrong'] });
        const { [key]: _left, ...others } = { ...good } as Record<string, unknown>;
        if (misfitsOf(document, body, others).length > 0) await refuse(`no ${key}`, example.url, others);
      }
      await refuse('an unknown key', example.url, { ...good, unknown: 1 });
    }
    assert.ok(refused.length > 40, String(refused.length));
  });

  it('is kept by what it says of what there is not', async (t) => {
    const { ask, document, operations } = await askApp(t);
    for (const operation of operations) {
      const { name, method, path, answers } = operation;
      if (!answers.has(404)) continue;
      const { query: asked } = operation;
      const query = `?${new URLSearchParams(asked.filter(({ required }) => required).map(({ name: key }) => [key, 'no']))}`;
      const url = path.slice('/api/v1/'.length).replaceAll(/\{\w+\}/g, 'nothing');
      const answer = await ask(method, `${url}${query}`, EXAMPLES[name]?.body);
      assert.equal(answer.status, 404, name);
      assertFits(document, operation, answer);
    }
  });
});

describe('the document of the API', () => {
  it('has names of operations that are different, and a schema for each name that it refers to', async (t) => {
    const { document } = await askApp(t);
    assert.equal(document.openapi, '3.1.1');
    const text = JSON.stringify(document);
    const ids = [...text.matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, operationsOf(document).length);
    const named = new Set(Object.keys(document.components.schemas));
    const referred = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, to = '']) => to);
    assert.ok(referred.length > 40);
    for (const to of referred) assert.ok(named.has(to.replace('#/components/schemas/', '')), to);
  });

  it('is not made of two schemas with one name', () => {
    const route = (path: string, schema: z.ZodType): Route => ({
      ...{ method: 'GET', right: 'view', path: `/api/v1/${path}`, handler: async () => ({}) },
      contract: { summary: path, answers: { 200: schema.meta({ id: 'TestThing' }) } },
    });
    const text = z.strictObject({ x: z.string() });
    assert.throws(
      () => describeApi([route('a', text), route('b', z.strictObject({ x: z.int() }))]),
      /there are two schemas TestThing/,
    );
    describeApi([route('a', text), route('b', text)]);
  });
});
