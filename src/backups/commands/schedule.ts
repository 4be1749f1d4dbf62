import type { Command } from 'commander';
import { type Frame, type Open, printFrom } from '../../platform/cli/frame.ts';
import { formatOption, type OutputFormat } from '../../platform/cli/options.ts';
import type { Screen } from '../../platform/cli/render/screen.ts';
import { renderTable } from '../../platform/cli/render/table.ts';
import { UsageError } from '../../platform/cli/usage-error.ts';
import { csvRows } from '../../runtime/csv.ts';
import { readableName } from '../../runtime/format.ts';
import { toJson } from '../../runtime/json.ts';
import { describeDevices, describeNext, describeTiming, type ScheduleEntry } from '../schedule-desk.ts';
import { ruleBody, type ScheduleRule } from '../schedule-rule.ts';
import type { BackupBooks } from './frame.ts';

interface AddOptions {
  readonly every: string;
  readonly on?: string;
  readonly at?: string;
  readonly device?: string;
  readonly tag?: readonly string[];
}

const KEYS = [
  ...(['id', 'source', 'every', 'on', 'at', 'device', 'tags', 'paused', 'devices', 'next'] as const),
] satisfies readonly (keyof ScheduleEntry)[];

/** `backup schedule`: when backups are made without being asked for. */
export function addScheduleCommands(
  { open }: { readonly open: Open<BackupBooks> },
  backup: Command,
  frame: Frame,
): void {
  const schedule = backup
    .command('schedule')
    .description('When backups are made; workers follow a change within a minute');

  schedule
    .command('add')
    .description('Add a schedule, for all devices with SSH or for some')
    .requiredOption('--every <period>', "day, week, month, year, or hours like '6 hours'")
    .option('--on <day>', 'week: a weekday; month: 1 to 31; year: month and day, like 03-31')
    .option('--at <time>', 'hh:mm in the time zone of the configuration (default: 02:00)')
    .option('--device <glob>', 'devices whose name matches')
    .option('--tag <tag...>', 'devices with one of these tags')
    .action((options: AddOptions) =>
      printFrom(open, frame, async ({ backups, note, calendar }) => {
        const rule = readOptions(options);
        await backups.refresh();
        const entry = await backups.schedules.add(note, rule);
        return `Added schedule ${entry.id}: ${inWords(entry, calendar.timeZone)}.\n`;
      }),
    );
  schedule
    .command('list')
    .description('Print all schedules with their next times, those of the configuration first')
    .addOption(formatOption())
    .action(({ format }: { format: OutputFormat }) =>
      printFrom(open, frame, async ({ backups, calendar }) => {
        await backups.refresh();
        return printSchedules(await backups.schedules.list(), format, frame.screen, calendar.timeZone);
      }),
    );
  for (const [name, isPaused, done, description] of [
    ['pause', true, 'Paused', 'Let a schedule rest until it is resumed; its backups are not made up for'],
    ['resume', false, 'Resumed', 'Let a paused schedule go on'],
  ] as const) {
    schedule
      .command(`${name} <id>`)
      .description(description)
      .action((id: string) =>
        printFrom(open, frame, async ({ backups, note, calendar }) => {
          const entry = await backups.schedules.setPaused(note, idOf(id), isPaused);
          return `${done} schedule ${entry.id}: ${inWords(entry, calendar.timeZone)}.\n`;
        }),
      );
  }
  schedule
    .command('remove <id>')
    .description('Remove a schedule; what it backed up stays')
    .action((id: string) =>
      printFrom(open, frame, async ({ backups, note }) => {
        await backups.schedules.remove(note, idOf(id));
        return `Removed schedule ${idOf(id)}.\n`;
      }),
    );
}

/** Throws a `UsageError`. */
function readOptions({ tag, ...others }: AddOptions): ScheduleRule {
  const read = ruleBody.safeParse({ ...others, ...(tag === undefined ? {} : { tags: tag }) });
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const field = String(issue?.path[0] ?? '');
  throw new UsageError(`--${field === 'tags' ? 'tag' : field} ${issue?.message ?? 'is not valid'}`);
}

function idOf(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new UsageError('the id must be a number: see backup schedule list');
}

function inWords(entry: ScheduleEntry, timeZone: string): string {
  const [next] = describeNext(entry, timeZone);
  const words = `${describeTiming(entry)}, ${readableName(describeDevices(entry))}`;
  return next === undefined ? words : `${words}; next: ${next}`;
}

function printSchedules(
  entries: readonly ScheduleEntry[],
  format: OutputFormat,
  screen: Screen,
  timeZone: string,
): string {
  if (format === 'json') return toJson(entries);
  if (format === 'csv') {
    const rows = entries.map((entry) => ({ ...entry, tags: entry.tags.join(';'), next: entry.next.join(';') }));
    return csvRows([KEYS, ...rows.map((row) => KEYS.map((key) => row[key]))]);
  }
  if (entries.length === 0) return 'There are no schedules: nothing is backed up by itself.\n';
  const rows = entries.map((entry) => [
    { text: entry.id === null ? 'config' : String(entry.id) },
    { text: describeTiming(entry) },
    { text: readableName(describeDevices(entry)) },
    { text: String(entry.devices) },
    { text: entry.paused ? 'paused' : describeNext(entry, timeZone).join(', ') },
  ]);
  const columns = [
    ...[{ title: 'Id', align: 'right' } as const, { title: 'When', align: 'left' } as const],
    ...[{ title: 'For', align: 'left', shrinksTo: 8 } as const, { title: 'Devices', align: 'right' } as const],
    { title: 'Next', align: 'left', shrinksTo: 16 } as const,
  ];
  return renderTable({ columns, rows }, screen.width);
}
