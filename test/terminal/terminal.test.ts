import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createAccountDesk } from '../../src/accounts/desk.ts';
import { createPasswordHasher } from '../../src/accounts/passwords.ts';
import { createAccountBooks } from '../../src/accounts/store/account-books.ts';
import { EVENING } from '../support/pages.ts';
import { CONSOLE_PASSWORD, CONSOLE_USER, PROMPT } from '../support/router-console.ts';
import { answerQuestions, knock, openSocket, ticketOf } from '../support/terminal-site.ts';
import { atPrompt, castOf, everythingIn, notesOf, recordingsOf, stage, until } from '../support/terminal-stage.ts';
import { addUser, sessionOf } from '../support/users.ts';

const MINUTE_MS = 60_000;
const BY_COMMAND = { who: 'root', kind: 'command', from: 'net-1' } as const;

type Desk = ReturnType<typeof createAccountDesk>;

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
});

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
