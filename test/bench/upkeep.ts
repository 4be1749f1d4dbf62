import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { DailyPart, UsageLedger } from '../../src/usage/ports.ts';
import { createUsagePurger } from '../../src/usage/store/usage-purger.ts';
import { createUsageLedger } from '../../src/usage/store/usage-store.ts';
import { baselineOf, bookingAt, NOON, partOf } from '../support/bookings.ts';
import { freshMysql, freshSqlite, migrated } from '../support/databases.ts';
import { type BenchRow, type Cost, compare, costOf, medianCost } from './harness.ts';

const QUEUES = 10_000;
const DAYS = 30;
/** Days that have their hours, too: with them there are a million rows to delete. */
const HOURLY_DAYS = 3;
const POLLED_QUEUES = 1_000;
const POLLS = 40;
/** Each format so often; one before fills the compile cache. */
const COMMANDS = 5;
const HOUR_MS = 3_600_000;

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const TELL_PEAK = new URL('./children/tell-peak.ts', import.meta.url).href;
const MOST_USAGE_MIB = 256;
/** The first queue moves nothing and has no line; a table has a head of four lines and a sum of two. */
const LINES = DAYS * (QUEUES - 1);
const USAGE_COMMANDS = [
  { by: 'queue', format: 'json', lines: LINES + 2, limit: MOST_USAGE_MIB },
  { by: 'queue', format: 'csv', lines: LINES + 1, limit: MOST_USAGE_MIB },
  { by: 'user', format: 'json', lines: LINES + 2, limit: MOST_USAGE_MIB },
  // The widths of its columns are known only when all lines are.
  { by: 'queue', format: 'table', lines: LINES + 6 },
] as const;

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
    const usage = await usageCommands(store, test.url);

    const poll = createPoll(ledger);
    const calm: Cost[] = [];
    for (let round = 0; round < POLLS; round += 1) calm.push(await poll());
    const busy: Cost[] = [];
    let isPurging = true;
    const purging = costOf(() =>
      createUsagePurger({ database })
        .purge({ beforeDay: '2026-05-01', beforeAt: NOON }, false)
        .finally(() => {
          isPurging = false;
        }),
    );
    while (isPurging) busy.push(await poll());
    const purge = await purging;

    const booking = `${store}: book ${POLLED_QUEUES} queues`;
    return [
      ...usage,
      { name: booking, ...medianCost(calm) },
      // The purge is of the same process: its processor time counts.
      ...compare(`${booking} while ${rows} rows are purged`, medianCost(busy), [
        { against: booking, cost: medianCost(calm) },
      ]),
      { name: `${booking}, the slowest meanwhile`, ...slowestOf(busy), limit: 5_000 },
      { name: `${store}: that purge, with these`, ...purge },
    ];
  } finally {
    await test.drop();
  }
}

/** The command as a process: each format of a month, by queue and by user. */
async function usageCommands(store: string, url: string): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'netsentinel-bench-'));
  const config = join(folder, 'config.json');
  const router = { name: 'edge', host: '192.0.2.1', username: 'u', password: 'p' };
  writeFileSync(config, JSON.stringify({ timeZone: 'Asia/Karachi', database: url, routers: [router] }));
  try {
    const rows: BenchRow[] = [];
    for (const { by, format, lines, ...limit } of USAGE_COMMANDS) {
      const args = ['usage', '--by', by, '--format', format, '--config', config];
      let peakMib = 0;
      const costs: Cost[] = [];
      for (let round = 0; round <= COMMANDS; round += 1) {
        const told = await runCommand([...args, '--from', '2026-04-01', '--to', '2026-04-30']);
        if (told.lines !== lines) throw new Error(`usage printed ${told.lines} lines`);
        peakMib = Math.max(peakMib, told.peakMib);
        if (round > 0) costs.push(told);
      }
      const name = `${store}: usage --by ${by} --format ${format}, ${DAYS} days of ${QUEUES} queues`;
      rows.push({ name, ...medianCost(costs) }, { name: `${name}: peak memory`, peakMib, ...limit });
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function runCommand(
  args: readonly string[],
): Promise<Cost & { readonly lines: number; readonly peakMib: number }> {
  const startedMs = performance.now();
  const env = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'netsentinel-bench-cache') };
  const child = spawn(process.execPath, ['--import', TELL_PEAK, MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
    env,
  });
  const exited = once(child, 'close');
  const [, output, , told] = child.stdio as [null, Readable, null, Readable, undefined];
  const [lines, figures] = await Promise.all([countLines(output), text(told)]);
  const [code] = await exited;
  if (code !== 0) throw new Error(`the command ended with ${code}`);
  const [cpuMs = Number.NaN, peakMib = Number.NaN] = figures.split(' ').map(Number);
  return { lines, peakMib, cpuMs, ms: performance.now() - startedMs };
}

async function countLines(output: Readable): Promise<number> {
  let lines = 0;
  for await (const chunk of output as AsyncIterable<Buffer>) {
    for (const byte of chunk) if (byte === 0x0a) lines += 1;
  }
  return lines;
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

/** One booking after the other, of queues that all moved; gives what it took. */
function createPoll(ledger: UsageLedger): () => Promise<Cost> {
  const names = Array.from({ length: POLLED_QUEUES }, (_, index) => `customer-${index}`);
  let polls = 0;
  return async () => {
    polls += 1;
    const counter = { uploadBytes: BigInt(polls), downloadBytes: BigInt(9 * polls) };
    const booking = bookingAt(NOON + polls, {
      changedBaselines: names.map((name) => baselineOf(name, { counter })),
      usage: names.map((name) => partOf(name)),
    });
    return await costOf(() => ledger.book('edge', () => booking));
  };
}

function slowestOf(all: readonly Cost[]): Cost {
  return all.reduce((slowest, each) => (each.ms > slowest.ms ? each : slowest));
}
