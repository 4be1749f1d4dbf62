import { type Clock, clockTrouble } from '../runtime/clock.ts';
import type { PartFinding } from '../runtime/finding.ts';
import { ok, troubled } from '../runtime/finding.ts';

/** The clock of the machine that `check` runs on: it dates the bytes. */
export function judgeMachineClock(clock: Pick<Clock, 'now' | 'earliestAt'>): PartFinding {
  const trouble = clockTrouble(clock);
  return trouble === null ? ok('clock', "this machine's clock can be right") : troubled('clock', trouble);
}
