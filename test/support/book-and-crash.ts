import { openDatabase } from '../../src/platform/store/database.ts';
import { createUsageLedger } from '../../src/usage/store/usage-store.ts';
import { baselineOf, bookingAt, NOON, partOf } from './bookings.ts';

// A program: books on the database that its argument names, and is killed when all is written and nothing committed.
const database = openDatabase({ url: process.argv[2] ?? '' });
const ledger = createUsageLedger({
  database: {
    ...database,
    transaction: (work) =>
      database.transaction(async (transaction) => {
        await work(transaction);
        process.kill(process.pid, 'SIGKILL');
        return await new Promise(() => {});
      }),
  },
});
const [changedBaselines, usage] = [[baselineOf('bob')], [partOf('bob')]];
await ledger.book('edge', () => bookingAt(NOON + 60_000, { changedBaselines, usage }));
