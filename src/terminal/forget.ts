import type { Clock } from '../runtime/clock.ts';
import type { Forget } from '../runtime/forget.ts';
import type { RecordingBook } from './ports.ts';

const DAY_MS = 86_400_000;

/** Forgets recordings after their own time; `retention.days` does not count here. */
export function forgetRecordings(deps: {
  readonly book: Pick<RecordingBook, 'countBefore' | 'removeBefore'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly days: number;
}): Forget {
  const { book, clock, days } = deps;
  return async (_limit, dryRun) => {
    const before = clock.now() - days * DAY_MS;
    const count = await (dryRun ? book.countBefore(before) : book.removeBefore(before));
    return count === 0 ? [] : [{ count, one: 'recording of a terminal', many: 'recordings of terminals' }];
  };
}
