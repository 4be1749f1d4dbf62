import { type RawBuilder, sql } from 'kysely';
import { integerOf } from './columns.ts';
import type { Database, Queries } from './database.ts';

/**
 * The database's own clock as an expression, Unix ms: what several workers agree on by time goes by it, for their own clocks may differ.
 * The nodes of a cluster have a clock each, which have to be kept right.
 */
export function databaseNow(kind: Database['kind']): RawBuilder<bigint> {
  return kind === 'mysql'
    ? sql<bigint>`CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)`
    : sql<bigint>`CAST(unixepoch('subsec') * 1000 AS INTEGER)`;
}

/** Unix ms by the database's clock. */
export async function readDatabaseClock(kind: Database['kind'], queries: Queries): Promise<number> {
  const { rows } = await sql<{ now: unknown }>`SELECT ${databaseNow(kind)} AS now`.execute(queries);
  return integerOf('the clock of the database', rows[0]?.now);
}
