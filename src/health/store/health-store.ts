import { sql } from 'kysely';
import { z } from 'zod';
import type { IncidentWriter } from '../../incidents/ports.ts';
import type { NoticeWriter } from '../../notices/ports.ts';
import { bulkUpserts, runInOrder } from '../../platform/store/bulk.ts';
import { countOf, integerOf, nullable, textOf, wordOf } from '../../platform/store/columns.ts';
import type { Database, DatabaseTransaction, Queries } from '../../platform/store/database.ts';
import { databaseNow } from '../../platform/store/database-clock.ts';
import { inParts } from '../../platform/store/in-parts.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import { shorten } from '../../runtime/format.ts';
import { NOTHING_TOLD, type Told, type WaitingNews } from '../gather.ts';
import { NEWS_EVENTS, type News } from '../news.ts';
import type { DeviceRecord, HealthBatch, HealthBook, HealthNotice, Turn } from '../ports.ts';
import { RECORD_COLUMNS, recordOfRow, rowOfRecord } from './record.ts';
import { type HealthTransaction, healthQueries, healthTransaction } from './schema.ts';
import { rowOfPart, SPAN_TARGET } from './span-rows.ts';
import { sumUpWan } from './wan-spans.ts';

/** The one row. */
const WATCH = 1n;
const ROWS_AT_ONCE = 1000;
const LONGEST_REASON = 250;
const KINDS = ['device', 'flapping', 'ill', 'line'] as const;

const RECORD_TARGET = {
  table: 'health_states',
  columns: RECORD_COLUMNS,
  key: ['device'],
  replace: RECORD_COLUMNS.filter((column) => column !== 'device'),
  add: [],
};

const storedTold = z.object({
  last: z.partialRecord(z.enum(NEWS_EVENTS), z.number()),
  holdUntil: z.number().nullable(),
});

/** How the devices are, kept in a database. */
export function createHealthStore({
  database,
  notices,
  incidents,
}: {
  readonly database: Database;
  readonly notices: NoticeWriter<DatabaseTransaction>;
  readonly incidents: IncidentWriter<DatabaseTransaction>;
}): HealthBook {
  const now = databaseNow(database.kind);
  const later = (leaseMs: number) => sql<bigint>`${now} + ${BigInt(leaseMs)}`;

  async function claim(holder: string, at: number, leaseMs: number): Promise<Turn | null> {
    return await database.transaction(async (transaction) => {
      const tables = healthTransaction(transaction);
      await makeWatch(tables, database.kind, holder, at);
      // The one that writes first has the row; the other one finds it taken.
      await tables
        .updateTable('health_watch')
        .set({ holder, until_at: later(leaseMs) })
        .where('id', '=', WATCH)
        .where(({ eb, or }) => or([eb('holder', '=', holder), eb('until_at', '<=', now)]))
        .execute();
      const watch = await tables
        .selectFrom('health_watch')
        .select(['holder', 'seen_at', 'blind_since'])
        .where('id', '=', WATCH)
        .executeTakeFirstOrThrow();
      if (watch.holder !== holder) return null;
      return {
        seenAt: integerOf('health_watch.seen_at', watch.seen_at),
        blindSince: nullable(integerOf, 'health_watch.blind_since', watch.blind_since),
      };
    });
  }

  async function commit(...[batch, leaseMs, tell]: Parameters<HealthBook['commit']>): Promise<boolean> {
    return await database.transaction(async (transaction) => {
      const tables = healthTransaction(transaction);
      const { numUpdatedRows } = await tables
        .updateTable('health_watch')
        .set({
          until_at: later(leaseMs),
          seen_at: BigInt(batch.at),
          last_batch: batch.id,
          blind_since: batch.blindSince === null ? null : BigInt(batch.blindSince),
        })
        .where('id', '=', WATCH)
        .where('holder', '=', batch.holder)
        .where('last_batch', '<>', batch.id)
        .executeTakeFirst();
      const watch = await tables
        .selectFrom('health_watch')
        .select(['last_batch', 'told'])
        .where('id', '=', WATCH)
        .executeTakeFirst();
      // A commit whose answer was lost counts.
      if (numUpdatedRows !== 1n) return watch?.last_batch === batch.id;
      await writeBatch(transaction, database.kind, batch);
      await sumUpWan(transaction, database.kind, batch);
      for (const { kind, subject, is, at, summary } of batch.incidents) {
        if (is === 'open') await incidents.open(transaction, kind, { subject, openedAt: at, summary });
        else await incidents.close(transaction, kind, { subject, closedAt: at });
      }
      const told = toldOf(watch?.told);
      const telling = tell(await waitingNews(tables, database), told);
      if (telling.ids.length > 0) await deleteNews(tables, telling.ids);
      await tables
        .updateTable('health_watch')
        .set({ told: JSON.stringify(telling.told) })
        .where('id', '=', WATCH)
        .execute();
      for (const { notice, event, news } of telling.notices) {
        const about = news.map(({ device, since, incident }) => ({ kind: incident, subject: device, openedAt: since }));
        await notices.write(transaction, [
          await incidents.link(transaction, notice, about, isEnd(event) ? 'end' : 'opening'),
        ]);
      }
      return true;
    });
  }

  return {
    claim,
    commit,
    async release(holder) {
      await database.read((queries) =>
        healthQueries(queries)
          .updateTable('health_watch')
          .set({ until_at: now })
          .where('id', '=', WATCH)
          .where('holder', '=', holder)
          .execute(),
      );
    },
    load: () => loadRecords(database),
  };
}

