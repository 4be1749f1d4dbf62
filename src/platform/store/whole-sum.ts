import { type RawBuilder, sql } from 'kysely';
import type { Database } from './database.ts';

/** The sum of a column of whole numbers as one, no decimal, which MariaDB makes of it; 0 where there is no row. */
export function wholeSum(kind: Database['kind'], column: string): RawBuilder<bigint> {
  return sql<bigint>`CAST(COALESCE(SUM(${sql.ref(column)}), 0) AS ${sql.raw(kind === 'mysql' ? 'SIGNED' : 'INTEGER')})`;
}
