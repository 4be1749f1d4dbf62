import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { sql } from 'kysely';
import { type ComparedTable, copyBooks } from '../../../src/copy/copy.ts';
import type { TableReader, TableWriter } from '../../../src/copy/ports.ts';
import { createCopyMarks, createTableStore, refuseUnfinishedCopy } from '../../../src/copy/store/copy-store.ts';
import type { Database } from '../../../src/platform/store/database.ts';
import { COMMAND_TABLES } from '../../../src/platform/store/tables.ts';
import { WRITTEN_TABLES } from '../../../src/tables.ts';
import { type FreshDatabase, freshMysql, freshSqlite, migrated } from '../../support/databases.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const never = new AbortController().signal;
const NAMES = [
  'bob',
  'bob ',
  'BOB',
  "'; DROP TABLE queues; --",
  '\u{1F4A9}\u0000\u001b[31m',
  'ü'.repeat(255),
  '',
  '\\',
];
const MOST = 2n ** 64n - 1n;
const DAYS = ['2026-06-08', '2026-06-09', '2026-06-10'];
const HOURS = 24;

/** Books with something of everything, more than one page of the long tables. */
async function fill(database: Database): Promise<void> {
  await database.transaction(async (books) => {
    const doubles = [0.1 + 0.2, 86_401_100, 1e21, Number.MIN_VALUE, null];
    for (const [index, double] of doubles.entries()) {
      await sql`INSERT INTO routers (id, name, revision, sampled_at, uptime_ms, end_uptime_ms, monotonic_ms, reader, serial)
        VALUES (${index + 3}, ${`router ${index} `}, ${`revision ${index}`}, ${1_780_000_000_000 + index}, ${5}, ${double},
          ${double}, ${null}, ${''})`.execute(books);
    }
    // Numbers with gaps, as after a purge.
    for (const [index, name] of NAMES.entries()) {
      await sql`INSERT INTO queues (id, router_id, name, user, is_parent)
        VALUES (${7 * index + 2}, ${3}, ${name}, ${name}, ${index % 2})`.execute(books);
      const counter = [MOST, MOST / 2n, 0n, null][index % 4] ?? '';
      await sql`INSERT INTO baseline_parts (router_id, part, listed, packed)
        VALUES (${3}, ${`*${index.toString(16)}`}, ${1}, ${`F ${7 * index + 2} ${counter} ${counter} missing 5\n`})`.execute(
        books,
      );
      for (const day of DAYS) {
        await sql`INSERT INTO usage_daily
          (day, queue_id, upload_bytes, download_bytes, estimated_bytes, unobserved_ms, restarts, comment)
          VALUES (${day}, ${7 * index + 2}, ${MOST / 4n}, ${index}, ${0}, ${1}, ${2}, ${index % 2 ? name : null})`.execute(
          books,
        );
        const hours = Array.from(
          { length: HOURS * 5 },
          (_, hour) => sql`(${day}, ${hour * 3_600_000}, ${7 * index + 2}, ${hour}, ${2n ** 60n})`,
        );
        await sql`INSERT INTO usage_hourly (day, hour_at, queue_id, upload_bytes, download_bytes)
          VALUES ${sql.join(hours)}`.execute(books);
      }
      await sql`INSERT INTO unobserved_spans (queue_id, from_at, to_at)
        VALUES (${7 * index + 2}, ${1_780_000_000_000}, ${1_780_000_000_001 + index})`.execute(books);
      await sql`INSERT INTO events (id, router_id, at, code, queue, detail)
        VALUES (${index + 10}, ${3}, ${index}, ${'QUEUE_GONE'}, ${name}, ${'it was gone'})`.execute(books);
    }
    for (let mail = 0; mail < 50; mail++) {
      await sql`INSERT INTO mails (id, recipients, subject, text_body, html_body, file_name, file_type, file_content, state,
        created_at, period_end, due_at, give_up_at, claim, sent_at, trouble)
        VALUES (${`${String(mail).padStart(8, '0')}-0000-0000-0000-000000000000`}, ${'["a@example.com"]'}, ${'\u{1F4A9}'},
        ${'line\r\nline\n'}, ${'<p>'.repeat(30_000)}, ${null}, ${null}, ${mail % 2 ? 'a,b\r\n' : null}, ${'sent'}, ${1}, ${'2026-06-10'},
        ${2}, ${3}, ${null}, ${mail}, ${null})`.execute(books);
    }
    for (let notice = 0; notice < 50; notice++) {
      await sql`INSERT INTO notices (id, kind, subject, letter, text_body, html_body, file_name, file_type, file_content, created_at,
        period_end, worth_until, state, sent_at, attempts)
        VALUES (${`n${notice}`}, ${'quota'}, ${'\u{1F4A9}'}, ${notice % 2 ? '{}' : null}, ${'line\r\nline\n'}, ${'<p>'.repeat(30_000)},
        ${null}, ${null}, ${notice % 2 ? 'a,b\r\n' : null}, ${1}, ${'2026-06-10'}, ${3}, ${'sent'}, ${notice}, ${2})`.execute(
        books,
      );
      await sql`INSERT INTO deliveries (notice, channel, address, state, due_at, attempts, refusals, claim, sent_at, trouble)
        VALUES (${`n${notice}`}, ${'mail'}, ${'größe <a@example.com>'}, ${'sent'}, ${2}, ${2}, ${1}, ${null}, ${notice}, ${'no'})`.execute(
        books,
      );
    }
    await sql`INSERT INTO incidents (id, kind, subject, opened_at, closed_at, is_open)
      VALUES (${7}, ${'blind'}, ${'bob '}, ${1}, ${2}, ${null}), (${9}, ${'blind'}, ${'bob '}, ${3}, ${null}, ${1})`.execute(
      books,
    );
    await sql`INSERT INTO breaches (id, router, user, period, period_start, period_end, threshold, limit_bytes, counted_bytes,
      noticed_at, day, state, mail_id) VALUES (${4}, ${'router 0 '}, ${'bob '}, ${'day'}, ${'2026-06-10'}, ${'2026-06-10'}, ${100},
      ${10n ** 18n}, ${10n ** 18n + 1n}, ${5}, ${'2026-06-10'}, ${'unsent'}, ${null})`.execute(books);
    await sql`INSERT INTO job_runs (job, started_at, duration_ms, outcome, code)
      VALUES (${'purge'}, ${1}, ${0.30000000000000004}, ${'ok'}, ${null})`.execute(books);
    await sql`INSERT INTO router_clocks (router_id, reader, boot_id) VALUES (${3}, ${'größe '}, ${'boot'})`.execute(
      books,
    );
    await sql`INSERT INTO router_watches (router, watched_since, blind_since) VALUES (${'bob '}, ${1}, ${null})`.execute(
      books,
    );
  });
}

