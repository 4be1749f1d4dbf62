import { z } from 'zod';
import { timeOfDay, weekday } from '../platform/config/fields.ts';
import { fieldIn } from '../platform/config/written.ts';
import type { Period } from '../usage/accounting/quota.ts';

const at = timeOfDay;
const rows = z.int().min(1).max(100_000).default(200);

const report = z.discriminatedUnion(
  'every',
  [
    z.strictObject({
      every: z.literal('day').default('day'),
      at,
      covers: z.enum(['today', 'yesterday']).default('today'),
      rows,
    }),
    z.strictObject({ every: z.literal('week'), on: weekday.default('monday'), at, rows }),
    z.strictObject({ every: z.literal('month'), at, rows }),
  ],
  { error: (issue) => (issue.code === 'invalid_union' ? "must be 'day', 'week' or 'month'" : undefined) },
);

/** One report or a list of them; becomes a list. */
export const reportSettings = z
  .union([report, z.array(report)], 'must be a report or a list of reports')
  .transform((given) => (Array.isArray(given) ? given : [given]));

/** The periods that reports cover, of a configuration as written. */
export function reportedPeriods(config: unknown): Period[] {
  const report = fieldIn(config, 'report') ?? {};
  return (Array.isArray(report) ? report : [report]).flatMap(periodOf);
}

function periodOf(report: unknown): Period[] {
  const every = fieldIn(report, 'every') ?? 'day';
  return every === 'day' || every === 'week' || every === 'month' ? [every] : [];
}
