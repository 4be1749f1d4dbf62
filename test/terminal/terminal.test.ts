import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { sql } from 'kysely';
import { createAccountDesk } from '../../src/accounts/desk.ts';
import { createPasswordHasher } from '../../src/accounts/passwords.ts';
import { createAccountBooks } from '../../src/accounts/store/account-books.ts';
import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/settings.ts';
import type { TerminalDevice } from '../../src/terminal/ports.ts';
import { freshMysql, freshSqlite, migrated } from '../support/databases.ts';
import { KEY } from '../support/inventory.ts';
import { freePort } from '../support/mariadb-server.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { EVENING } from '../support/pages.ts';
import { CONSOLE_PASSWORD, CONSOLE_USER, type RouterConsole, startRouterConsole } from '../support/router-console.ts';
import {
  answerQuestions,
  consoleDevice,
  type Knock,
  knock,
  openSocket,
  serveTerminals,
  type TerminalSite,
  ticketFor,
} from '../support/terminal-site.ts';
import { addUser, sessionOf, tokenWith, USER_PASSWORD } from '../support/users.ts';

const MINUTE_MS = 60_000;
const PROMPT = '[admin@edge-1] > ';
const BY_COMMAND = { who: 'root', kind: 'command', from: 'net-1' } as const;

interface Stage {
  readonly router: RouterConsole;
  readonly site: TerminalSite;
  /** Of ann, who is an admin. */
  readonly cookie: string;
}

type StageOptions = Omit<Parameters<typeof serveTerminals>[1], 'devices'> & {
  readonly change?: Partial<TerminalDevice>;
};

async function stage(t: TestContext, { change = {}, ...options }: StageOptions = {}): Promise<Stage> {
  const router = await startRouterConsole();
  t.after(() => router.close());
  const device = consoleDevice(router, change);
  const site = await serveTerminals(t, { devices: [device, { ...device, name: 'edge-2' }], ...options });
  await addUser(site.database, 'ann', 'admin');
  await addUser(site.database, 'root', 'admin');
  return { router, site, cookie: await sessionOf(site.database, 'ann') };
}

/** A terminal at the prompt of the router. */
async function atPrompt({ site, cookie }: Pick<Stage, 'site' | 'cookie'>) {
  const socket = await openSocket(site, cookie);
  answerQuestions(socket);
  await socket.seen(PROMPT);
  return socket;
}

async function ticketOf(site: TerminalSite, cookie: string): Promise<string> {
  return JSON.parse(await (await ticketFor(site, cookie)).text()).ticket;
}

/** What is on record of terminals, sorted. */
async function notesOf({ database }: TerminalSite): Promise<string[]> {
  const entries = await createAccountBooks({ database }).audit.list({ most: 100 });
  return entries
    .filter(({ action }) => action.startsWith('terminal.'))
    .map(({ who, action, subject, outcome }) => `${who} ${action} ${subject} ${outcome}`)
    .toSorted();
}

