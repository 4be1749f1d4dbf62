import { createMailTemplates } from '../../../src/notices/channels/mail/templates.ts';
import { openDatabase } from '../../../src/platform/store/database.ts';
import { composeReport } from '../../../src/reports/compose.ts';
import { createReportTemplate } from '../../../src/reports/template.ts';
import { keepHeapSmall } from '../../../src/runtime/heap.ts';
import type { Coverage } from '../../../src/usage/accounting/coverage.ts';
import { createCalendar } from '../../../src/usage/accounting/day.ts';
import { createUsageSums } from '../../../src/usage/store/usage-sums.ts';
import { conditionOf } from '../../support/conditions.ts';
import { usageOf } from '../../support/report-usage.ts';
import { type Cost, costOf } from '../harness.ts';
import { peakMemoryMib } from './peak-memory.ts';

/** Writes each report some times over; tells its parent what each took and the peak of its memory. */
const [url = '', timeZone = '', now = '', rounds = '', ...periods] = process.argv.slice(2);

keepHeapSmall();
const database = openDatabase({ url });
const calendar = createCalendar(timeZone);
const deps = {
  usageOf: usageOf({
    archive: createUsageSums({ database }),
    calendar,
    quotas: [
      { match: 'vip-*', dailyGb: 50 },
      { match: 'server', unlimited: true },
      { dailyGb: 10, warnAtPercent: [80] },
    ],
    retentionDays: 40,
  }),
  calendar,
  retentionDays: 40,
  conditions: () => [conditionOf('edge-1', { lastReadAt: Number(now) })],
  template: createReportTemplate(createMailTemplates()),
};

const today = calendar.dayOf(Number(now));
const costs: Record<string, Cost[]> = {};
for (const period of periods) {
  const startDay = period === 'month' ? calendar.addDays(today, -29) : today;
  const coverage: Coverage = { period: period === 'month' ? 'month' : 'day', days: { startDay, endDay: today } };
  costs[period] = [];
  for (let round = 0; round < Number(rounds); round += 1) {
    costs[period].push(await costOf(() => composeReport(coverage, 200, Number(now), deps)));
  }
}
await database.close();
process.send?.({ costs, peakMib: peakMemoryMib() });
process.disconnect?.();
