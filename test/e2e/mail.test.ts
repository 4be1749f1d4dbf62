import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type SunkMail, startMailSink } from '../../src/demo/mail-sink.ts';
import { createSimulatedRouter } from '../../src/demo/simulated-router.ts';
import { runCli } from '../support/cli.ts';
import { createManualClock } from '../support/manual-clock.ts';

const GB = 1024n ** 3n;

/** A router, a mail server and a configuration with a limit of 1 GB a day; no report falls due while the test runs. */
async function setUp(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'netsentinel-mail-'));
  const clock = createManualClock(Date.now());
  const router = createSimulatedRouter({ clock, version: '7.20.1' });
  router.addQueue({ name: 'bob', comment: 'flat 3' });
  router.addQueue({ name: 'ann' });
  const { port } = await router.start();
  const mails: SunkMail[] = [];
  const sink = await startMailSink({ folder: join(folder, 'mails'), onMail: (mail) => mails.push(mail) });
  t.after(async () => {
    await sink.stop();
    await router.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const config = {
    timeZone: 'UTC',
    routers: [{ name: 'edge-1', host: '127.0.0.1', port, username: 'librenms_api', password: 'api-password' }],
    quotas: [{ dailyGb: 1, warnAtPercent: [80] }],
    report: [],
    mail: { from: 'netsentinel@example.com', to: ['admin@example.com'], smtp: { host: sink.host, port: sink.port } },
  };
  const file = join(folder, 'config.json');
  await writeFile(file, JSON.stringify(config));
  const cli = (...args: string[]) => runCli(['--config', file, ...args], { cwd: folder });
  const poll = () => {
    clock.advance(60_000);
    return cli('collect');
  };
  return { cli, poll, router, mails, folder, sink };
}

describe('alerts and reports, from the router to the mailbox', () => {
  it('mails a breach once, however often it is looked for, and a warning that was overtaken not at all', async (t) => {
    const { cli, poll, router, mails } = await setUp(t);
    await poll();
    router.move('bob', 0n, (3n * GB) / 2n);
    router.move('ann', 0n, (9n * GB) / 10n);
    assert.equal((await poll()).code, 0);
    assert.equal((await poll()).code, 0);
    router.move('bob', 0n, GB);
    assert.equal((await poll()).code, 0);

    assert.deepEqual(mails.map((mail) => mail.subject).sort(), [
      'Quota: ann used 0.9 of 1 GB today',
      'Quota: bob used 1.5 of 1 GB today',
    ]);
    const said: { user: string; threshold: number; state: string }[] = JSON.parse(
      (await cli('alerts', '--format', 'json')).stdout,
    );
    assert.deepEqual(said.map(({ user, threshold, state }) => `${user} ${threshold} ${state}`).sort(), [
      'ann 80 sent',
      'bob 100 sent',
      'bob 80 superseded',
    ]);
  });

  it('keeps a mail that the server cannot take now', async (t) => {
    const { cli, poll, router, mails, sink } = await setUp(t);
    await poll();
    router.move('bob', 0n, 2n * GB);
    await sink.stop();
    const outcome = await poll();
    assert.equal(outcome.code, 0, 'a mail that waits for its next try is no failure');
    assert.equal(mails.length, 0);
    const states: { threshold: number; state: string }[] = JSON.parse((await cli('alerts', '--format', 'json')).stdout);
    assert.equal(states.find(({ threshold }) => threshold === 100)?.state, 'pending');
  });

  it('sends a report once, again only when forced, and writes it to a file', async (t) => {
    const { cli, poll, router, mails, folder } = await setUp(t);
    await poll();
    router.move('bob', 1n, GB / 2n);
    await poll();
    assert.match((await cli('report', '--send')).stdout, /sent/);
    const second = await cli('report', '--send');
    assert.equal(second.code, 0);
    assert.match(second.stdout, /sent already/);
    assert.equal(mails.length, 1);
    assert.equal((await cli('report', '--send', '--force')).code, 0);
    assert.equal(mails.length, 2);

    const html = join(folder, 'report.html');
    assert.equal((await cli('report', '--out', html)).code, 0);
    assert.match(await readFile(html, 'utf8'), /bob[\s\S]*flat 3/);
  });
});
