import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openDatabase } from '../../src/platform/store/database.ts';
import { migrate } from '../../src/platform/store/migrate.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import type { Sample } from '../../src/usage/accounting/counter.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { accountSample } from '../../src/usage/accounting/delta.ts';
import { createBooking } from '../../src/usage/booking.ts';
import type { UsageLedger } from '../../src/usage/ports.ts';
import { createUsageArchive } from '../../src/usage/store/usage-archive.ts';
import { createUsageLedger } from '../../src/usage/store/usage-store.ts';
import { queue, sampleAt } from '../support/samples.ts';
import { createDice, type Dice, hostileText } from './random.ts';

const TABLES = [
  'routers',
  'router_clocks',
  'queues',
  'baseline_parts',
  'usage_daily',
  'usage_hourly',
  'unobserved_spans',
  'events',
];
const MINUTE_MS = 60_000;
/** Result codes of SQLite. */
const SQLITE_CONSTRAINT = 19;
const SQLITE_MISMATCH = 20;
const calendar = createCalendar('UTC');
const DAY = calendar.dayOf(sampleAt(MINUTE_MS, []).sampledAt);

/**
 * A database in which somebody changed values by hand, of any type: the archive and the ledger read it, or say which column holds what
 * cannot be; whatever is booked upon it is not negative.
 */
export async function fuzzDatabaseRows({ seed, rounds }: { readonly seed: number; readonly rounds: number }) {
  const dice = createDice(seed);
  const folder = mkdtempSync(join(tmpdir(), 'netsentinel-fuzz-'));
  const [clean, altered] = [join(folder, 'clean.db'), join(folder, 'altered.db')];
  let refused = 0;
  try {
    await makeBooks(clean);
    for (let round = 0; round < rounds; round += 1) {
      for (const suffix of ['-wal', '-shm']) rmSync(`${altered}${suffix}`, { force: true });
      copyFileSync(clean, altered);
      const change = alter(dice, altered);
      for (const attempt of attempts(altered)) {
        try {
          await attempt();
        } catch (error) {
          assert.ok(isSaid(error), `${change}: ${error instanceof Error ? error.stack : String(error)}`);
          refused += 1;
        }
      }
    }
    return { rounds, refused };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function isSaid(error: unknown): boolean {
  if (error instanceof TroubleError) return true;
  if (!(error instanceof Error)) return false;
  // Where a sum would keep what cannot be, the database itself refuses it.
  const isRefused = 'errcode' in error && [SQLITE_CONSTRAINT, SQLITE_MISMATCH].includes(Number(error.errcode) & 0xff);
  return isRefused || error.message.startsWith('the database holds an impossible value in ');
}

async function makeBooks(file: string): Promise<void> {
  const database = openDatabase({ url: `sqlite:${file}` });
  await migrate({ database });
  const ledger = createUsageLedger({ database });
  await book(ledger, sampleAt(0, [queue('amy', 10, 20), queue('bob', 30, 40)], { bootId: 'boot' }));
  await book(ledger, sampleAt(MINUTE_MS, [queue('amy', 15, 29), queue('bob', 1, 2)], { bootId: 'boot' }));
  await database.close();
  const raw = new DatabaseSync(file);
  // Whoever writes by hand may have another program, an older file or no checks: every type everywhere.
  raw.exec('PRAGMA journal_mode = DELETE');
  raw.enableDefensive?.(false);
  raw.exec(
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(replace(sql, ') STRICT, ', ') '), ') STRICT', ')')",
  );
  raw.close();
}

async function book(ledger: UsageLedger, sample: Sample): Promise<void> {
  await ledger.book('edge-1', (state) => {
    const dayStartAt = calendar.startOf(calendar.dayOf(sample.sampledAt));
    const account = accountSample(state, sample, {
      lineMbps: 1e4,
      dayStartAt,
      nowAt: sample.sampledAt,
      nowMonotonicMs: sample.monotonicMs,
      earliestAt: 0,
    });
    if (account === null) return null;
    const booking = createBooking(account, sample, calendar);
    for (const part of booking.usage) {
      assert.ok(part.uploadBytes >= 0n && part.downloadBytes >= 0n && part.unobservedMs >= 0, `${part.name}: negative`);
    }
    return booking;
  });
}

/** Changes one value of one table, and says which. */
function alter(dice: Dice, file: string): string {
  const raw = new DatabaseSync(file);
  try {
    raw.exec('PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF');
    const table = dice.pick(TABLES);
    const columns = raw.prepare(`SELECT name FROM pragma_table_info('${table}')`).all();
    const column = String(dice.pick(columns)['name']);
    const value = dice.pick([
      ...damagedTexts(dice, raw),
      ...[null, -1, 2, 0.5, 1e308, -(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n, Buffer.from([0xff, 0x00, 0xfe])],
      ...['-5', '1e3', '٣', 'present', '2026-99-99', hostileText(dice).replaceAll('\ud800', '')],
    ]);
    try {
      raw.prepare(`UPDATE OR IGNORE ${table} SET ${column} = ?`).run(value);
    } catch (error) {
      // NOT NULL holds even here.
      assert.match(String(error), /constraint|datatype mismatch/);
    }
    return `${table}.${column} = ${String(value).slice(0, 60)}`;
  } finally {
    raw.close();
  }
}

/** Packed baselines that were cut, put together or mistyped: they still look like some. */
function damagedTexts(dice: Dice, raw: DatabaseSync): string[] {
  const { packed } = raw.prepare('SELECT packed FROM baseline_parts').get() ?? {};
  const text = String(packed);
  const at = dice.below(text.length);
  return [
    text.slice(0, at),
    text.slice(at),
    text + text,
    text.slice(0, at) + dice.pick(['0', '9', ' ', '\n', '-', 'F', '']) + text.slice(at + 1),
  ];
}

function attempts(file: string): (() => Promise<unknown>)[] {
  const with_ = async (work: (database: ReturnType<typeof openDatabase>) => Promise<unknown>) => {
    const database = openDatabase({ url: `sqlite:${file}` });
    try {
      await work(database);
    } finally {
      await database.close();
    }
  };
  const days = { fromDay: '2026-01-01', toDay: '2026-12-31' };
  return [
    () => with_((database) => migrate({ database })),
    () => with_((database) => createUsageArchive({ database }).queueDays(days)),
    () => with_((database) => createUsageArchive({ database }).queueHours({ day: DAY, queue: 'amy' })),
    () => with_((database) => createUsageArchive({ database }).events({ fromAt: 0, toAt: 2 ** 45 })),
    () => with_((database) => createUsageArchive({ database }).unobserved({ fromAt: 0, toAt: 2 ** 45 })),
    () =>
      with_(async (database) => {
        const ledger = createUsageLedger({ database });
        await book(
          ledger,
          sampleAt(2 * MINUTE_MS, [queue('amy', 25, 39), queue('eve', 5, 5)], { reader: 'two', bootId: 'boot' }),
        );
        await book(ledger, sampleAt(3 * MINUTE_MS, [queue('amy', 26, 39)], { reader: 'two', bootId: 'boot' }));
      }),
  ];
}