/** Waits for what comes to pass by itself within a moment: another part of this process is at it. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await turn();
}

describe('a terminal in the browser', () => {
  it('joins a browser and the shell of a router, at the size of the window, and is on record', async (t) => {
    const { site, cookie, router } = await stage(t);
    const socket = await atPrompt({ site, cookie });
    socket.type('/size\r');
    await socket.seen('100x30\r\n');
    for (const ignored of [
      ...['{', '[]', 'null', '{"type":"resize"}', '{"type":"resize","columns":0,"rows":9}'],
      ...['{"type":"resize","columns":1001,"rows":9}', '{"type":"resize","columns":"80","rows":9}', '{"type":"x"}'],
    ]) {
      socket.say(ignored);
    }
    socket.type('again\r');
    await socket.seen(`ran: again\r\n${PROMPT}`);
    socket.say({ type: 'resize', columns: 1000, rows: 1 });
    socket.type('/size\r');
    await socket.seen('1000x1\r\n');
    socket.type('/quit\r');
    assert.deepEqual(await socket.closed, [1000, 'the shell ended']);
    assert.deepEqual(socket.frames, []);
    assert.equal(socket.text().match(/100x30/g)?.length, 1);
    await until(async () => (await notesOf(site)).length === 2);
    assert.deepEqual(await notesOf(site), ['ann terminal.close edge-1 as admin ok', 'ann terminal.open edge-1 ok']);
    assert.equal(router.shells(), 0);
  });

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

  it('takes frames up to 64 KiB, and ends with a larger one', async (t) => {
    const { site, cookie } = await stage(t);
    const socket = await atPrompt({ site, cookie });
    socket.type(`${'x'.repeat(64 * 1024 - 1)}\r`);
    await socket.seen(/ran: x+\r\n/);
    socket.type('x'.repeat(64 * 1024 + 1));
    assert.equal((await socket.closed)[0], 1009);
    await until(async () => (await notesOf(site)).length === 2);
    assert.equal((await notesOf(site))[0], 'ann terminal.close edge-1 as admin FRAME_TOO_LARGE');
  });

  it('carries 25 MB to a slow browser, and makes the device wait for it', async (t) => {
    const { site, cookie, router } = await stage(t);
    const socket = await atPrompt({ site, cookie });
    const bytes = 25 * 1024 * 1024;
    let received = 0;
    let mostBehind = 0;
    socket.socket.on('message', () => {
      received = socket.bytes();
      mostBehind = Math.max(mostBehind, router.written().bytes - received);
      socket.socket.pause();
      void turn()
        .then(turn)
        .then(turn)
        .then(() => socket.socket.resume());
    });
    socket.type(`/flood ${bytes}\r`);
    await socket.seen('flooded');
    assert.ok(received > bytes, 'all of it arrived');
    t.diagnostic(`at most ${(mostBehind / 1e6).toFixed(1)} MB on their way`);
    // Most of it in the sockets of this machine, which may hold some MB each.
    assert.ok(mostBehind < 20e6, `${mostBehind} bytes were on their way at once`);
    socket.type('still there\r');
    await socket.seen('ran: still there');
  });

  it('stops the device while the browser says that it has enough', async (t) => {
    const { site, cookie, router } = await stage(t);
    const socket = await atPrompt({ site, cookie });
    socket.say({ type: 'pause' });
    socket.type('/flood 20000000\r');
    // The window of SSH and the sockets of this machine take some of it; then the router waits.
    await until(() => router.written().waiting > 0);
    const seen = socket.bytes();
    for (let turns = 0; turns < 200; turns += 1) await turn();
    assert.ok(router.written().bytes < 15e6);
    assert.ok(socket.bytes() - seen < 1e6);
    socket.say({ type: 'resume' });
    await socket.seen('flooded');
  });

  for (const [what, end] of [
    ['is removed', (desk: Desk) => desk.removeUser(BY_COMMAND, 'ann', { keepsTokens: false })],
    ['is demoted', (desk: Desk) => desk.setUser(BY_COMMAND, 'ann', { role: 'operator' })],
    ['is logged out', (desk: Desk) => desk.endSessions(BY_COMMAND, 'ann').then(() => {})],
  ] as const) {
    it(`ends within 5 s when its user ${what} by somebody else`, async (t) => {
      const { site, cookie, router } = await stage(t);
      const socket = await atPrompt({ site, cookie });
      const books = createAccountBooks({ database: site.database });
      const clock = site.pages.hostClock;
      clock.advance(3_000);
      await end(createAccountDesk({ books, hasher: createPasswordHasher(), clock, onChange: () => {} }));
      for (let second = 0; second < 5; second += 1) {
        clock.advance(1_000);
        // The database answers meanwhile.
        for (let turns = 0; turns < 50; turns += 1) await turn();
      }
      assert.deepEqual(await socket.closed, [4001, 'the session ended']);
      await until(() => router.shells() === 0);
    });
  }

  it('ends at once when its user logs out', async (t) => {
    const { site, cookie } = await stage(t);
    const socket = await atPrompt({ site, cookie });
    const headers = { cookie, 'sec-fetch-site': 'same-origin' };
    await fetch(`${site.pages.url}/logout`, { method: 'POST', headers, redirect: 'manual' });
    assert.equal((await socket.closed)[0], 4001);
  });

  it('ends after 10 minutes without a key, whatever the device writes or the terminal answers, and after 8 hours', async (t) => {
    const { site, cookie } = await stage(t);
    const socket = await atPrompt({ site, cookie });
    site.clock.advance(9 * MINUTE_MS);
    socket.type('a key\r');
    await socket.seen('ran: a key');
    site.clock.advance(9 * MINUTE_MS);
    // The cursor is where it is: nobody has typed that.
    socket.type('\x1b[5;7R');
    socket.type('\x1b[?1;2c');
    await socket.seen(/\[5;7R.*\[\?1;2c/s);
    site.clock.advance(MINUTE_MS);
    assert.deepEqual(await socket.closed, [4002, 'nothing was typed for 10 minutes']);

    const longest = await atPrompt({ site, cookie });
    for (let minutes = 0; minutes < 8 * 60 - 8; minutes += 8) {
      site.clock.advance(8 * MINUTE_MS);
      longest.type(`key ${minutes};`);
      await longest.seen(`key ${minutes};`);
    }
    site.clock.advance(8 * MINUTE_MS);
    assert.deepEqual(await longest.closed, [4002, 'open for 8 hours']);
  });

  it('sends no password to a device with another host key, and shows both', async (t) => {
    const { site, cookie, router } = await stage(t);
    const known = router.fingerprint();
    (await atPrompt({ site, cookie })).socket.close();
    router.renewHostKey();
    const offered = router.activity().passwords.length;
    const socket = await openSocket(site, cookie);
    assert.equal((await socket.closed)[0], 4003);
    assert.deepEqual(socket.frames, [{ type: 'error', code: 'HOST_KEY_CHANGED', known, seen: router.fingerprint() }]);
    assert.equal(router.activity().passwords.length, offered);
  });

  it('says when the device refuses the login, cannot be reached, or is lost', async (t) => {
    const wrong = {
      username: CONSOLE_USER,
      password: { reveal: () => 'wrong-password-1' },
      privateKey: null,
      passphrase: null,
    };
    const { site, cookie } = await stage(t, { change: { login: wrong } });
    const refused = await openSocket(site, cookie);
    assert.equal((await refused.closed)[0], 4004);
    assert.match(JSON.stringify(refused.frames), /SSH_LOGIN_FAILED/);

    const gone = await stage(t);
    await gone.router.close();
    const unreachable = await openSocket(gone.site, gone.cookie);
    assert.deepEqual(await unreachable.closed, [1011, 'SSH_UNREACHABLE']);

    const there = await stage(t);
    const lost = await atPrompt(there);
    there.router.cut();
    assert.deepEqual(await lost.closed, [1011, 'SSH_UNREACHABLE']);
    await until(async () => (await notesOf(site)).length === 2);
    assert.deepEqual(await notesOf(site), [
      'ann terminal.close edge-1 SSH_LOGIN_FAILED',
      'ann terminal.open edge-1 ok',
    ]);
  });

  it('asks for a login where there is none, shows no password, and keeps none', async (t) => {
    const { site, cookie } = await stage(t, { change: { login: null }, isRecorded: true });
    const socket = await openSocket(site, cookie);
    await socket.seen('login: ');
    socket.type(`${CONSOLE_USER}x\x7f\r`);
    await socket.seen('password: ');
    socket.type(`${CONSOLE_PASSWORD}\r`);
    answerQuestions(socket);
    await socket.seen(PROMPT);
    socket.type('/quit\r');
    assert.equal((await socket.closed)[0], 1000);
    assert.ok(socket.text().startsWith('login: adminx\b \b\r\npassword: \r\n'));
    assert.ok(!socket.text().includes(CONSOLE_PASSWORD));
    await until(async () => (await notesOf(site)).length === 2);
    const kept = [
      ...(await everythingIn(site)),
      JSON.stringify([site.logger.entries, site.pages.logger.entries]),
    ].join();
    assert.ok(!kept.includes(CONSOLE_PASSWORD));
    assert.ok(!kept.includes(Buffer.from(CONSOLE_PASSWORD).toString('base64').slice(0, 12)));

    const given = await openSocket(site, cookie);
    await given.seen('login: ');
    given.type('\x03');
    assert.equal((await given.closed)[0], 1000);
  });

  it('ends with its browser, and with its worker, which says so and puts it on record', async (t) => {
    const { site, cookie, router } = await stage(t);
    const left = await atPrompt({ site, cookie });
    left.socket.terminate();
    await until(() => router.shells() === 0);
    const socket = await atPrompt({ site, cookie });
    for (const part of site.terminal.parts ?? []) await part.stop();
    assert.deepEqual(await socket.closed, [1001, 'NetSentinel stops or restarts']);
    assert.ok((await notesOf(site)).includes('ann terminal.close edge-1 as admin WORKER_STOPPED'));
    assert.equal(await knock(site, await ticketOf(site, cookie), { cookie }), 503);
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

type Desk = ReturnType<typeof createAccountDesk>;

interface ListedRecording {
  readonly id: string;
  readonly outcome: string | null;
}

async function recordingsOf({ pages }: TerminalSite, cookie: string): Promise<readonly ListedRecording[]> {
  const response = await fetch(`${pages.url}/api/v1/terminal/recordings`, { headers: { cookie } });
  assert.equal(response.status, 200);
  return JSON.parse(await response.text());
}

async function castOf(site: TerminalSite, cookie: string): Promise<string> {
  const [newest] = await recordingsOf(site, cookie);
  const response = await fetch(`${site.pages.url}/api/v1/terminal/recordings/${newest?.id}`, { headers: { cookie } });
  assert.equal(response.status, 200);
  return await response.text();
}

/** Every row of the tables of terminals and of the audit. */
async function everythingIn({ database }: TerminalSite): Promise<string[]> {
  const tables = ['terminal_tickets', 'terminal_places', 'terminal_recordings', 'terminal_recording_parts', 'audit'];
  const texts: string[] = [];
  for (const table of tables) {
    const { rows } = await database.read((queries) => sql`SELECT * FROM ${sql.table(table)}`.execute(queries));
    texts.push(...rows.map((row) => Object.values(Object(row)).join(' ')));
  }
  return texts;
}

