import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type FreshDatabase, migrated } from '../support/databases.ts';
import { type MailServer, startMailServer } from '../support/mail-server.ts';

const PROGRAM = fileURLToPath(new URL('../support/mail-and-crash.ts', import.meta.url));

/** What a worker that dies by SIGKILL may lose or double: no breach, no mail, and one mail at most twice. */
export function describeMailCrashes(store: string, fresh: FreshDatabase): void {
  describe(`a worker killed between booking and mail, on ${store}`, () => {
    let test: Awaited<ReturnType<typeof migrated>>;
    let server: MailServer;

    beforeEach(async () => {
      test = await migrated(fresh);
      server = await startMailServer();
    });
    afterEach(async () => {
      await server.stop();
      await test.drop();
    });

    async function run(...args: readonly string[]) {
      const child = fork(PROGRAM, [test.url, String(server.port), ...args]);
      const [code, signal] = await once(child, 'exit');
      return signal ?? code;
    }

    async function messageIds() {
      return Promise.all(server.received.map(async (mail) => (await mail.parse()).messageId));
    }

    for (const [point, killedAfter] of [
      ['book', 'the commit, before evaluation'],
      ['evaluate', 'evaluation, before the mail'],
    ] as const) {
      it(`has its breach mailed once by the next worker when it died after ${killedAfter}`, async () => {
        assert.equal(await run(point, '2'), 'SIGKILL');
        assert.equal(server.received.length, 0);
        assert.equal(await run('none'), 0);
        assert.equal(await run('none'), 0);
        assert.equal(server.received.length, 1);
        assert.match((await server.received[0]?.parse())?.subject ?? '', /^Quota: bob used 2 of 1 GB /);
      });
    }

    it('has its mail sent a second time, recognisable as the same, when it died between the server’s yes and its note', async () => {
      assert.equal(await run('send', '2'), 'SIGKILL');
      assert.equal(await run('none'), 0);
      assert.equal(await run('none'), 0);
      const [first, second, ...others] = await messageIds();
      assert.equal(first, second);
      assert.deepEqual(others, []);
    });
  });
}
