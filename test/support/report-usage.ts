import type { ReportUsageOf } from '../../src/reports/ports.ts';
import { readDays } from '../../src/usage/days-usage.ts';
import type { HistoryDeps } from '../../src/usage/history.ts';

/** What reports read, from these sums. */
export function usageOf(deps: HistoryDeps): ReportUsageOf {
  return (now, coverage) => readDays(now, coverage, deps);
}
