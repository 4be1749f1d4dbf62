import type { Clock } from '../../runtime/clock.ts';
import type { Forget } from '../../runtime/forget.ts';
import type { RunBook } from '../outcome.ts';
import type { BackupBook } from '../versions.ts';

const DAY_MS = 86_400_000;

/**
 * Forgets versions last seen longer ago than `days`, never the newest of a device, and the reports of runs that are past retention.
 * `book` is `null` without a key, `days` where versions are kept by their number alone.
 */
export function forgetBackups(deps: {
  readonly book: Pick<BackupBook, 'forget' | 'seenBefore'> | null;
  readonly runs: Pick<RunBook, 'forgetBefore'>;
  readonly days: number | null;
  readonly clock: Clock;
}): Forget {
  const { book, runs, days, clock } = deps;
  return async ({ beforeAt }, dryRun) => {
    if (!dryRun) await runs.forgetBefore(beforeAt);
    if (book === null || days === null) return [];
    const old = await book.seenBefore(clock.now() - days * DAY_MS);
    let count = dryRun ? old.length : 0;
    if (!dryRun) for (const { device, version } of old) if (await book.forget(device, version)) count += 1;
    return [{ count, one: 'configuration', many: 'configurations' }];
  };
}
