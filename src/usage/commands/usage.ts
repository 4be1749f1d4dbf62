import { Option } from 'commander';
import { type DayOptions, type DayRange, resolveDays } from '../../platform/cli/days.ts';
import { type AddCommand, type Open, printFrom } from '../../platform/cli/frame.ts';
import { dayRangeOptions, formatOption, type OutputFormat } from '../../platform/cli/options.ts';
import type { Screen } from '../../platform/cli/render/screen.ts';
import { hintAtRetention } from '../../platform/cli/retention-hint.ts';
import type { Clock } from '../../runtime/clock.ts';
import { formatFullDay, readableName } from '../../runtime/format.ts';
import { toJson, toJsonPieces } from '../../runtime/json.ts';
import type { Calendar } from '../accounting/day.ts';
import type { QuotaPolicy } from '../accounting/quota.ts';
import type { UsageArchive } from '../ports.ts';
import { type QueueUsage, queueUsageByDay, type UsageQuery, type UserUsage, userUsageByDay } from '../query.ts';
import { type QueueRangeUsage, queueUsageOfRange, type UserRangeUsage, userUsageOfRange } from '../range-usage.ts';
import { queueRangeCsv, queueUsageCsvPieces, userRangeCsv, userUsageCsvPieces } from '../usage-csv.ts';
import { hintAtRouters } from './router-hint.ts';
import { type Heading, renderUsageTable, type UsageLine } from './usage-table.ts';

const GROUPINGS = ['user', 'queue'] as const;

const USER_TITLES = ['User'] as const;
const QUEUE_TITLES = ['Queue', 'User', 'Comment'] as const;

export interface UsageOptions extends DayOptions {
  readonly by: (typeof GROUPINGS)[number];
  readonly format: OutputFormat;
  readonly router?: string;
  readonly match?: string;
  /** One row for all days together. */
  readonly sum?: boolean;
}

/** What `usage` reads. */
export interface UsageBooks {
  readonly archive: UsageArchive;
  readonly policies: readonly QuotaPolicy[];
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly retentionDays: number;
}

type UsageDeps = Omit<UsageBooks, 'retentionDays'> & { readonly screen: Screen };

/** `usage`: how much each user or queue used. */
export function usageCommand({ open }: { readonly open: Open<UsageBooks> }): AddCommand {
  return (program, frame) => {
    const days = dayRangeOptions();
    program
      .command('usage')
      .description('Print usage by user or by queue; today without options')
      .addOption(new Option('--by <what>', 'one row for each').choices(GROUPINGS).default('user'))
      .addOption(days.day)
      .addOption(days.from)
      .addOption(days.to)
      .option('--sum', 'one row for all days together', false)
      .option('--router <name>', 'this router only')
      .option('--match <glob>', 'users or queues with such a name; * any characters, ? one')
      .addOption(formatOption())
      .addHelpText(
        'after',
        `
Examples:
  ${frame.commandName} usage
  ${frame.commandName} usage --day yesterday --match 'vip-*'
  ${frame.commandName} usage --from 2026-11-01 --to 2026-11-07 --sum
  ${frame.commandName} usage --by queue --from 2026-11-01 --to 2026-11-07 --format csv > week.csv`,
      )
      .action((options: UsageOptions) =>
        printFrom(open, frame, async (books) => {
          await hintAtRouters(books.archive, options.router, frame.stderr);
          hintAtRetention(books, options.from ?? options.day, frame.stderr);
          return runUsage({ ...books, screen: frame.screen }, options);
        }),
      );
  };
}

/** What `usage` prints, in pieces: a day at a time except for a table and for sums. Throws a `UsageError` for days that make no sense. */
export function runUsage(deps: UsageDeps, options: UsageOptions): AsyncIterable<string> {
  const { archive, policies, calendar, clock } = deps;
  const range = resolveDays(options, calendar, clock.now());
  const query = {
    ...range,
    ...(options.router === undefined ? {} : { router: options.router }),
    ...(options.match === undefined ? {} : { match: options.match }),
  };
  if (options.sum === true) return printSums(query, range, deps, options);
  if (options.by === 'queue') return printQueues(queueUsageByDay(archive, query), range, deps, options.format);
  return printUsers(userUsageByDay({ archive, policies, calendar }, query), range, deps, options.format);
}

