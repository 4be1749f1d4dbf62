import { TroubleError } from '../../runtime/errors.ts';
import type { Where } from '../ports.ts';

type Rows = readonly Readonly<Record<string, string>>[];

/** The rows, if all of them are what was asked for: who answers with others has not understood, and what it meant nobody knows. */
export function asAsked(rows: Rows, menu: string, where: Where | undefined): Rows {
  if (where === undefined) return rows;
  const wanted = new Set(where.values.map((value) => value.toLowerCase()));
  if (rows.every((row) => wanted.has((row[where.property] ?? '').toLowerCase()))) return rows;
  throw new TroubleError(
    'HEALING_ODD_ANSWER',
    `the device answered with other rows of ${menu} than it was asked for`,
    'Look at this menu on the router.',
  );
}
