import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import type { DailyPart } from '../../src/usage/ports.ts';
import { createUsageLedger } from '../../src/usage/store/usage-store.ts';
import { bookingAt, partOf } from '../support/bookings.ts';
import { freshSqlite, migrated } from '../support/databases.ts';
import { type BenchRow, type Cost, medianCost } from './harness.ts';

const USERS = 10_000;
const DAYS = 30;
const ROUNDS = 6;
const HOUR_MS = 3_600_000;
const TIME_ZONE = 'Asia/Karachi';
const TODAY = '2026-11-20';
const LIMIT_MS = 1000;
const LIMIT_MIB = 150;

/** The evening report and the month's, of 10,000 users with 30 days of history. */
export async function run(): Promise<BenchRow[]> {
  const calendar = createCalendar(TIME_ZONE);
  const now = calendar.startOf(TODAY) + 18.25 * HOUR_MS;
  const test = await migrated(freshSqlite);
  try {
    const ledger = createUsageLedger({ database: test.database });
    for (let back = DAYS; back >= 0; back -= 1) {
      const day = calendar.addDays(TODAY, -back);
      // The report asks for the hours of yesterday only.
      const hours = back === 1 ? 24 : 0;
      await ledger.book('edge-1', () =>
        bookingAt(now, {
          usage: Array.from({ length: USERS }, (_, user) => usageOf(user, day, calendar.startOf(day), hours)),
        }),
      );
    }
    const { costs, peakMib } = await writeReports(test.url, now);
    return [
      { name: `report of the day, ${USERS} users`, ...medianCost(costs.day.slice(1)), limit: LIMIT_MS },
      { name: `report of ${DAYS} days, ${USERS} users`, ...medianCost(costs.month.slice(1)), limit: LIMIT_MS },
      { name: 'reports, memory of the process', peakMib, limit: LIMIT_MIB },
    ];
  } finally {
    await test.drop();
  }
}

function usageOf(user: number, day: string, startAt: number, hours: number): DailyPart {
  const bytes = BigInt(((user * 7_919) % 10_007) * 1_000_000 + user);
  return partOf(`customer-${String(user).padStart(5, '0')}`, {
    day,
    comment: `Fiber 100, house ${user}`,
    uploadBytes: bytes / 8n,
    downloadBytes: bytes,
    hours: Array.from({ length: hours }, (_, hour) => ({
      hourAt: startAt + hour * HOUR_MS,
      uploadBytes: bytes / 192n,
      downloadBytes: bytes / 24n,
    })),
  });
}

interface Result {
  readonly costs: { readonly day: Cost[]; readonly month: Cost[] };
  readonly peakMib: number;
}

/**
 * In a process of its own, whose memory is the report's alone, set up to be small: compiled code comes from Node's cache instead of
 * the compiler being loaded, and V8 may not hold 48 MiB of young objects before it looks for garbage.
 */
async function writeReports(url: string, now: number): Promise<Result> {
  const cache = mkdtempSync(join(tmpdir(), 'netsentinel-compile-cache-'));
  async function write(rounds: number): Promise<Result> {
    const file = join(import.meta.dirname, 'children', 'report-writer.ts');
    const args = [url, TIME_ZONE, String(now), String(rounds), 'day', 'month'];
    const env = { ...process.env, NODE_COMPILE_CACHE: cache };
    const child = fork(file, args, { env, execArgv: ['--max-semi-space-size=2'] });
    const [[result]] = await Promise.all([once(child, 'message'), once(child, 'exit')]);
    return result as Result;
  }
  try {
    await write(1);
    return await write(ROUNDS);
  } finally {
    rmSync(cache, { recursive: true });
  }
}
