import { sql } from 'kysely';
import { integerOf, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database, Queries } from '../../platform/store/database.ts';
import type { OwnTable } from '../../platform/store/own-table.ts';
import { asTypedAlone } from '../../runtime/command-name.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { CopyMark, CopyMarks, Row, Table, TableReader, TableWriter, Value } from '../ports.ts';

/** SQLite takes up to 32,766 values in a statement, servers at least 4 MiB. */
const MOST_VALUES = 20_000;
const MOST_TEXT = 1_000_000;
const DELETED_AT_ONCE = 1_000;

/** The tables of a database; those that are there and not among `known`, of later migrations, are copied like most. */
export function createTableStore({
  database,
  known,
}: {
  readonly database: Database;
  readonly known: readonly OwnTable[];
}): TableReader & TableWriter {
  async function page(table: Table, after: Row | null, limit: number): Promise<Row[]> {
    const rows: Row[] = [];
    // `(a, b) > (x, y)` in parts that an index answers each by itself: b > y where a = x, then a > x.
    for (let depth = after === null ? 0 : table.key.length - 1; depth >= 0 && rows.length < limit; depth--) {
      const conditions = (after ?? []).slice(0, depth + 1).map((value, place) => {
        const column = sql.ref(table.key[place] ?? '');
        return place === depth ? sql`${column} > ${value}` : sql`${column} = ${value}`;
      });
      const where = conditions.length === 0 ? sql`` : sql`WHERE ${sql.join(conditions, sql` AND `)}`;
      const query = sql<Record<string, unknown>>`SELECT ${names(table.columns)} FROM ${sql.table(table.name)} ${where}
        ORDER BY ${names(table.key)} LIMIT ${sql.lit(limit - rows.length)}`;
      const result = await database.read((queries) => query.execute(queries));
      for (const row of result.rows) rows.push(table.columns.map((column) => columnValue(table, column, row[column])));
    }
    return rows;
  }

  async function lastKey(table: Table): Promise<Row | null> {
    const order = table.key.map((column) => sql`${sql.ref(column)} DESC`);
    const query = sql<Record<string, unknown>>`SELECT ${names(table.key)} FROM ${sql.table(table.name)}
      ORDER BY ${sql.join(order)} LIMIT 1`;
    const [row] = (await database.read((queries) => query.execute(queries))).rows;
    return row === undefined ? null : table.key.map((column) => columnValue(table, column, row[column]));
  }

  async function insert(table: Table, rows: readonly Row[]): Promise<void> {
    const statements = [...portions(rows)].map((portion) => {
      const values = portion.map((row) => sql`(${sql.join(row.map((value) => storable(value)))})`);
      return sql`INSERT INTO ${sql.table(table.name)} (${names(table.columns)}) VALUES ${sql.join(values)}`;
    });
    await database.transaction(async (transaction) => {
      for (const statement of statements) await statement.execute(transaction);
    });
  }

  async function clear(table: Table): Promise<void> {
    for (;;) {
      const rows = await page({ ...table, columns: table.key }, null, DELETED_AT_ONCE);
      const last = rows.at(-1);
      if (last === undefined) return;
      await database.transaction((transaction) =>
        sql`DELETE FROM ${sql.table(table.name)} WHERE ${upTo(table.key, last)}`.execute(transaction),
      );
    }
  }

  return { tables: () => findTables(database, known), page, lastKey, insert, clear };
}

/** `(a, b) <= (x, y)`, in a form that every server looks up in the key. */
function upTo([column = '', ...others]: readonly string[], [value = null, ...rest]: Row): ReturnType<typeof sql> {
  const name = sql.ref(column);
  if (others.length === 0) return sql`${name} <= ${value}`;
  return sql`${name} <= ${value} AND (${name} < ${value} OR (${upTo(others, rest)}))`;
}

function names(columns: readonly string[]) {
  return sql.join(columns.map((column) => sql.ref(column)));
}

/** SQLite takes integers of 63 bits; the larger counters are kept as text there, and a server reads them from text too. */
function storable(value: Value): Value {
  return typeof value === 'bigint' && value > 9_223_372_036_854_775_807n ? String(value) : value;
}

function* portions(rows: readonly Row[]): Generator<Row[]> {
  let portion: Row[] = [];
  let values = 0;
  let text = 0;
  for (const row of rows) {
    const rowText = row.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 0), 0);
    if (portion.length > 0 && (values + row.length > MOST_VALUES || text + rowText > MOST_TEXT)) {
      yield portion;
      portion = [];
      values = 0;
      text = 0;
    }
    portion.push(row);
    values += row.length;
    text += rowText;
  }
  if (portion.length > 0) yield portion;
}

