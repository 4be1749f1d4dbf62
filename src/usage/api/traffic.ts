import { instant } from '../../platform/http/days.ts';
import type { Calendar } from '../accounting/day.ts';
import type { HourShare } from '../explain.ts';
import { type DayShare, gapMs, type Traffic, type TrafficGap } from '../traffic.ts';

/** What the users of one router, or of all of them, moved in the last 24 hours and on the last seven days. */
export interface TrafficData {
  /** The first instant of the hours, and the one after them, ISO 8601. */
  readonly from: string;
  readonly to: string;
  /** By UTC hours, in order; `hourAt` is Unix ms. An hour of which nobody knows whether anything was moved is left out. */
  readonly hours: readonly HourShare[];
  /** In order, today last; days before anything is on record are left out, and those without bytes that nobody saw. */
  readonly days: readonly TrafficDay[];
  /** Times without a value, of all seven days. */
  readonly gaps: readonly TrafficGapEntry[];
  /** Bytes of the days of these hours that are in no hour: they were read after a long gap. */
  readonly unplacedBytes: bigint;
}

export interface TrafficDay extends DayShare {
  /** For how long data is missing. */
  readonly missingSeconds: number;
}

export interface TrafficGapEntry extends Pick<TrafficGap, 'reason' | 'routers'> {
  /** ISO 8601; `to` is the first instant after it. */
  readonly from: string;
  readonly to: string;
}

export function trafficData({ within, hours, days, gaps, unplacedBytes }: Traffic, calendar: Calendar): TrafficData {
  return {
    from: instant(within.startAt),
    to: instant(within.endAt),
    hours,
    days: days.map((share) => {
      const ofDay = { startAt: calendar.startOf(share.day), endAt: calendar.endOf(share.day) };
      return { ...share, missingSeconds: Math.ceil(gapMs(gaps, ['lost', 'not-read'], ofDay) / 1000) };
    }),
    gaps: gaps.map(({ startAt, endAt, reason, routers }) => ({
      ...{ from: instant(startAt), to: instant(endAt), reason, routers },
    })),
    unplacedBytes,
  };
}
