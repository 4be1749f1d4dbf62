import { readableName, shorten } from '../../runtime/format.ts';
import type { Logger } from '../../runtime/logger.ts';
import { ImpossibleValueError } from './columns.ts';
import type { Database } from './database.ts';

/** Different ones that are told; whoever wrote thousands of odd rows has seen the point by then. */
const TOLD_AT_MOST = 100;
const LONGEST_REASON = 300;

/** Tells of a stored row that cannot be read, once for each value of each column. */
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
 * What `read` makes of each row. One that holds what cannot be ours (written by hand, or by another version) is left out and told of: for
 * lists of which each row stands by itself. Rows that are added up, or that decide what is booked or mailed next, are not for this: leaving
 * one out would tell a wrong number, or do something twice.
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