function columnValue(table: Table, column: string, value: unknown): Value {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    return value;
  throw new Error(`${table.name}.${column} holds a ${typeof value}`);
}

async function findTables(database: Database, known: readonly OwnTable[]): Promise<Table[]> {
  const factsOf = (name: string): OwnTable => known.find((table) => table.name === name) ?? { name };
  const columns = await database.read((queries) =>
    database.kind === 'mysql' ? mysqlColumns(queries) : sqliteColumns(queries),
  );
  const tables = [...Map.groupBy(columns, ({ table }) => table)].map(([name, all]): Table => {
    const key = all.filter((column) => column.keyPlace > 0).sort((one, other) => one.keyPlace - other.keyPlace);
    const { hasLongRows = false, showsWork = false } = factsOf(name);
    return {
      name,
      columns: all.map(({ column }) => column),
      key: key.map(({ column }) => column),
      hasLongRows,
      showsWork,
    };
  });
  const parents = known.filter(({ isParent }) => isParent === true).map(({ name }) => name);
  const rank = ({ name }: Table) => (parents.includes(name) ? parents.indexOf(name) : parents.length);
  return tables
    .filter(({ name }) => factsOf(name).staysHere !== true)
    .sort((one, other) => rank(one) - rank(other) || (one.name < other.name ? -1 : 1));
}

interface CatalogueColumn {
  readonly table: string;
  readonly column: string;
  /** From 1; 0 when it is not in the primary key. */
  readonly keyPlace: number;
}

async function mysqlColumns(queries: Queries): Promise<CatalogueColumn[]> {
  const { rows } = await sql<Record<string, unknown>>`
    SELECT c.TABLE_NAME AS table_name, c.COLUMN_NAME AS column_name, COALESCE(k.ORDINAL_POSITION, 0) AS key_place
    FROM information_schema.COLUMNS c
    JOIN information_schema.TABLES t
      ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME AND t.TABLE_TYPE = 'BASE TABLE'
    LEFT JOIN information_schema.KEY_COLUMN_USAGE k
      ON k.TABLE_SCHEMA = c.TABLE_SCHEMA AND k.TABLE_NAME = c.TABLE_NAME AND k.COLUMN_NAME = c.COLUMN_NAME
      AND k.CONSTRAINT_NAME = 'PRIMARY'
    WHERE c.TABLE_SCHEMA = DATABASE()
    ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION`.execute(queries);
  return rows.map(catalogueColumn);
}

async function sqliteColumns(queries: Queries): Promise<CatalogueColumn[]> {
  const { rows } = await sql<Record<string, unknown>>`
    SELECT t.name AS table_name, c.name AS column_name, c.pk AS key_place
    FROM sqlite_master t JOIN pragma_table_info(t.name) c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'
    ORDER BY t.name, c.cid`.execute(queries);
  return rows.map(catalogueColumn);
}

function catalogueColumn(row: Record<string, unknown>): CatalogueColumn {
  return {
    table: textOf('catalogue.table_name', row['table_name']),
    column: textOf('catalogue.column_name', row['column_name']),
    keyPlace: integerOf('catalogue.key_place', row['key_place']),
  };
}

/** Where a copy into this database stands. */
export function createCopyMarks({ database }: { readonly database: Database }): CopyMarks {
  return {
    async find() {
      const query = sql<Record<string, unknown>>`SELECT source, begun_at, finished_at FROM copies WHERE id = 1`;
      const [row] = (await database.read((queries) => query.execute(queries))).rows;
      if (row === undefined) return null;
      return {
        source: textOf('copies.source', row['source']),
        begunAt: integerOf('copies.begun_at', row['begun_at']),
        finishedAt: nullable(integerOf, 'copies.finished_at', row['finished_at']),
      };
    },
    async keep({ source, begunAt, finishedAt }: CopyMark) {
      await database.transaction(async (transaction) => {
        await sql`DELETE FROM copies`.execute(transaction);
        await sql`INSERT INTO copies (id, source, begun_at, finished_at)
          VALUES (1, ${source}, ${begunAt}, ${finishedAt})`.execute(transaction);
      });
    },
  };
}

/** Rejects with a `TroubleError` when a copy into this database is not complete: what is booked onto half of the data would be wrong. */
export async function refuseUnfinishedCopy(database: Database): Promise<void> {
  const mark = await createCopyMarks({ database }).find();
  if (mark === null || mark.finishedAt !== null) return;
  throw new TroubleError(
    'COPY_UNFINISHED',
    `the database ${database.place} holds an incomplete copy of another database`,
    `Stop the worker and run \`${asTypedAlone('copy')}\` again, until both databases are the same.`,
  );
}
