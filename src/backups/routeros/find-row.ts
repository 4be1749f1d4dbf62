import { type Argument, type Row, unquoted } from './rows.ts';

/** Tells which rows of a menu a `find` with some arguments would find. */
export interface RowFinder {
  /** All rows that say the same in each of these arguments, those that `set` changed among them; `null`: there are too many that may. */
  find(args: readonly Argument[]): readonly Row[] | null;
}

/** Rows that are looked at one by one: a text may be made of rows that are hard to tell apart. */
const MOST_LOOKED_AT = 1_000;

export function createRowFinder(rows: readonly Row[]): RowFinder {
  const byArgument = new Map<string, Row[]>();
  for (const row of rows) {
    if (row.verb !== 'add' && row.verb !== 'set') continue;
    for (const key of new Set(row.args.map(keyOf))) byArgument.getOrInsertComputed(key, () => []).push(row);
  }
  return {
    find(args) {
      const keys = args.map(keyOf);
      const [fewest = []] = keys
        .map((key) => byArgument.get(key) ?? [])
        .sort((one, other) => one.length - other.length);
      if (fewest.length > MOST_LOOKED_AT) return null;
      return fewest.filter((row) => {
        const own = new Set(row.args.map(keyOf));
        return keys.every((key) => own.has(key));
      });
    },
  };
}

function keyOf({ name, value }: Argument): string {
  return `${name}=${unquoted(value)}`;
}
