import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/settings.ts';
import { freshSqlite } from '../support/databases.ts';
import { KEY } from '../support/inventory.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { freePort } from '../support/ports.ts';
import { CONSOLE_PASSWORD, CONSOLE_USER, PROMPT, startRouterConsole } from '../support/router-console.ts';
import { answerQuestions, knock, openSocket, ticketFor, ticketOf } from '../support/terminal-site.ts';
import { until } from '../support/terminal-stage.ts';
import { addUser, USER_PASSWORD } from '../support/users.ts';

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

    const ticket = await ticketOf({ pages: { url } }, cookie);
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
