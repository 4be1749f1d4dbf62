/** A value of a table: text, an exact integer, a double. */
export type Value = string | number | bigint | null;
/** In the order of the table's columns. */
export type Row = readonly Value[];

export interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  /** Columns of the primary key, in its order. */
  readonly key: readonly string[];
  /** A row may have megabytes. */
  readonly hasLongRows: boolean;
  /** Whenever the worker does anything, this table or another one marked so changes. */
  readonly showsWork: boolean;
}

/** Reads the tables of a database. */
export interface TableReader {
  /** All tables with data, those first that others refer to. */
  tables(): Promise<readonly Table[]>;
  /** Up to `limit` rows in the order of the key, from the one after the given key on. */
  page(table: Table, after: Row | null, limit: number): Promise<Row[]>;
}

/** Writes them. */
export interface TableWriter {
  /** The highest key, `null` when the table is empty. */
  lastKey(table: Table): Promise<Row | null>;
  /** All of the rows or none. */
  insert(table: Table, rows: readonly Row[]): Promise<void>;
  /** Deletes every row, in small transactions. */
  clear(table: Table): Promise<void>;
}

/** Where a copy into a database stands. */
export interface CopyMark {
  /** Digest of what the source was like when it began. */
  readonly source: string;
  readonly begunAt: number;
  /** `null` while it is not complete. */
  readonly finishedAt: number | null;
}

/** Kept in the database that is copied to. */
export interface CopyMarks {
  find(): Promise<CopyMark | null>;
  keep(mark: CopyMark): Promise<void>;
}
