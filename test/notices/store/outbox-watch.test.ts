import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMailWriter } from '../../../src/notices/store/mail-writer.ts';
import { createOutbox } from '../../../src/notices/store/outbox-store.ts';
import { createOutboxWatch } from '../../../src/notices/store/outbox-watch.ts';
import { pingDatabase } from '../../../src/platform/store/ping.ts';
import { freshMysql, freshSqlite, migrated } from '../../support/databases.ts';

const NOON = Date.UTC(2026, 5, 10, 12);

function mailAt(createdAt: number) {
  const content = { to: ['a@example.com'], subject: 's', text: 't', html: 'h', attachment: null };
  return { ...content, id: `mail-${createdAt}`, createdAt, periodEnd: '2026-06-11', giveUpAt: createdAt + 86_400_000 };
}

for (const [kind, fresh] of [
  ['SQLite', freshSqlite],
  ['MariaDB', freshMysql],
] as const) {
  describe(`watching the outbox in ${kind}`, () => {
    it('counts the mails that are pending or under way, and knows the oldest', async () => {
      const { database, drop } = await migrated(fresh);
      const outbox = createOutbox({ database });
      const watch = createOutboxWatch({ database });
      assert.deepEqual(await watch.waiting(), { mails: 0, oldestAt: null });

      await database.transaction((transaction) =>
        createMailWriter({ database }).write(transaction, [mailAt(NOON), mailAt(NOON + 1), mailAt(NOON + 2)]),
      );
      const claimed = await outbox.claim(NOON + 10, 1000);
      assert.deepEqual(await watch.waiting(), { mails: 3, oldestAt: NOON });

      assert.ok(claimed !== null);
      const sent = { state: 'sent', to: [], dueAt: NOON, refusals: 0, sentAt: NOON, trouble: null } as const;
      await outbox.settle(claimed, sent);
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
