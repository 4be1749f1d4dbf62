import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { KyselyPlugin } from 'kysely';
import type { Database } from '../../../src/platform/store/database.ts';
import { createUsageArchive } from '../../../src/usage/store/usage-archive.ts';
import { createUsageLedger } from '../../../src/usage/store/usage-store.ts';
import { describeTrafficSums } from '../../contracts/traffic-sums.contract.ts';
import { describeUsageStore } from '../../contracts/usage-store.contract.ts';
import { bookingAt, DAY, NOON, partOf } from '../../support/bookings.ts';
import { freshMysql, migrated } from '../../support/databases.ts';

describeUsageStore('MariaDB', freshMysql);
describeTrafficSums('MariaDB', freshMysql);

/** The same database; after the first answer within a transaction something else is done before it is given. */
function interrupted(database: Database, interrupt: () => Promise<void>): Database {
  let isFirst = true;
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      if (isFirst) {
        isFirst = false;
        await interrupt();
      }
      return result;
    },
  };
  return {
    ...database,
    transaction: (work) => database.transaction((transaction) => work(transaction.withPlugin(plugin))),
  };
}

it('a router that another worker adds and books between two looks of this one stays, also when there is nothing to book', async (t) => {
  const { database, open, drop } = await migrated(freshMysql);
  t.after(drop);
  const other = createUsageLedger({ database: open() });
  const late = createUsageLedger({
    database: interrupted(database, () => other.book('edge', () => bookingAt(NOON, { usage: [partOf('bob')] }))),
  });
  const seen: (number | undefined)[] = [];
  await late.book('edge', (state) => {
    seen.push(state?.sampledAt);
    return null;
  });
  assert.deepEqual(seen, [NOON]);
  const days = await createUsageArchive({ database }).queueDays({ fromDay: DAY, toDay: DAY });
  assert.deepEqual(
    days.map(({ uploadBytes }) => uploadBytes),
    [1n],
  );
});

it('routers that somebody else has locked hold up none of the others, and are booked when they are free', {
  timeout: 30_000,
}, async (t) => {
  const { database, open, drop } = await migrated(freshMysql);
  t.after(drop);
  const ledger = createUsageLedger({ database });
  const routers = Array.from({ length: 12 }, (_, index) => `router ${index}`);
  // The first two have a place each at once; the third waits with others.
  const locked = ['router 0', 'router 1', 'router 7'];
  const bookAll = (at: number) =>
    routers.map((router) => ledger.book(router, () => bookingAt(at, { usage: [partOf('bob')] })));
  await Promise.all(bookAll(NOON));
  const isLocked = Promise.withResolvers<void>();
  const mayUnlock = Promise.withResolvers<void>();
  const lock = open().transaction(async (transaction) => {
    await transaction.selectFrom('routers').select('id').where('name', 'in', locked).forUpdate().execute();
    isLocked.resolve();
    await mayUnlock.promise;
  });
  await isLocked.promise;
  const bookings = bookAll(NOON + 1);
  await Promise.all(bookings.filter((_, index) => !locked.includes(`router ${index}`)));
  mayUnlock.resolve();
  await Promise.all([lock, ...bookings]);
  const days = await createUsageArchive({ database }).queueDays({ fromDay: DAY, toDay: DAY });
  assert.ok(days.length === routers.length && days.every(({ uploadBytes }) => uploadBytes === 2n));
});
