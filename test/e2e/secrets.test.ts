import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createSimulatedRouter } from '../../src/demo/simulated-router.ts';
import { runCli } from '../support/cli.ts';
import { createManualClock } from '../support/manual-clock.ts';

const GB = 1024n ** 3n;
const PASSWORD = 'hunter2 & "Söhne"';
const USERNAME = 'alerts@example.com';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** All the ways in which a server may say the password. */
const FORMS = [
  PASSWORD,
  base64(PASSWORD),
  base64(`\0${USERNAME}\0${PASSWORD}`),
  base64(`${USERNAME}\0${USERNAME}\0${PASSWORD}`),
  encodeURIComponent(PASSWORD),
  JSON.stringify(PASSWORD).slice(1, -1),
];

/** A mail server that answers a login with the login, in every form it can think of. */
async function startEchoingServer(t: TestContext) {
  const seen: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.write('220 mail.example.com ESMTP\r\n');
    socket.on('data', (data) => {
      const line = data.toString().trim();
      seen.push(line);
      if (line.startsWith('EHLO')) socket.write('250-mail.example.com\r\n250 AUTH PLAIN\r\n');
      else socket.write(`535 5.7.8 not with "${line}": ${FORMS.join(' ')}\r\n`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  return { seen, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

describe('a mail server that quotes the password', () => {
  it('puts it in no form into the log at its finest level, the output, the JSON of check or the database', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'netsentinel-secrets-'));
    const clock = createManualClock(Date.now());
    const router = createSimulatedRouter({ clock, version: '7.20.1' });
    router.addQueue({ name: 'bob' });
    const { port } = await router.start();
    t.after(async () => {
      await router.stop();
      await rm(folder, { recursive: true, force: true });
    });
    const mailServer = await startEchoingServer(t);
    const smtp = { host: '127.0.0.1', port: mailServer.port, username: USERNAME, password: PASSWORD };
    const config = {
      timeZone: 'UTC',
      database: 'sqlite:./data/books.db',
      routers: [{ name: 'edge-1', host: '127.0.0.1', port, username: 'librenms_api', password: 'api-password' }],
      quotas: [{ dailyGb: 1 }],
      report: [],
      mail: { from: 'netsentinel@example.com', to: ['admin@example.com'], smtp },
    };
    const file = join(folder, 'config.json');
    await writeFile(file, JSON.stringify(config));
    const cli = (...args: string[]) => runCli(['--config', file, '--log-level', 'debug', ...args], { cwd: folder });

    await cli('collect');
    router.move('bob', 0n, 2n * GB);
    clock.advance(60_000);
    const collected = await cli('collect');
    const checked = await cli('check', '--format', 'json', '--send-test-mail');
    assert.ok(
      mailServer.seen.some((line) => line.includes(base64(`\0${USERNAME}\0${PASSWORD}`))),
      'the login was tried',
    );
    for (const said of [collected.stderr, checked.stdout]) assert.match(said, /5\.7\.8 not with/, 'the rest is told');
    const texts = [collected, checked].flatMap(({ stdout, stderr }) => [stdout, stderr]);
    const data = join(folder, 'data');
    for (const name of await readdir(data)) texts.push((await readFile(join(data, name))).toString());
    assert.ok(
      texts.some((text) => text.includes('SQLite format') && text.includes('5.7.8')),
      'the database has the answer',
    );
    for (const form of [...FORMS, 'hunter2', base64('hunter2')]) {
      for (const text of texts) assert.ok(!text.includes(form), `${form} is in ${text.slice(0, 2000)}`);
    }
  });
});
