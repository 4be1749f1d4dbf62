import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:http';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import { freshMysql, migrated } from '../support/databases.ts';
import { PROMPT } from '../support/router-console.ts';
import {
  answerQuestions,
  consoleDevice,
  type Knock,
  knock,
  openSocket,
  serveTerminals,
  ticketFor,
  ticketOf,
} from '../support/terminal-site.ts';
import { castOf, notesOf, recordingsOf, stage, until } from '../support/terminal-stage.ts';
import { addUser, sessionOf, tokenWith } from '../support/users.ts';

describe('a ticket for a terminal', () => {
  it('gives a ticket only to an admin who is logged in, on our own page, for a device that there is', async (t) => {
    const { site, cookie } = await stage(t);
    for (const role of ['viewer', 'operator'] as const) await addUser(site.database, role, role);
    const statusOf = async (
      headers: Record<string, string>,
      body: unknown = { columns: 80, rows: 24 },
      name = 'edge-1',
    ) => {
      const url = `${site.pages.url}/api/v1/devices/${name}/terminal`;
      const type = { 'content-type': 'application/json' };
      return (await fetch(url, { method: 'POST', headers: { ...type, ...headers }, body: JSON.stringify(body) }))
        .status;
    };
    const own = { 'sec-fetch-site': 'same-origin' };
    assert.equal(await statusOf({ cookie, ...own }), 201);
    assert.equal(await statusOf(own), 401);
    assert.equal(await statusOf({ cookie, 'sec-fetch-site': 'cross-site' }), 403);
    for (const role of ['viewer', 'operator']) {
      assert.equal(await statusOf({ cookie: await sessionOf(site.database, role), ...own }), 403, role);
    }
    const authorization = `Bearer ${await tokenWith(site.database, 'admin')}`;
    assert.equal(await statusOf({ authorization }), 403);
    assert.equal(await statusOf({ authorization }, {}, 'nothing'), 403);
    assert.equal(await statusOf({ cookie, ...own }, {}, 'nothing'), 400);
    assert.equal(await statusOf({ cookie, ...own }, { columns: 80, rows: 24 }, 'nothing'), 404);
    for (const body of [
      { columns: 0, rows: 1 },
      { columns: 1001, rows: 1 },
      { columns: 80 },
      { columns: 8.5, rows: 1 },
    ]) {
      assert.equal(await statusOf({ cookie, ...own }, body), 400, JSON.stringify(body));
    }
  });

  it('is refused before it becomes a WebSocket, whatever is wrong', async (t) => {
    const { site, cookie, router } = await stage(t);
    const { database, pages } = site;
    const other = await sessionOf(database, 'ann');
    await addUser(database, 'viewer', 'viewer');
    const viewer = await sessionOf(database, 'viewer');
    const authorization = `Bearer ${await tokenWith(database, 'admin')}`;
    const refused: [string, number, Knock][] = [
      ['nobody', 401, {}],
      ['a role that is too small', 403, { cookie: viewer }],
      ['a token', 403, { headers: { authorization } }],
      ['no origin', 403, { cookie, origin: '' }],
      ['another site', 403, { cookie, origin: 'https://evil.example' }],
      ['another scheme', 403, { cookie, origin: pages.url.replace('http', 'https') }],
      ['another port', 403, { cookie, origin: `${pages.url}1` }],
      ['another session of the same user', 403, { cookie: other }],
      ['another device', 403, { cookie, device: 'edge-2' }],
    ];
    for (const [what, status, from] of refused) {
      assert.equal(await knock(site, await ticketOf(site, cookie), from), status, what);
    }
    for (const ticket of ['', 'x', 'a'.repeat(43)]) assert.equal(await knock(site, ticket, { cookie }), 403, ticket);

    const late = await ticketOf(site, cookie);
    await database.read((queries) => sql`UPDATE terminal_tickets SET created_at = created_at - 30001`.execute(queries));
    assert.equal(await knock(site, late, { cookie }), 403, 'too old');

    const ticket = await ticketOf(site, cookie);
    const plain = await fetch(`${pages.url}/api/v1/devices/edge-1/terminal?ticket=${ticket}`, { headers: { cookie } });
    assert.equal(plain.status, 426);
    const [one, two] = await Promise.all([knock(site, ticket, { cookie }), knock(site, ticket, { cookie })]);
    const isFirst = typeof one !== 'number';
    assert.deepEqual([typeof one, typeof two].toSorted(), ['number', 'object']);
    assert.equal(isFirst ? two : one, 403, 'used');
    assert.equal(router.activity().logins, 0);
  });

  it('leaves no place taken where the request is none for a WebSocket after all, and says so on record', async (t) => {
    const { site, cookie } = await stage(t);
    for (let count = 0; count < 3; count += 1) {
      const ticket = await ticketOf(site, cookie);
      const headers = { cookie, origin: site.pages.url, connection: 'upgrade', upgrade: 'websocket' };
      // Without a key.
      const asked = get(`${site.pages.url}/api/v1/devices/edge-1/terminal?ticket=${ticket}`, { headers });
      const [answer] = await once(asked, 'response');
      assert.equal(answer.statusCode, 400);
      answer.resume();
      await until(async () => (await notesOf(site)).filter((note) => note.includes('close')).length === count + 1);
    }
    assert.equal((await notesOf(site))[0], 'ann terminal.close edge-1 NEVER_OPENED');
    (await openSocket(site, cookie)).socket.close();
  });

  it('answers other requests for a WebSocket as any request, and lets none of them stay', async (t) => {
    const { pages } = (await stage(t)).site;
    const headers = { connection: 'upgrade', upgrade: 'h2c' };
    const [answer] = await once(get(`${pages.url}/healthz`, { headers }), 'response');
    assert.equal(answer.statusCode, 200);
    answer.resume();
    const status = await new Promise<number>((resolve) => {
      const asked = new WebSocket(`${pages.url.replace('http', 'ws')}/healthz`);
      asked.addEventListener('error', () => resolve(asked.readyState));
    });
    assert.equal(status, WebSocket.CLOSED);
  });

  it('opens two terminals of a user and no third, also at several workers', async (t) => {
    const { site, cookie, router } = await stage(t);
    const there = await serveTerminals(t, { devices: [consoleDevice(router)], on: site.database });
    const early = await ticketOf(site, cookie);
    const first = await openSocket(site, cookie);
    const ticket = await ticketOf(site, cookie);
    const second = await knock(there, ticket, { cookie });
    assert.ok(typeof second !== 'number', 'a ticket is good at another worker');
    const third = await ticketFor(there, cookie);
    assert.equal(third.status, 409);
    assert.match(await third.text(), /TERMINAL_LIMIT/);
    assert.equal(await knock(site, early, { cookie }), 409);
    const root = await sessionOf(site.database, 'root');
    assert.equal((await ticketFor(site, root)).status, 201, 'of another user');
    first.socket.close();
    await until(async () => (await ticketFor(site, cookie)).status === 201);
    // As if the other worker had been killed.
    await ticketOf(site, cookie);
    const fourth = await openSocket(site, cookie);
    assert.equal((await ticketFor(site, cookie)).status, 409);
    await site.database.read((queries) => sql`UPDATE terminal_places SET seen_at = seen_at - 60001`.execute(queries));
    site.clock.advance(15_000);
    await until(async () => (await ticketFor(site, cookie)).status === 201);
    fourth.socket.close();
  });

  it('is reached behind a proxy that says so, and at the address of the pages', async (t) => {
    const { site, cookie } = await stage(t, { trustProxy: true, publicUrl: 'https://net.example.com' });
    const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'inside.example.com' };
    for (const [origin, isOwn] of [
      ['https://inside.example.com', true],
      ['https://net.example.com', true],
      ['http://net.example.com', false],
      ['https://other.example.com', false],
    ] as const) {
      const answer = await knock(site, await ticketOf(site, cookie), { cookie, origin, headers: forwarded });
      assert.equal(typeof answer === 'number' ? answer : 101, isOwn ? 101 : 403, origin);
      if (typeof answer !== 'number') answer.socket.terminate();
    }
  });

  it('keeps tickets and places in MariaDB likewise', async (t) => {
    const { database, drop } = await migrated(freshMysql);
    t.after(drop);
    const { site, cookie } = await stage(t, { on: database, isRecorded: true });
    const ticket = await ticketOf(site, cookie);
    const knocks = await Promise.all([1, 2, 3].map(() => knock(site, ticket, { cookie })));
    assert.deepEqual(knocks.map((each) => (typeof each === 'number' ? each : 101)).toSorted(), [101, 403, 403]);
    const more = await Promise.all([1, 2, 3].map(() => ticketOf(site, cookie)));
    const taken = await Promise.all(more.map((each) => knock(site, each, { cookie })));
    assert.deepEqual(taken.map((each) => (typeof each === 'number' ? each : 101)).toSorted(), [101, 409, 409]);
    const [open] = [...knocks, ...taken].filter((each) => typeof each !== 'number');
    assert.ok(open);
    answerQuestions(open);
    await open.seen(PROMPT);
    open.type('/quit\r');
    await open.closed;
    await until(async () => (await recordingsOf(site, cookie))[0]?.outcome === 'ok');
    assert.match(await castOf(site, cookie), /MikroTik RouterOS/);
  });
});