function printUsers(
  days: AsyncIterable<readonly UserUsage[]>,
  range: DayRange,
  deps: UsageDeps,
  format: OutputFormat,
): AsyncIterable<string> {
  if (format === 'json') return toJsonPieces(days);
  if (format === 'csv') return userUsageCsvPieces(days);
  return printTable(headingOf(range, deps, 'by user', USER_TITLES), days, userLine, deps.screen);
}

function printQueues(
  days: AsyncIterable<readonly QueueUsage[]>,
  range: DayRange,
  deps: UsageDeps,
  format: OutputFormat,
): AsyncIterable<string> {
  if (format === 'json') return toJsonPieces(days);
  if (format === 'csv') return queueUsageCsvPieces(days);
  return printTable(headingOf(range, deps, 'by queue', QUEUE_TITLES), days, queueLine, deps.screen);
}

async function* printSums(
  query: UsageQuery,
  range: DayRange,
  deps: UsageDeps,
  { by, format }: UsageOptions,
): AsyncGenerator<string> {
  const heading = (nameTitles: readonly string[]) => ({
    ...headingOf(range, deps, `by ${by}`, nameTitles),
    hasDays: false,
  });
  if (by === 'queue') {
    const sums = await queueUsageOfRange(deps.archive, query);
    if (format === 'json') yield toJson(sums);
    else if (format === 'csv') yield queueRangeCsv(sums);
    else yield* renderUsageTable(heading(QUEUE_TITLES), sums.map(queueSumLine), deps.screen);
    return;
  }
  const sums = await userUsageOfRange(deps, query);
  if (format === 'json') yield toJson(sums);
  else if (format === 'csv') yield userRangeCsv(sums);
  else yield* renderUsageTable(heading(USER_TITLES), sums.map(userSumLine), deps.screen);
}

/** The widths of its columns, its bars and its sum are known only when the last day is: until then its lines are kept. */
async function* printTable<Entry>(
  heading: Heading,
  days: AsyncIterable<readonly Entry[]>,
  toLine: (entry: Entry) => UsageLine,
  screen: Screen,
): AsyncGenerator<string> {
  const lines: UsageLine[] = [];
  for await (const entries of days) for (const entry of entries) lines.push(toLine(entry));
  yield* renderUsageTable(heading, lines, screen);
}

function userLine(row: UserUsage): UsageLine {
  const { limitBytes: limit, countedBytes: counted, usedPercent: percent } = row;
  return {
    ...amountsOf(row),
    names: [row.user],
    bar: limit === null ? null : { counted, limit, percent },
    isSummed: true,
  };
}

function queueLine(row: QueueUsage): UsageLine {
  return { ...amountsOf(row), names: queueNames(row), bar: null, isSummed: !row.parent };
}

/** The day of a sum is not shown. */
function userSumLine(row: UserRangeUsage): UsageLine {
  return { ...amountsOf({ ...row, day: row.to }), names: [row.user], bar: null, isSummed: true };
}

function queueSumLine(row: QueueRangeUsage): UsageLine {
  return { ...amountsOf({ ...row, day: row.to }), names: queueNames(row), bar: null, isSummed: !row.parent };
}

function queueNames({ queue, user, comment }: Pick<QueueUsage, 'queue' | 'user' | 'comment'>): readonly string[] {
  return [queue, user === queue ? '' : user, comment ?? ''];
}

function amountsOf(row: Omit<UsageLine, 'names' | 'bar' | 'isSummed'>): Omit<UsageLine, 'names' | 'bar' | 'isSummed'> {
  const { day, router, uploadBytes, downloadBytes, totalBytes, estimatedBytes, unobservedSeconds, restarts } = row;
  return { day, router, uploadBytes, downloadBytes, totalBytes, estimatedBytes, unobservedSeconds, restarts };
}

function headingOf(range: DayRange, deps: UsageDeps, by: string, nameTitles: readonly string[]): Heading {
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
