import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MailSender } from '../../src/notices/channels/mail/mailer.ts';
import { createDelivery, type Delivery } from '../../src/notices/delivery.ts';
import { createOutbox } from '../../src/notices/store/outbox-store.ts';
import { createJobStore } from '../../src/platform/store/job-store.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createTroubleLog } from '../../src/runtime/trouble-log.ts';
import { freshMysql, freshSqlite, migrated, type TestDatabase } from '../support/databases.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { mailChannel, noticeOf } from '../support/notices.ts';
import { createBreachStore } from '../support/stores.ts';

const APART_MS = 5 * 60_000;

for (const [store, fresh] of [
  ['SQLite', freshSqlite],
  ['MariaDB', freshMysql],
] as const) {
  describe(`workers whose clocks are five minutes apart, on ${store}`, () => {
    /** A worker whose clock is so far ahead. */
    function workerOn(test: TestDatabase, aheadMs: number, sender: MailSender): Delivery {
      const database = test.open();
      const clock = { ...systemClock, now: () => Date.now() + aheadMs };
      const logger = createMemoryLogger();
      return createDelivery({
        outbox: createOutbox({ database }),
        channels: [mailChannel(sender)],
        jobs: createJobStore({ database }),
        clock,
        logger,
        troubles: createTroubleLog({ logger, clock }),
        random: () => 0,
      });
    }

    function put(test: TestDatabase, aheadMs: number): Promise<boolean> {
      const createdAt = Date.now() + aheadMs;
      const notice = noticeOf('one', { createdAt });
      return createBreachStore({ database: test.open() }).record([], [notice]);
    }

    it('send a mail once: a lease that holds for one holds for the other', async () => {
      const test = await migrated(fresh);
      await put(test, 0);
      const sending = Promise.withResolvers<void>();
      const taken = Promise.withResolvers<readonly []>();
      let copies = 0;
      const slow = workerOn(test, 0, {
        send() {
          copies += 1;
          sending.resolve();
          return taken.promise;
        },
      });
      const ahead = workerOn(test, APART_MS, {
        async send() {
          copies += 1;
          return [];
        },
      });
      const round = slow.deliverDue();
      await sending.promise;
      assert.deepEqual(await ahead.deliverDue(), { sent: 0, failed: 0, waiting: 0 });
      taken.resolve([]);
      assert.equal((await round).sent, 1);
      assert.equal(copies, 1);
      await test.drop();
    });

    it('send at once what the one wrote whose clock is ahead', async () => {
      const test = await migrated(fresh);
      await put(test, APART_MS);
      const right = workerOn(test, 0, { send: async () => [] });
      assert.equal((await right.deliverDue()).sent, 1);
      await test.drop();
    });
  });
}
