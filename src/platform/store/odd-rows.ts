import { readableName, shorten } from '../../runtime/format.ts';
import type { Logger } from '../../runtime/logger.ts';
import { ImpossibleValueError } from './columns.ts';
import type { Database } from './database.ts';

/** Different ones that are logged; further ones would add nothing. */
const TOLD_AT_MOST = 100;
const LONGEST_REASON = 300;

/** Logs a stored row that cannot be read, once for each value of each column. */
export type OddRowTeller = (fault: ImpossibleValueError) => void;

export function createOddRowTeller(place: string, logger: Logger | undefined): OddRowTeller {
  const told = new Set<string>();
  return ({ message }) => {
    if (told.has(message) || told.size >= TOLD_AT_MOST) return;
    told.add(message);
    const reason = shorten(readableName(message), LONGEST_REASON);
    logger?.warn({ database: place, reason }, 'invalid row in the database, left out');
  };
}

/**
 * Applies `read` to each row. A row with an invalid value (edited manually, or from another version) is left out and logged. Only for lists
 * of independent rows: where rows are added up, or decide what is booked or mailed next, leaving one out would give a wrong number or do
 * something twice.
 */
export function readEach<Row, Result>(
  database: Pick<Database, 'tellOddRow'>,
  rows: readonly Row[],
  read: (row: Row) => Result,
): Result[] {
  return rows.flatMap((row) => {
    try {
      return [read(row)];
    } catch (error) {
      if (!(error instanceof ImpossibleValueError)) throw error;
      database.tellOddRow(error);
      return [];
    }
  });
}