/** Of these devices, of all without any. A row that cannot be read begins anew. */
export async function loadRecords(database: Database, devices?: readonly string[]): Promise<DeviceRecord[]> {
  const select = (queries: Queries) => healthQueries(queries).selectFrom('health_states').select(RECORD_COLUMNS);
  const rows =
    devices === undefined
      ? await database.read((queries) => select(queries).execute())
      : await inParts(devices, ROWS_AT_ONCE, (part) =>
          database.read((queries) => select(queries).where('device', 'in', part).execute()),
        );
  return readEach(database, rows, recordOfRow);
}

async function makeWatch(tables: HealthTransaction, kind: Database['kind'], holder: string, at: number): Promise<void> {
  const insert = tables.insertInto('health_watch').values({
    ...{ id: WATCH, holder, until_at: 0n, seen_at: BigInt(at), last_batch: '', blind_since: null },
    told: JSON.stringify(NOTHING_TOLD),
  });
  await (kind === 'mysql' ? insert.ignore() : insert.onConflict((conflict) => conflict.doNothing())).execute();
}

async function writeBatch(transaction: DatabaseTransaction, kind: Database['kind'], batch: HealthBatch): Promise<void> {
  const tables = healthTransaction(transaction);
  const records = batch.records.map((record) => rowOfRecord(record, batch.at));
  if (records.length > 0) await runInOrder(transaction, bulkUpserts(kind, RECORD_TARGET, records));
  if (batch.parts.length > 0) {
    await runInOrder(transaction, bulkUpserts(kind, SPAN_TARGET, batch.parts.map(rowOfPart)));
  }
  await inParts(batch.transitions, ROWS_AT_ONCE, async (part) => {
    const rows = part.map(({ device, at, from, to, reason, latencyMs }) => ({
      ...{ device, at: BigInt(at), from_state: from, to_state: to, reason: clipped(reason), latency_ms: latencyMs },
    }));
    await tables.insertInto('health_transitions').values(rows).execute();
    return [];
  });
  await inParts(batch.news, ROWS_AT_ONCE, async (part) => {
    const rows = part.map(({ device, event, at, since, incident, reason }) => ({
      ...{ device, event, at: BigInt(at), since_at: BigInt(since), incident, reason: clipped(reason) },
    }));
    await tables.insertInto('health_news').values(rows).execute();
    return [];
  });
}

/** In the order in which it came. */
async function waitingNews(tables: HealthTransaction, database: Database): Promise<WaitingNews[]> {
  const rows = await tables.selectFrom('health_news').selectAll().orderBy('id').execute();
  return readEach(database, rows, (row) => ({
    id: countOf('health_news.id', row.id),
    device: textOf('health_news.device', row.device),
    event: wordOf('health_news.event', row.event, NEWS_EVENTS),
    at: integerOf('health_news.at', row.at),
    since: integerOf('health_news.since_at', row.since_at),
    incident: incidentKindOf('health_news.incident', row.incident),
    reason: nullable(textOf, 'health_news.reason', row.reason),
  }));
}

async function deleteNews(tables: HealthTransaction, ids: readonly number[]): Promise<void> {
  await inParts(ids, ROWS_AT_ONCE, async (part) => {
    await tables.deleteFrom('health_news').where('id', 'in', part.map(BigInt)).execute();
    return [];
  });
}

/** What another version wrote and this one does not know counts as nothing told: then something may be told a round earlier. */
function toldOf(json: string | undefined): Told {
  try {
    return storedTold.safeParse(JSON.parse(json ?? '')).data ?? NOTHING_TOLD;
  } catch {
    return NOTHING_TOLD;
  }
}

/** Whether a notice follows up another one. */
function isEnd(event: HealthNotice['event']): boolean {
  return event === 'up' || event === 'steady' || event === 'cleared';
}

function incidentKindOf(column: string, value: unknown): News['incident'] {
  const text = textOf(column, value);
  return text.startsWith('warning.') ? `warning.${text.slice('warning.'.length)}` : wordOf(column, text, KINDS);
}

function clipped(reason: string | null): string | null {
  return reason === null ? null : shorten(reason, LONGEST_REASON);
}
