import { z } from 'zod';
import { gigabytes, glob, line, mailAddress } from '../platform/config/fields.ts';
import { type Contradiction, fieldIn, isObject, listIn } from '../platform/config/written.ts';
import type { Period } from '../usage/accounting/quota.ts';

/** A rule of the quotas. */
export const quotaSettings = z.strictObject({
  match: glob.exactOptional(),
  comment: glob.exactOptional(),
  router: line.exactOptional(),
  unlimited: z.boolean().default(false),
  ignore: z.boolean().default(false),
  dailyGb: gigabytes.exactOptional(),
  weeklyGb: gigabytes.exactOptional(),
  monthlyGb: gigabytes.exactOptional(),
  monthStartsOn: z.int().min(1).max(31).default(1),
  counts: z.enum(['download', 'upload', 'total']).default('download'),
  warnAtPercent: z.array(z.int().min(1).max(1000)).default([]),
  to: z.array(mailAddress).min(1).exactOptional(),
});

/** A rule is one thing: a limit, unlimited or ignored. */
export function findQuotaContradictions(config: unknown): Contradiction[] {
  return listIn(fieldIn(config, 'quotas')).flatMap((rule, index) => {
    const kinds = [
      fieldIn(rule, 'unlimited') === true ? 'unlimited' : null,
      fieldIn(rule, 'ignore') === true ? 'ignore' : null,
      limitsOf(rule).length > 0 ? 'a limit' : null,
    ].filter((kind) => kind !== null);
    const path = ['quotas', index];
    if (kinds.length === 0 && isObject(rule)) {
      return [{ path, message: 'needs dailyGb, weeklyGb, monthlyGb, unlimited or ignore' }];
    }
    if (kinds.length > 1) return [{ path, message: `${kinds.join(' and ')} exclude each other; keep one` }];
    return [];
  });
}

/** The periods that have a limit, of a configuration as written. */
export function limitedPeriods(config: unknown): Period[] {
  return listIn(fieldIn(config, 'quotas')).flatMap(limitsOf);
}

function limitsOf(rule: unknown): Period[] {
  const limits = { dailyGb: 'day', weeklyGb: 'week', monthlyGb: 'month' } as const;
  return Object.entries(limits).flatMap(([key, period]) => (fieldIn(rule, key) === undefined ? [] : [period]));
}
