import type { Calendar } from '../accounting/day.ts';
import type { QuotaPolicy } from '../accounting/quota.ts';
import type { UsageArchive } from '../features/usage/ports.ts';
import { type QueueUsage, type UserUsage, usageByQueue, usageByUser } from '../features/usage/query.ts';
import { queueUsageCsv, userUsageCsv } from '../features/usage/usage-csv.ts';
import type { Clock } from '../runtime/clock.ts';
import { formatFullDay, readableName } from '../runtime/format.ts';
import { toJson } from '../runtime/json.ts';
import { type DayOptions, type DayRange, resolveDays } from './days.ts';
import type { Screen } from './render/screen.ts';
import { type Heading, renderUsageTable } from './render/usage-table.ts';

export const USAGE_GROUPINGS = ['user', 'queue'] as const;
export const OUTPUT_FORMATS = ['table', 'json', 'csv'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export interface UsageOptions extends DayOptions {
  readonly by: (typeof USAGE_GROUPINGS)[number];
  readonly format: OutputFormat;
  readonly router?: string;
  readonly match?: string;
}

export interface UsageCommandDeps {
  readonly archive: UsageArchive;
  readonly policies: readonly QuotaPolicy[];
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly screen: Screen;
}

/** What `usage` prints. Throws a `UsageError` for days that make no sense. */
export async function runUsage(deps: UsageCommandDeps, options: UsageOptions): Promise<string> {
  const { archive, policies, calendar, clock } = deps;
  const range = resolveDays(options, calendar, clock.now());
  const query = {
    ...range,
    ...(options.router === undefined ? {} : { router: options.router }),
    ...(options.match === undefined ? {} : { match: options.match }),
  };
  if (options.by === 'queue') return printQueues(await usageByQueue(archive, query), range, deps, options.format);
  return printUsers(await usageByUser(archive, policies, query), range, deps, options.format);
}

function printUsers(
  usage: readonly UserUsage[],
  range: DayRange,
  deps: UsageCommandDeps,
  format: OutputFormat,
): string {
  if (format === 'json') return toJson(usage);
  if (format === 'csv') return userUsageCsv(usage);
  const lines = usage.map((row) => ({
    ...row,
    names: [row.user],
    bar:
      row.limitBytes === null ? null : { counted: row.countedBytes, limit: row.limitBytes, percent: row.usedPercent },
    isSummed: true,
  }));
  return renderUsageTable(headingOf(range, deps, 'by user', ['User']), lines, deps.screen);
}

function printQueues(
  usage: readonly QueueUsage[],
  range: DayRange,
  deps: UsageCommandDeps,
  format: OutputFormat,
): string {
  if (format === 'json') return toJson(usage);
  if (format === 'csv') return queueUsageCsv(usage);
  const lines = usage.map((row) => ({
    ...row,
    names: [row.queue, row.user === row.queue ? '' : row.user, row.comment ?? ''],
    bar: null,
    isSummed: !row.parent,
  }));
  return renderUsageTable(headingOf(range, deps, 'by queue', ['Queue', 'User', 'Comment']), lines, deps.screen);
}

function headingOf(range: DayRange, deps: UsageCommandDeps, by: string, nameTitles: readonly string[]): Heading {
  const { calendar, clock } = deps;
  const days =
    range.fromDay === range.toDay
      ? formatFullDay(range.fromDay)
      : `${formatFullDay(range.fromDay)} to ${formatFullDay(range.toDay)}`;
  const isOpen = range.toDay >= calendar.dayOf(clock.now());
  return {
    text: `Usage ${by}, ${days}${isOpen ? ', so far' : ''} (${readableName(calendar.timeZone)})`,
    nameTitles,
    hasDays: range.fromDay !== range.toDay,
  };
}
