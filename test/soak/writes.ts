import { CompiledQuery } from 'kysely';
import { z } from 'zod';
import type { Database, Queries } from '../../src/platform/store/database.ts';

/** What a transaction of a worker wrote, in the order of the commits; `at` is this machine's clock, Unix ms. */
export type Write = z.output<typeof write>;

/** Of which change of a table the workers' own transactions write down what. Values are SQL. */
export interface Watched {
  readonly table: string;
  readonly event: 'INSERT' | 'UPDATE' | 'DELETE';
  /** `what` and the four values. */
  readonly values: readonly [string, string, string, string, string];
  readonly when?: string;
}

/** SQL of a text that says nothing. */
export const NOTHING = "''";

const COLUMNS: Record<Database['kind'], string> = {
  sqlite: `id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,
    what TEXT NOT NULL, one TEXT NOT NULL, two TEXT NOT NULL, three TEXT NOT NULL, four INTEGER NOT NULL`,
  mysql: `id BIGINT AUTO_INCREMENT PRIMARY KEY, at BIGINT NOT NULL,
    what VARBINARY(1020) NOT NULL, one VARBINARY(1020) NOT NULL, two VARBINARY(8000) NOT NULL, three VARBINARY(1020) NOT NULL,
    four BIGINT NOT NULL`,
};
const NOW: Record<Database['kind'], string> = {
  sqlite: "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
  mysql: 'CAST(UNIX_TIMESTAMP(SYSDATE(3)) * 1000 AS SIGNED)',
};

/** From now on each transaction of a worker writes down in `log` what it wrote; the schema has to be there. */
export async function watchWrites(database: Database, log: string, watched: readonly Watched[]): Promise<void> {
  const run = (statement: string) => database.read((queries) => queries.executeQuery(CompiledQuery.raw(statement)));
  await run(`CREATE TABLE ${log} (${COLUMNS[database.kind]})`);
  for (const [index, { table, event, values, when = '1 = 1' }] of watched.entries()) {
    const note = `INSERT INTO ${log} (at, what, one, two, three, four)
      SELECT ${NOW[database.kind]}, ${values.join(', ')} FROM (SELECT 1 AS number) AS single_row WHERE ${when}`;
    const body = database.kind === 'mysql' ? `FOR EACH ROW ${note}` : `BEGIN ${note}; END`;
    await run(`CREATE TRIGGER ${log}_${index} AFTER ${event} ON ${table} ${body}`);
  }
}

const text = z.string();
const write = z.object({
  ...{ at: z.coerce.number(), what: text, one: text, two: text, three: text },
  four: z.coerce.number(),
});

export async function readWrites(queries: Queries, log: string): Promise<Write[]> {
  const { rows } = await queries.executeQuery(
    CompiledQuery.raw(`SELECT at, what, one, two, three, four FROM ${log} ORDER BY id`),
  );
  return z.array(write).parse(rows);
}
