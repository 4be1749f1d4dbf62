import type { Clock } from '../runtime/clock.ts';
import { createDigest, digestTable, type TableDigest } from './digest.ts';
import type { CopyMarks, Row, Table, TableReader, TableWriter } from './ports.ts';
import { brokenOff, inUse, sourceChanged } from './troubles.ts';

export interface CopyDeps {
  readonly source: TableReader;
  readonly target: TableReader & TableWriter;
  readonly marks: CopyMarks;
  readonly clock: Clock;
  /** Called after each page. */
  readonly onProgress: (table: string, rows: number) => void;
  readonly signal: AbortSignal;
}

/** One table on both sides, as read again after the copy. */
export interface ComparedTable {
  readonly table: string;
  readonly sourceRows: number;
  readonly targetRows: number;
  /** Whether every row is the same. */
  readonly isSame: boolean;
}

/** Rows in one transaction. */
const PAGE_ROWS = 1_000;
/** The same where a row may have megabytes. */
const LONG_PAGE_ROWS = 20;

/**
 * Copies all tables into an empty database, ids included, and compares both sides row by row. An interrupted copy is continued, or
 * started again when the source has changed since. Rejects with a `TroubleError`: `COPY_TARGET_IN_USE` when the target holds anything
 * else, `COPY_SOURCE_CHANGED` when somebody wrote to the source meanwhile, `COPY_BROKEN_OFF` on the signal.
 */
export async function copyBooks(deps: CopyDeps): Promise<ComparedTable[]> {
  const { source, target, marks, clock } = deps;
  const tables = sameTables(await source.tables(), await target.tables());
  const state = await stateOf(deps, tables);
  const mark = await marks.find();
  if (mark?.finishedAt == null) {
    if (mark === null && (await holdsAnything(target, tables))) throw inUse();
    if (mark !== null && mark.source !== state) for (const table of tables.toReversed()) await target.clear(table);
    const begun = { source: state, begunAt: mark?.begunAt ?? clock.now(), finishedAt: null };
    await marks.keep(begun);
    for (const table of tables) await copyTable(deps, table);
  }
  const compared = await compare(deps, tables);
  if ((await stateOf(deps, tables)) !== state) throw sourceChanged();
  const isSame = compared.every((each) => each.isSame);
  if (mark?.finishedAt != null) {
    if (!isSame) throw inUse();
  } else {
    const begunAt = mark?.begunAt ?? clock.now();
    // A copy that differs keeps no source, so that the next try starts from the beginning.
    await marks.keep(
      isSame ? { source: state, begunAt, finishedAt: clock.now() } : { source: '', begunAt, finishedAt: null },
    );
  }
  return compared;
}

/** Both databases have the newest schema: a difference is a bug. */
function sameTables(source: readonly Table[], target: readonly Table[]): readonly Table[] {
  const said = (tables: readonly Table[]) =>
    tables.map(({ name, columns, key }) => `${name} (${columns.toSorted()}; ${key})`).sort();
  const [ours, theirs] = [said(source), said(target)];
  const different = ours.find((table, index) => table !== theirs[index]);
  if (ours.length !== theirs.length || different !== undefined) {
    throw new Error(`the two schemas differ: ${different ?? theirs.at(-1)}`);
  }
  return source;
}

async function stateOf({ source, signal }: CopyDeps, tables: readonly Table[]): Promise<string> {
  const state = createDigest();
  for (const table of tables.filter(({ showsWork }) => showsWork)) {
    const { digest } = await digestTable(source, table, pageRows(table), signal);
    state.add([table.name, digest]);
  }
  return state.text();
}

async function holdsAnything(target: TableWriter, tables: readonly Table[]): Promise<boolean> {
  for (const table of tables) if ((await target.lastKey(table)) !== null) return true;
  return false;
}

/** Pages are written in the order of the key, each as a whole: what is there is a beginning. */
async function copyTable({ source, target, onProgress, signal }: CopyDeps, table: Table): Promise<void> {
  const limit = pageRows(table);
  const keyOf = (row: Row) => table.key.map((column) => row[table.columns.indexOf(column)] ?? null);
  let after: Row | null = await target.lastKey(table);
  for (;;) {
    if (signal.aborted) throw brokenOff();
    const rows = await source.page(table, after, limit);
    const last = rows.at(-1);
    if (last === undefined) return;
    await target.insert(table, rows);
    onProgress(table.name, rows.length);
    after = keyOf(last);
  }
}

async function compare({ source, target, signal }: CopyDeps, tables: readonly Table[]): Promise<ComparedTable[]> {
  const compared: ComparedTable[] = [];
  for (const table of tables) {
    const read = (side: TableReader): Promise<TableDigest> => digestTable(side, table, pageRows(table), signal);
    const [ours, theirs] = [await read(source), await read(target)];
    const isSame = ours.digest === theirs.digest;
    compared.push({ table: table.name, sourceRows: ours.rows, targetRows: theirs.rows, isSame });
  }
  return compared;
}

function pageRows({ hasLongRows }: Table): number {
  return hasLongRows ? LONG_PAGE_ROWS : PAGE_ROWS;
}
