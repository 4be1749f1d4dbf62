import { createUsageArchive } from '../../src/adapters/store/usage-archive.ts';
import { createUsagePurger } from '../../src/adapters/store/usage-purger.ts';
import { createUsageLedger } from '../../src/adapters/store/usage-store.ts';
import type { DailyPart, UsageLedger } from '../../src/features/usage/ports.ts';
import { usageByUser } from '../../src/features/usage/query.ts';
import { baselineOf, bookingAt, NOON, partOf } from '../support/bookings.ts';
import { freshMysql, freshSqlite, migrated } from '../support/databases.ts';
import { type BenchRow, measure, median } from './harness.ts';

const QUEUES = 10_000;
const DAYS = 30;
/** Days that have their hours, too: with them there are a million rows to delete. */
const HOURLY_DAYS = 3;
const POLLED_QUEUES = 1_000;
const POLLS = 40;
const HOUR_MS = 3_600_000;

/** What is done beside polling: reading a month of usage, and forgetting a million rows while polls go on. */
export async function run(): Promise<BenchRow[]> {
  return [...(await upkeep('MariaDB', freshMysql)), ...(await upkeep('SQLite', freshSqlite))];
}

async function upkeep(store: string, fresh: typeof freshMysql): Promise<BenchRow[]> {
  const test = await migrated(fresh);
  const { database } = test;
  try {
    const ledger = createUsageLedger({ database });
    let rows = 0;
    for (let day = 1; day <= DAYS; day += 1) rows += await bookDay(ledger, day);
    const archive = createUsageArchive({ database });
    const query = { fromDay: '2026-04-01', toDay: '2026-04-30' };
    const { usage } = await measure({ usage: () => usageByUser(archive, [], query) }, 5);

    const poll = createPoll(ledger);
    const calmMs: number[] = [];
    for (let round = 0; round < POLLS; round += 1) calmMs.push(await poll());
    const busyMs: number[] = [];
    let isPurging = true;
    const startedMs = performance.now();
    const purging = createUsagePurger({ database })
      .purge({ beforeDay: '2026-05-01', beforeAt: NOON }, false)
      .finally(() => {
        isPurging = false;
      });
    while (isPurging) busyMs.push(await poll());
    await purging;
    const purgeMs = performance.now() - startedMs;

    const calm = `${store}: book ${POLLED_QUEUES} queues`;
    return [
      { name: `${store}: usage of 30 days, ${QUEUES} queues`, medianMs: usage },
      { name: calm, medianMs: median(calmMs) },
      {
        name: `${calm} while ${rows} rows are purged`,
        medianMs: median(busyMs),
        ratio: median(busyMs) / median(calmMs),
        against: calm,
      },
      { name: `${calm}, the slowest meanwhile`, medianMs: Math.max(...busyMs), limit: 5_000 },
      { name: `${store}: that purge`, medianMs: purgeMs },
    ];
  } finally {
    await test.drop();
  }
}

/** Books a day of April 2026 and gives the number of rows it made. */
async function bookDay(ledger: UsageLedger, day: number): Promise<number> {
  const startAt = Date.UTC(2026, 3, day);
  const hours = day > DAYS - HOURLY_DAYS ? 24 : 0;
  const usage = Array.from({ length: QUEUES }, (_, queue): DailyPart => {
    const bytes = { uploadBytes: BigInt(queue * 1_000), downloadBytes: BigInt(queue * 9_000) };
    return partOf(`customer-${queue}`, {
      day: new Date(startAt).toISOString().slice(0, 10),
      ...bytes,
      hours: Array.from({ length: hours }, (_each, hour) => ({ hourAt: startAt + hour * HOUR_MS, ...bytes })),
    });
  });
  await ledger.book('edge', () => bookingAt(startAt, { usage }));
  return QUEUES * (1 + hours);
}

/** One booking after the other, of queues that all moved; gives the time it took, ms. */
function createPoll(ledger: UsageLedger): () => Promise<number> {
  const names = Array.from({ length: POLLED_QUEUES }, (_, index) => `customer-${index}`);
  let polls = 0;
  return async () => {
    polls += 1;
    const counter = { uploadBytes: BigInt(polls), downloadBytes: BigInt(9 * polls) };
    const booking = bookingAt(NOON + polls, {
      changedBaselines: names.map((name) => baselineOf(name, { counter })),
      usage: names.map((name) => partOf(name)),
    });
    const startedMs = performance.now();
    await ledger.book('edge', () => booking);
    return performance.now() - startedMs;
  };
}
