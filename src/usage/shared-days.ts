import type { Clock } from '../runtime/clock.ts';
import { shareByKey, shareWork } from '../runtime/shared-work.ts';
import type { Coverage } from './accounting/coverage.ts';
import { createDaysReader, type DaysUsage } from './days-usage.ts';
import type { HistoryDeps } from './history.ts';
import { createTrafficReader, type TrafficDeps, type TrafficSums } from './read-traffic.ts';
import type { Traffic } from './traffic.ts';

/** Reads the stored usage of some days; a recent result may be reused for a moment. */
export interface DaysUsageReads {
  readonly usageToday: () => Promise<DaysUsage>;
  /** Of other days than today. */
  readonly usageOf: (coverage: Coverage) => Promise<DaysUsage>;
  /** Of today, with what one router, or all of them, moved lately: both say the same of today. */
  readonly trafficToday: (router: string | null) => Promise<TodayTraffic>;
}

export interface TodayTraffic {
  readonly usage: DaysUsage;
  readonly traffic: Traffic;
}

export interface SharedDaysDeps extends HistoryDeps, Pick<TrafficDeps, 'conditions'> {
  readonly trafficSums: TrafficSums;
  readonly clock: Pick<Clock, 'now'>;
  readonly hostClock: Clock;
}

/** One reading for all who ask at the same time, by `hostClock`; `clock` is the worker's, and says which day is today. */
export function shareDays({ clock, hostClock, trafficSums, conditions, ...deps }: SharedDaysDeps): DaysUsageReads {
  const readUsage = createDaysReader(deps);
  const usageToday = shareWork(() => readUsage(clock.now()), hostClock);
  return {
    usageToday,
    usageOf: shareByKey(
      ({ period, days }: Coverage) => `${period} ${days.startDay} ${days.endDay}`,
      (coverage) => () => readUsage(clock.now(), coverage),
      hostClock,
    ),
    trafficToday: shareByKey(
      (router) => JSON.stringify(router),
      (router) => {
        const readTraffic = createTrafficReader({ ...deps, sums: trafficSums, conditions }, router);
        return async () => {
          const usage = await usageToday();
          return { usage, traffic: await readTraffic(usage) };
        };
      },
      hostClock,
    ),
  };
}
