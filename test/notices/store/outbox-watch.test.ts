import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createNoticeWriter } from '../../../src/notices/store/notice-writer.ts';
import { createOutbox } from '../../../src/notices/store/outbox-store.ts';
import { createOutboxWatch } from '../../../src/notices/store/outbox-watch.ts';
import { pingDatabase } from '../../../src/platform/store/ping.ts';
import { freshMysql, freshSqlite, migrated } from '../../support/databases.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { MAIL, noticeOf, outcomeOf } from '../../support/notices.ts';

const NOON = Date.UTC(2026, 5, 10, 12);

function noticeAt(createdAt: number) {
  return noticeOf(`notice-${createdAt}`, { createdAt });
}

for (const [kind, fresh] of [
  ['SQLite', freshSqlite],
  ['MariaDB', freshMysql],
] as const) {
  describe(`watching the outbox in ${kind}`, () => {
    it('counts the mails that are pending or under way, and knows the oldest', async () => {
      const { database, drop } = await migrated(fresh);
      const outbox = createOutbox({ database, clock: createManualClock(NOON + 10) });
      const watch = createOutboxWatch({ database });
      assert.deepEqual(await watch.waiting(), { mails: 0, oldestAt: null });

      await database.transaction((transaction) =>
        createNoticeWriter({ database }).write(transaction, [noticeAt(NOON), noticeAt(NOON + 1), noticeAt(NOON + 2)]),
      );
      const claimed = await outbox.claim(MAIL, 1000);
      assert.deepEqual(await watch.waiting(), { mails: 3, oldestAt: NOON });

      assert.ok(claimed !== null);
      await outbox.settle(claimed, [outcomeOf()]);
      assert.deepEqual(await watch.waiting(), { mails: 2, oldestAt: NOON + 1 });
      await drop();
    });

    it('can be asked for a sign of life', async () => {
      const { database, drop } = await migrated(fresh);
      await pingDatabase(database);
      await drop();
    });
  });
}
