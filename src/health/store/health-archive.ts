import { doubleOf, integerOf, nullable, textOf, wordOf } from '../../platform/store/columns.ts';
import type { Database, Queries } from '../../platform/store/database.ts';
import { databaseNow } from '../../platform/store/database-clock.ts';
import { inParts } from '../../platform/store/in-parts.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import { wholeSum } from '../../platform/store/whole-sum.ts';
import type { HealthArchive, MaintenanceBook } from '../ports.ts';
import { STATES } from '../state.ts';
import { loadRecords } from './health-store.ts';
import { healthQueries } from './schema.ts';
import { spanOfRow } from './span-rows.ts';
import { readWanSpans } from './wan-spans.ts';

const WATCH = 1n;
const DEVICES_AT_ONCE = 200;

/** How devices were, as a database has it. */
export function createHealthArchive({ database }: { readonly database: Database }): HealthArchive {
  return {
    async watched() {
      const row = await database.read((queries) =>
        healthQueries(queries)
          .selectFrom('health_watch')
          .select(['seen_at', 'until_at', 'blind_since', databaseNow(database.kind).as('now')])
          .where('id', '=', WATCH)
          .executeTakeFirst(),
      );
      if (row === undefined) return { isWatched: false, seenAt: null, blindSince: null };
      const untilAt = integerOf('health_watch.until_at', row.until_at);
      const seenAt = integerOf('health_watch.seen_at', row.seen_at);
      const blindSince = nullable(integerOf, 'health_watch.blind_since', row.blind_since);
      return { isWatched: untilAt > integerOf('the clock of the database', row.now), seenAt, blindSince };
    },
    records: (devices) => loadRecords(database, devices),
    async transitions({ device, fromAt, toAt, most }) {
      const rows = await database.read((queries) => {
        let select = healthQueries(queries).selectFrom('health_transitions').selectAll();
        if (device !== undefined) select = select.where('device', '=', device);
        if (fromAt !== undefined) select = select.where('at', '>=', BigInt(fromAt));
        if (toAt !== undefined) select = select.where('at', '<', BigInt(toAt));
        return select.orderBy('at', 'desc').orderBy('id', 'desc').limit(most).execute();
      });
      return readEach(database, rows, (row) => ({
        device: textOf('health_transitions.device', row.device),
        at: integerOf('health_transitions.at', row.at),
        from: wordOf('health_transitions.from_state', row.from_state, STATES),
        to: wordOf('health_transitions.to_state', row.to_state, STATES),
        reason: nullable(textOf, 'health_transitions.reason', row.reason),
        latencyMs: nullable(doubleOf, 'health_transitions.latency_ms', row.latency_ms),
      }));
    },
    async times(fromAt, devices) {
      const sum = (column: 'up_ms' | 'down_ms') => wholeSum(database.kind, column);
      const select = (queries: Queries) =>
        healthQueries(queries)
          .selectFrom('health_spans')
          .select(['device', sum('up_ms').as('up_ms'), sum('down_ms').as('down_ms')])
          .where('length', '=', 'day')
          .where('starts_at', '>=', BigInt(fromAt))
          .groupBy('device');
      const rows = await database.read((queries) =>
        devices === undefined
          ? select(queries).execute()
          : inParts(devices, DEVICES_AT_ONCE, (part) => select(queries).where('device', 'in', part).execute()),
      );
      return readEach(database, rows, (row) => ({
        device: textOf('health_spans.device', row.device),
        upMs: integerOf('sum(health_spans.up_ms)', row.up_ms),
        downMs: integerOf('sum(health_spans.down_ms)', row.down_ms),
      }));
    },
    async outages(fromAt) {
      const rows = await database.read((queries) =>
        healthQueries(queries)
          .selectFrom('health_transitions')
          .select((build) => ['device', build.fn.countAll<bigint>().as('found')])
          .where('to_state', '=', 'down')
          .where('at', '>=', BigInt(fromAt))
          .groupBy('device')
          .execute(),
      );
      return new Map(
        rows.map((row) => [textOf('health_transitions.device', row.device), integerOf('count(*)', row.found)] as const),
      );
    },
    async spans(device, length, fromAt) {
      const rows = await database.read((queries) =>
        healthQueries(queries)
          .selectFrom('health_spans')
          .selectAll()
          .where('device', '=', device)
          .where('length', '=', length)
          .where('starts_at', '>=', BigInt(fromAt))
          .orderBy('starts_at')
          .execute(),
      );
      return readEach(database, rows, (row) => spanOfRow({ ...row }));
    },
    wan: (length, fromAt) => readWanSpans(database, length, fromAt),
  };
}

/** Maintenance windows, kept in a database. */
export function createMaintenanceStore({ database }: { readonly database: Database }): MaintenanceBook {
  return {
    async list() {
      const rows = await database.read((queries) =>
        healthQueries(queries)
          .selectFrom('maintenance_windows')
          .selectAll()
          .orderBy('starts_at')
          .orderBy('id')
          .execute(),
      );
      return readEach(database, rows, (row) => ({
        id: integerOf('maintenance_windows.id', row.id),
        device: nullable(textOf, 'maintenance_windows.device', row.device),
        tag: nullable(textOf, 'maintenance_windows.tag', row.tag),
        startsAt: integerOf('maintenance_windows.starts_at', row.starts_at),
        endsAt: integerOf('maintenance_windows.ends_at', row.ends_at),
        isWeekly: row.is_weekly === 1n,
      }));
    },
    // One statement: a lost answer leaves one window at most twice, which `maintenance list` shows.
    async add({ device, tag, startsAt, endsAt, isWeekly }) {
      return await database.transaction(async (transaction) => {
        const tables = healthQueries(transaction);
        const { insertId } = await tables
          .insertInto('maintenance_windows')
          .values({
            ...{ device, tag, starts_at: BigInt(startsAt), ends_at: BigInt(endsAt) },
            is_weekly: isWeekly ? 1n : 0n,
          })
          .executeTakeFirstOrThrow();
        return Number(insertId);
      });
    },
    async remove(id) {
      const { numDeletedRows } = await database.transaction((transaction) =>
        healthQueries(transaction).deleteFrom('maintenance_windows').where('id', '=', BigInt(id)).executeTakeFirst(),
      );
      return numDeletedRows === 1n;
    },
  };
}