describe('a recording of a terminal', () => {
  it('is what the terminal showed, encrypted where it lies, and read by an admin, which is on record', async (t) => {
    const { site, cookie } = await stage(t, { isRecorded: true });
    const socket = await atPrompt({ site, cookie });
    site.clock.advance(2_000);
    socket.type('show me\r');
    await socket.seen('ran: show me');
    socket.say({ type: 'resize', columns: 90, rows: 20 });
    socket.type('/quit\r');
    await socket.closed;
    await until(async () => (await recordingsOf(site, cookie))[0]?.outcome === 'ok');
    const [header = '', ...lines] = (await castOf(site, cookie)).trimEnd().split('\n');
    assert.deepEqual(JSON.parse(header), {
      ...{ version: 2, width: 100, height: 30, timestamp: Math.floor(EVENING / 1000), title: 'edge-1, ann' },
    });
    const happened: [number, string, string][] = lines.map((line) => JSON.parse(line));
    const output = happened.flatMap(([, kind, data]) => (kind === 'o' ? [data] : [])).join('');
    assert.equal(output, socket.text());
    assert.deepEqual(
      happened.filter(([, kind]) => kind === 'r'),
      [[2, 'r', '90x20']],
    );
    assert.ok((await everythingIn(site)).every((row) => !row.includes('MikroTik') && !row.includes('show me')));
    assert.match((await notesOf(site)).at(-1) ?? '', /^ann terminal\.replay edge-1, 2026-11-20T13:15:00\.000Z ok$/);
    await addUser(site.database, 'viewer', 'viewer');
    const viewer = await sessionOf(site.database, 'viewer');
    for (const path of ['/api/v1/terminal/recordings', '/terminal/recordings']) {
      assert.equal((await fetch(site.pages.url + path, { headers: { cookie: viewer } })).status, 403);
    }
  });
});

