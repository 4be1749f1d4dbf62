import { z } from 'zod';
import { type Coverage, coverageOfDays } from '../accounting/coverage.ts';
import { periodOf, type Weekday } from '../accounting/quota.ts';
import { rankingQuery, typedRankingQuery } from './ranking.ts';

const PERIODS = ['day', 'week', 'month'] as const;
/** Limits, so that days computed from it (years before, weeks after) are valid in every database. */
const day = z.iso.date().refine((text) => '1970' < text && text < '9999', 'must be a day from 1970 to 9998');

/** A ranking, and of which days; of today without any. */
export const daysRankingQuery = rankingQuery.extend({
  period: z.enum(PERIODS).default('day'),
  day: day.optional(),
  from: day.optional(),
  to: day.optional(),
});

/** The same as people may have typed it: what is not understood is left out. */
export const typedDaysRankingQuery = typedRankingQuery.extend({
  period: z.enum(PERIODS).catch('day'),
  day: day.optional().catch(undefined),
  from: day.optional().catch(undefined),
  to: day.optional().catch(undefined),
});

export type DaysRankingQuery = z.output<typeof daysRankingQuery>;

/** The days from `from` to `to`, which go before all else, or the `period` that holds `day`. They may begin after they end. */
export function coverageOf(
  { period, day, from, to }: Pick<DaysRankingQuery, 'period' | 'day' | 'from' | 'to'>,
  { today, weekStartsOn }: { readonly today: string; readonly weekStartsOn: Weekday },
): Coverage {
  if (from !== undefined || to !== undefined) {
    return coverageOfDays({ startDay: from ?? to ?? today, endDay: to ?? today });
  }
  const { startDay, endDay } = periodOf(period, day ?? today, { weekStartsOn, monthStartsOn: 1 });
  return { period, days: { startDay, endDay } };
}

/** Days in the wrong order are swapped; the last day defaults to today. */
export function inOrder<Query extends Pick<DaysRankingQuery, 'from' | 'to'>>(query: Query, today: string): Query {
  const { from, to = today } = query;
  return from !== undefined && from > to ? { ...query, from: to, to: from } : query;
}
