import type { Clock } from '../runtime/clock.ts';
import { shareByKey, shareWork } from '../runtime/shared-work.ts';
import type { Coverage } from './accounting/coverage.ts';
import { createDaysReader, type DaysUsage } from './days-usage.ts';
import type { HistoryDeps } from './history.ts';

/** Reads the stored usage of some days; a recent result may be reused for a moment. */
export interface DaysUsageReads {
  readonly usageToday: () => Promise<DaysUsage>;
  /** Of other days than today. */
  readonly usageOf: (coverage: Coverage) => Promise<DaysUsage>;
}

/** One reading for all who ask at the same time, by `hostClock`; `clock` is the worker's, and says which day is today. */
export function shareDays({
  clock,
  hostClock,
  ...deps
}: HistoryDeps & { readonly clock: Pick<Clock, 'now'>; readonly hostClock: Clock }): DaysUsageReads {
  const readUsage = createDaysReader(deps);
  return {
    usageToday: shareWork(() => readUsage(clock.now()), hostClock),
    usageOf: shareByKey(
      ({ period, days }: Coverage) => `${period} ${days.startDay} ${days.endDay}`,
      (coverage) => readUsage(clock.now(), coverage),
      hostClock,
    ),
  };
}
