import { TroubleError } from '../runtime/errors.ts';

/** A day: a later rollback would be forgotten and undo the hardening unexpectedly. */
const LONGEST_MINUTES = 24 * 60;

/**
 * The minutes until the router undoes everything by itself, as a text for the script; 0 for never.
 * @throws TroubleError `HARDENING_ROLLBACK`
 */
export function rollbackText(minutes: number): string {
  if (Number.isInteger(minutes) && minutes >= 0 && minutes <= LONGEST_MINUTES) return String(minutes);
  throw new TroubleError(
    'HARDENING_ROLLBACK',
    'the minutes until the rollback must be a whole number from 0 to 1440',
    'Give for example --rollback-minutes 10, or 0 for no rollback.',
  );
}