const known = [...WRITTEN_TABLES, ...COMMAND_TABLES];

async function setUp(t: TestContext, from: FreshDatabase, to: FreshDatabase) {
  const one = await migrated(from);
  t.after(() => one.drop());
  const other = await migrated(to);
  t.after(() => other.drop());
  await fill(one.database);
  const source = createTableStore({ database: one.database, known });
  const target = createTableStore({ database: other.database, known });
  const marks = createCopyMarks({ database: other.database });
  const clock = createManualClock(1_790_000_000_000);
  const copy = (change: { source?: TableReader; target?: TableReader & TableWriter; signal?: AbortSignal } = {}) =>
    copyBooks({ source, target, marks, clock, onProgress: () => {}, signal: never, ...change });
  return { one, other, source, target, marks, copy };
}

function rowsOf(compared: readonly ComparedTable[]): Record<string, number> {
  return Object.fromEntries(
    compared.flatMap(({ table, targetRows }) => (targetRows > 0 ? [[table, targetRows] as const] : [])),
  );
}

const ALL = {
  routers: 5,
  queues: 8,
  baseline_parts: 8,
  breaches: 1,
  deliveries: 50,
  events: 8,
  incidents: 2,
  job_runs: 1,
  mails: 50,
  notices: 50,
  router_clocks: 1,
  router_watches: 1,
  unobserved_spans: 8,
  usage_daily: 24,
  usage_hourly: 2_880,
};

