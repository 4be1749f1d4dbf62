import { type Clock, clockTrouble } from '../runtime/clock.ts';
import { ok, troubled } from './finding.ts';
import type { PartFinding } from './ports.ts';

/** The clock of the machine that `check` runs on: it dates the bytes. */
export function judgeMachineClock(clock: Pick<Clock, 'now' | 'earliestAt'>): PartFinding {
  const trouble = clockTrouble(clock);
  return trouble === null ? ok('clock', "this machine's clock can be right") : troubled('clock', trouble);
}
