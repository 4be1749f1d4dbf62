import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createNoticeWriter } from '../../../src/notices/store/notice-writer.ts';
import { startChatServer } from '../../support/chat-server.ts';
import { type FreshDatabase, freshMysql, freshSqlite, migrated } from '../../support/databases.ts';
import { noticeOf } from '../../support/notices.ts';

const PROGRAM = fileURLToPath(new URL('../../support/notify-and-crash.ts', import.meta.url));
const ADDRESSES = {
  ...{ telegram: '-100', webhook: 'webhook', slack: 'slack' },
  ...{ discord: 'discord', ntfy: 'ntfy', gotify: 'gotify' },
};
const NOTICES = ['first', 'second', 'third'];
/** Of each store: before it notes the result of which try each worker dies; the last one lives. */
const DEATHS: readonly [store: string, fresh: FreshDatabase, dieAt: readonly number[]][] = [
  ['SQLite', freshSqlite, [1, 4, 0]],
  ['MariaDB', freshMysql, [2, 0]],
];

for (const [store, fresh, deaths] of DEATHS) {
  describe(`a worker killed while it sends by every channel, on ${store}`, () => {
    it('loses no notice, and sends at most one copy more by each channel for each kill', async (t) => {
      const test = await migrated(fresh);
      t.after(test.drop);
      const server = await startChatServer({ status: 200, body: { ok: true, result: { message_id: 1 } } });
      t.after(server.stop);
      const { database } = test;
      const to = Object.entries(ADDRESSES).map(([channel, address]) => ({ channel, address }));
      await database.transaction((transaction) =>
        createNoticeWriter({ database }).write(
          transaction,
          NOTICES.map((id) => noticeOf(id, { to, createdAt: Date.now(), subject: `the ${id} notice` })),
        ),
      );
      for (const [run, dieAt] of deaths.entries()) {
        const child = fork(PROGRAM, [test.url, server.url, String(dieAt), String(run)]);
        const [code, signal] = await once(child, 'exit');
        assert.equal(signal ?? code, dieAt === 0 ? 0 : 'SIGKILL');
      }
      for (const channel of Object.keys(ADDRESSES)) {
        const got = NOTICES.map((id) => {
          const taken = server.asked.filter(
            ({ path, body }) => path.startsWith(`/${channel}`) && body.includes(`the ${id} notice`),
          );
          // A program can see that a copy is one.
          if (channel === 'webhook') assert.equal(new Set(taken.map(({ body }) => body)).size, 1);
          return taken.length;
        });
        assert.ok(Math.min(...got) >= 1, `${channel} lost one: ${got}`);
        const copies = got.reduce((sum, count) => sum + count, 0) - NOTICES.length;
        assert.ok(copies <= deaths.length - 1, `${channel}: ${copies} copies`);
      }
    });
  });
}