for (const [name, from, to] of [
  ['from SQLite to MariaDB', freshSqlite, freshMysql],
  ['from MariaDB to SQLite', freshMysql, freshSqlite],
  ['from SQLite to SQLite', freshSqlite, freshSqlite],
] as const) {
  describe(`a copy ${name}`, () => {
    it('has every row of every table as it was, numbers included', async (t) => {
      const { copy, other, source, target } = await setUp(t, from, to);
      const compared = await copy();
      assert.ok(compared.every(({ isSame }) => isSame));
      assert.deepEqual(rowsOf(compared), ALL);
      for (const table of await source.tables()) {
        const text = (rows: readonly unknown[]) =>
          JSON.stringify(rows, (_key, value) => (value === null ? null : String(value)));
        assert.equal(text(await source.page(table, null, 20)), text(await target.page(table, null, 20)), table.name);
      }
      await refuseUnfinishedCopy(other.database);
      await other.database.read((books) =>
        sql`INSERT INTO events (router_id, at, code, detail) VALUES (3, 1, 'X', 'next')`.execute(books),
      );
      const ids = await other.database.read((books) =>
        sql<{ id: bigint }>`SELECT MAX(id) AS id FROM events`.execute(books),
      );
      assert.equal(ids.rows[0]?.id, 18n);
    });

    it('goes on after it was broken off, and the database is refused until it is complete', async (t) => {
      const { copy, other, target } = await setUp(t, from, to);
      let inserts = 0;
      const dying = {
        ...target,
        async insert(...given: Parameters<typeof target.insert>) {
          if (++inserts > 6) throw new Error('killed');
          await target.insert(...given);
        },
      };
      await assert.rejects(copy({ target: dying }), /killed/);
      await assert.rejects(refuseUnfinishedCopy(other.database), { code: 'COPY_UNFINISHED' });
      const copied: string[] = [];
      const watched = {
        ...target,
        async insert(...given: Parameters<typeof target.insert>) {
          copied.push(given[0].name);
          await target.insert(...given);
        },
      };
      assert.deepEqual(rowsOf(await copy({ target: watched })), ALL);
      assert.ok(!copied.includes('routers'), 'it began anew');
      await refuseUnfinishedCopy(other.database);
    });
  });
}

describe('a copy', () => {
  it('ends at the signal, and goes on later', async (t) => {
    const { copy } = await setUp(t, freshSqlite, freshSqlite);
    const aborter = new AbortController();
    aborter.abort();
    await assert.rejects(copy({ signal: aborter.signal }), { code: 'COPY_BROKEN_OFF' });
    assert.deepEqual(rowsOf(await copy()), ALL);
  });

  it('is the same when it is made again, and refused once the target has gone its own way', async (t) => {
    const { copy, other } = await setUp(t, freshSqlite, freshSqlite);
    await copy();
    assert.ok((await copy()).every(({ isSame }) => isSame));
    await other.database.read((books) => sql`UPDATE usage_daily SET upload_bytes = 1`.execute(books));
    await assert.rejects(copy(), { code: 'COPY_TARGET_IN_USE' });
  });

  it('is refused by a database that holds anything else, which stays as it is', async (t) => {
    const { copy, other } = await setUp(t, freshSqlite, freshMysql);
    await other.database.read((books) => sql`INSERT INTO routers (id, name) VALUES (1, 'mine')`.execute(books));
    await assert.rejects(copy(), { code: 'COPY_TARGET_IN_USE' });
    const { rows } = await other.database.read((books) =>
      sql<{ name: string }>`SELECT name FROM routers`.execute(books),
    );
    assert.deepEqual(
      rows.map(({ name }) => name),
      ['mine'],
    );
    await refuseUnfinishedCopy(other.database);
  });

  it('is not called done when a worker books meanwhile, and begins anew after that', async (t) => {
    const { copy, one, other, source } = await setUp(t, freshSqlite, freshMysql);
    let pages = 0;
    const alive: TableReader = {
      ...source,
      async page(...given) {
        if (++pages === 12) {
          await one.database.transaction(async (books) => {
            await sql`UPDATE routers SET revision = 'another' WHERE id = 3`.execute(books);
            await sql`UPDATE usage_daily SET upload_bytes = upload_bytes + 1 WHERE queue_id = 2`.execute(books);
          });
        }
        return await source.page(...given);
      },
    };
    await assert.rejects(copy({ source: alive }), { code: 'COPY_SOURCE_CHANGED' });
    await assert.rejects(refuseUnfinishedCopy(other.database), { code: 'COPY_UNFINISHED' });
    const compared = await copy();
    assert.ok(compared.every(({ isSame }) => isSame));
    assert.deepEqual(rowsOf(compared), ALL);
  });

  it('names the table that is not the same, and begins anew after that', async (t) => {
    const { copy, other, target } = await setUp(t, freshSqlite, freshMysql);
    const careless = {
      ...target,
      async insert(...[table, rows]: Parameters<typeof target.insert>) {
        await target.insert(table, table.name === 'usage_daily' ? rows.slice(1) : rows);
      },
    };
    const compared = await copy({ target: careless });
    assert.deepEqual(
      compared.filter(({ isSame }) => !isSame),
      [{ table: 'usage_daily', sourceRows: 24, targetRows: 23, isSame: false }],
    );
    await assert.rejects(refuseUnfinishedCopy(other.database), { code: 'COPY_UNFINISHED' });
    assert.ok((await copy()).every(({ isSame }) => isSame));
  });
});