describe('terminals of a whole worker', () => {
  it('are switched on by the configuration, log in with the credential for terminals, and put no secret into the log', async (t) => {
    const router = await startRouterConsole();
    t.after(() => router.close());
    const test = await freshSqlite();
    t.after(test.drop);
    const http = { port: await freePort(), pages: true, terminal: true };
    const raw = { timeZone: 'UTC', database: test.url, key: KEY, http };
    const logger = createMemoryLogger();
    const app = await createApp(parseConfig(raw, { env: {}, folder: '/' }, 'config.ts'), logger);
    t.after(() => app.close());
    await app.migrate();
    const database = test.open();
    await addUser(database, 'ann', 'admin');
    const { desk } = app.inventory;
    await desk.addCredential('console', { username: CONSOLE_USER, password: CONSOLE_PASSWORD });
    const device = { host: '127.0.0.1', model: 'linux', paused: true, terminalCredential: 'console' };
    await desk.addDevice('edge-1', { ...device, sshPort: router.port });
    const stop = new AbortController();
    const running = app.run(stop.signal);
    await until(() => app.http?.url() != null);
    const url = app.http?.url() ?? '';
    const from = { 'sec-fetch-site': 'same-origin' };
    const body = new URLSearchParams({ name: 'ann', password: USER_PASSWORD, next: '/' });
    const login = await fetch(`${url}/login`, { method: 'POST', headers: from, body, redirect: 'manual' });
    const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
    const read = async (path: string) => (await fetch(url + path, { headers: { cookie, accept: 'text/html' } })).text();
    assert.match(await read('/d/edge-1'), /href="\/d\/edge-1\/terminal">Open a terminal</);
    assert.match(await read('/d/edge-1/terminal'), /as admin · not recorded/);
    assert.doesNotMatch(await read('/d/edge-1/terminal'), new RegExp(CONSOLE_PASSWORD));

    // The key was seen before: by a look at the device it is accepted, without any other login by SSH.
    await app.backups.trust('edge-1', `SHA256:${'A'.repeat(43)}`);
    const doubtful = await openSocket({ pages: { url } }, cookie);
    assert.equal((await doubtful.closed)[0], 4003);
    await app.backups.trust('edge-1', router.fingerprint());
    await assert.rejects(app.backups.trust('nothing', router.fingerprint()), { code: 'DEVICE_UNKNOWN' });

    const { ticket } = JSON.parse(await (await ticketFor({ pages: { url } }, cookie)).text());
    const socket = await knock({ pages: { url } }, ticket, { cookie });
    assert.ok(typeof socket !== 'number');
    answerQuestions(socket);
    await socket.seen(PROMPT);
    assert.match(await read('/metrics'), /^netsentinel_terminals_open 1$/m);
    stop.abort();
    assert.deepEqual(await socket.closed, [1001, 'NetSentinel stops or restarts']);
    await running;
    const logged = JSON.stringify(logger.entries);
    for (const secret of [CONSOLE_PASSWORD, ticket, cookie.split('=')[1] ?? '', USER_PASSWORD]) {
      assert.ok(!logged.includes(secret));
    }
    assert.deepEqual(logger.errors(), []);
    const { rows } = await database.read((queries) =>
      sql<{
        action: string;
        outcome: string;
      }>`SELECT action, outcome FROM audit WHERE action LIKE 'terminal.%'`.execute(queries),
    );
    assert.deepEqual(rows.map(({ action, outcome }) => `${action} ${outcome}`).toSorted(), [
      ...['terminal.close SSH_HOST_KEY_CHANGED', 'terminal.close WORKER_STOPPED'],
      ...['terminal.open ok', 'terminal.open ok'],
    ]);
  });

  it('are not there without the switch', async (t) => {
    const test = await freshSqlite();
    t.after(test.drop);
    const raw = { timeZone: 'UTC', database: test.url, key: KEY, http: { port: await freePort(), pages: true } };
    const app = await createApp(parseConfig(raw, { env: {}, folder: '/' }, 'config.ts'), createMemoryLogger());
    t.after(() => app.close());
    await app.migrate();
    await app.http?.start();
    t.after(() => app.http?.stop());
    assert.equal((await ticketFor({ pages: { url: app.http?.url() ?? '' } }, '')).status, 404);
  });
});
