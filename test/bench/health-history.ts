import { CompiledQuery } from 'kysely';
import { createRoster } from '../../src/devices/roster.ts';
import { readTransitions, readUptime } from '../../src/health/status.ts';
import { createHealthArchive } from '../../src/health/store/health-archive.ts';
import { forgetHealth } from '../../src/health/store/health-purger.ts';
import { SPAN_TARGET } from '../../src/health/store/span-rows.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { freshMysql, migrated } from '../support/databases.ts';
import { fleetOf, recordsOf } from '../support/fleet.ts';
import { writeHealth } from '../support/health-site.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { EVENING, servePages, TIME_ZONE } from '../support/pages.ts';
import { type BenchRow, costOf, measure } from './harness.ts';
import { views } from './pages.ts';

const DEVICES = 1_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** As they are kept: two years of days, 90 days of hours, 7 days of five minutes. */
const LENGTHS = [
  { length: 'day', stepMs: DAY_MS, count: 731 },
  { length: 'hour', stepMs: 3_600_000, count: 90 * 24 },
  { length: 'minutes', stepMs: 5 * MINUTE_MS, count: 7 * 288 },
] as const;
/** Of each device: down and up again every fourth day. */
const TRANSITIONS = 731 / 2;
const MOST_STEPS = Math.max(...LENGTHS.map(({ count }) => count));
const PAGE_LIMIT_MS = 100;
const MONTH_LIMIT_MS = 2_000;
const YEARS_LIMIT_MS = 5_000;

const calendar = createCalendar(TIME_ZONE);
const devices = fleetOf(DEVICES);

/** Two years of 1,000 devices, each with all that is kept: how large that is, and how long people and the purge wait for it. */
export async function run(): Promise<BenchRow[]> {
  return [...(await onSqlite()), ...(await onMariadb())];
}

async function onSqlite(): Promise<BenchRow[]> {
  const roster = createRoster([{ devices: () => devices, follow: () => {} }]);
  const pages = await servePages({ password: null, roster });
  const { database, clock, hostClock } = pages;
  try {
    await fill(database);
    const later = () => {
      clock.advance(MINUTE_MS);
      hostClock.advance(MINUTE_MS);
    };
    const page = await views(`${pages.url}/d/edge-1`, later);
    return [
      {
        name: `SQLite: page of one of ${DEVICES} devices, two years kept`,
        ...page,
        limit: PAGE_LIMIT_MS,
        limits: 'CPU',
      },
      ...(await ask('SQLite', database)),
    ];
  } finally {
    await pages.close();
  }
}

async function onMariadb(): Promise<BenchRow[]> {
  const { database, drop } = await migrated(freshMysql);
  try {
    await fill(database);
    return await ask('MariaDB', database);
  } finally {
    await drop();
  }
}

async function ask(store: string, database: Database): Promise<BenchRow[]> {
  const sizeMib = await sizeOf(database);
  const clock = createManualClock(EVENING);
  const archive = createHealthArchive({ database });
  const deps = { archive, devices: async () => devices, everyMs: 30_000, calendar, clock, timeZone: TIME_ZONE };
  const uptime = (days: number) => async () => {
    const entries = await readUptime(deps, days);
    if (entries.length !== DEVICES) throw new Error(`${entries.length} devices have an uptime`);
  };
  const month = { from: '2026-10-21', to: '2026-11-20' };
  const medians = await measure(
    {
      month: uptime(30),
      years: uptime(731),
      transitions: () => readTransitions(deps, { device: 'edge-1', ...month }),
    },
    5,
  );
  clock.advance(DAY_MS);
  const purge = await costOf(() => forgetHealth({ database, clock })({ beforeDay: '2024-11-20', beforeAt: 0 }, false));
  const what = `${store}: two years of ${DEVICES} devices`;
  return [
    { name: `${what}: size`, peakMib: sizeMib },
    { name: `${what}: uptime --days 30`, ...medians.month, limit: MONTH_LIMIT_MS },
    { name: `${what}: uptime --days 731`, ...medians.years, limit: YEARS_LIMIT_MS },
    { name: `${what}: transitions of a device, a month`, ...medians.transitions },
    { name: `${what}: purge of a day`, ...purge },
  ];
}

/** By statements of the database itself: written as a worker does it would take hours. */
async function fill(database: Database): Promise<void> {
  await writeHealth(database, { at: EVENING, records: recordsOf(devices, EVENING) });
  const run = (statement: string) => database.read((queries) => queries.executeQuery(CompiledQuery.raw(statement)));
  await run('CREATE TABLE bench_steps (step INTEGER PRIMARY KEY)');
  for (let step = 0; step < MOST_STEPS; step += 500) {
    const rows = Array.from({ length: Math.min(500, MOST_STEPS - step) }, (_, index) => `(${step + index})`);
    await run(`INSERT INTO bench_steps VALUES ${rows.join(',')}`);
  }
  const figures = SPAN_TARGET.columns.slice(6).map((_column, index) => ['10', '12.25', '131.5', '14.75'][index % 4]);
  const now = calendar.startOf(calendar.dayOf(EVENING));
  for (const { length, stepMs, count } of LENGTHS) {
    // Device by device, so that the rows come in the order in which they are kept; in parts, for a server that limits a transaction.
    for (const name of devices.map((device) => device.name)) {
      await run(`INSERT INTO health_spans (${SPAN_TARGET.columns.join(', ')})
        SELECT '${name}', '${length}', ${now} - step * ${stepMs}, ${stepMs - 90_000}, 60000, 30000, ${figures.join(', ')}
        FROM bench_steps WHERE step < ${count}`);
    }
  }
  await run(`INSERT INTO health_transitions (device, at, from_state, to_state, reason, latency_ms)
    SELECT device, ${now} - step * ${2 * DAY_MS}, 'up', 'down', 'answers ping, but not its API', NULL
    FROM health_states, bench_steps WHERE step < ${TRANSITIONS}`);
  await run('DROP TABLE bench_steps');
}

/** MiB of the tables of health, with their indexes; of SQLite the whole file, in which nothing else is. */
async function sizeOf(database: Database): Promise<number> {
  const found = await database.read(async (queries) => {
    if (database.kind === 'mysql') {
      for (const table of ['health_spans', 'health_transitions'])
        await queries.executeQuery(CompiledQuery.raw(`ANALYZE TABLE ${table}`));
    }
    return await queries.executeQuery<{ bytes: unknown }>(
      CompiledQuery.raw(
        database.kind === 'mysql'
          ? "SELECT SUM(data_length + index_length) AS bytes FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE 'health%'"
          : 'SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()',
      ),
    );
  });
  return Number(found.rows[0]?.bytes) / 1024 ** 2;
}
