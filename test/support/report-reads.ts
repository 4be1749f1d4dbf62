import type { ReportReads } from '../../src/reports/ports.ts';
import { readDays } from '../../src/usage/days-usage.ts';
import type { HistoryDeps } from '../../src/usage/history.ts';
import type { UsageSums } from '../../src/usage/sums.ts';

/** What reports read, from these sums. */
export function createReportReads(deps: HistoryDeps & { readonly archive: Pick<UsageSums, 'lastReads'> }): ReportReads {
  return {
    usageOf: (now, coverage) => readDays(now, coverage, deps),
    lastReads: () => deps.archive.lastReads(),
  };
}
