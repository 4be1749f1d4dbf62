import { type AddCommand, type Open, printFrom, withOpened } from '../../platform/cli/frame.ts';
import { hideArguments } from '../../platform/cli/hide-arguments.ts';
import { formatOption, type OutputFormat } from '../../platform/cli/options.ts';
import type { Screen } from '../../platform/cli/render/screen.ts';
import { renderTable } from '../../platform/cli/render/table.ts';
import { UsageError } from '../../platform/cli/usage-error.ts';
import { csvRows } from '../../runtime/csv.ts';
import { formatMoment, readableName } from '../../runtime/format.ts';
import { toJson } from '../../runtime/json.ts';
import { isOpen, type MaintenanceWindow } from '../maintenance.ts';
import type { HealthBooks } from './status.ts';

interface AddOptions {
  readonly tag?: string;
  readonly from: string;
  readonly to: string;
  readonly every?: string;
}

const KEYS = ['id', 'device', 'tag', 'from', 'to', 'every', 'open'] as const;
const LONGEST_MS = 366 * 86_400_000;
const WEEK_MS = 7 * 86_400_000;

/** `maintenance`: times in which devices are not judged. */
export function maintenanceCommand({ open }: { readonly open: Open<{ readonly health: HealthBooks }> }): AddCommand {
  return (program, frame) => {
    const maintenance = hideArguments(
      program.command('maintenance').description('Manage times in which nobody is told that a device is down'),
    );

    maintenance
      .command('add [device]')
      .description('Add a window for a device and what is behind it, or for all with a tag')
      .option('--tag <tag>', 'for all devices with this tag')
      .requiredOption('--from <time>', 'begin: 2026-11-27T22:00, local time, or with an offset')
      .requiredOption('--to <time>', 'end')
      .option('--every <period>', "'week': again every week at the same local time")
      .action((device: string | undefined, options: AddOptions) =>
        withOpened(open, frame, async ({ health }) => {
          const window = windowOf(device, options, health.timeZone);
          const known = await health.devices();
          if (device !== undefined && !known.some(({ name }) => name === device))
            throw new UsageError('no device has this name');
          const id = await health.windows.add(window);
          frame.stdout.write(`Added maintenance window ${id}.\n`);
        }),
      );
    maintenance
      .command('list')
      .description('Print all maintenance windows')
      .addOption(formatOption())
      .action(({ format }: { format: OutputFormat }) =>
        printFrom(open, frame, async ({ health }) =>
          printWindows(await health.windows.list(), format, {
            ...{ screen: frame.screen, timeZone: health.timeZone, now: health.clock.now() },
          }),
        ),
      );
    maintenance
      .command('remove <id>')
      .description('Remove a maintenance window')
      .action((id: string) =>
        withOpened(open, frame, async ({ health }) => {
          if (!/^\d{1,15}$/.test(id) || !(await health.windows.remove(Number(id)))) {
            throw new UsageError('no maintenance window has this number');
          }
          frame.stdout.write(`Removed maintenance window ${Number(id)}.\n`);
        }),
      );
  };
}

/** Throws a `UsageError`. */
export function windowOf(
  device: string | undefined,
  { tag, from, to, every }: AddOptions,
  timeZone: string,
): Omit<MaintenanceWindow, 'id'> {
  if ((device === undefined) === (tag === undefined)) throw new UsageError('give a device or --tag');
  if (every !== undefined && every !== 'week') throw new UsageError("--every must be 'week'");
  const [startsAt, endsAt] = [instantOf('--from', from, timeZone), instantOf('--to', to, timeZone)];
  if (endsAt <= startsAt) throw new UsageError('--to must be later than --from');
  if (endsAt - startsAt > LONGEST_MS) throw new UsageError('a window has at most a year');
  const isWeekly = every !== undefined;
  if (isWeekly && endsAt - startsAt > WEEK_MS) throw new UsageError('a weekly window has at most a week');
  return { device: device ?? null, tag: tag ?? null, startsAt, endsAt, isWeekly };
}

/** ISO 8601: with an offset or `Z`, else local time. */
function instantOf(option: string, text: string, timeZone: string): number {
  try {
    if (/(?:Z|[+-]\d{2}:?\d{2})$/i.test(text) && text.includes('T'))
      return Temporal.Instant.from(text).epochMilliseconds;
    return Temporal.PlainDateTime.from(text).toZonedDateTime(timeZone).epochMilliseconds;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`${option} must be a time like 2026-11-27T22:00 or 2026-11-27T17:00:00Z`);
  }
}

function printWindows(
  windows: readonly MaintenanceWindow[],
  format: OutputFormat,
  { screen, timeZone, now }: { readonly screen: Screen; readonly timeZone: string; readonly now: number },
): string {
  const entries = windows.map((window) => ({
    ...{ id: window.id, device: window.device, tag: window.tag },
    from: new Date(window.startsAt).toISOString(),
    to: new Date(window.endsAt).toISOString(),
    every: window.isWeekly ? 'week' : null,
    open: isOpen(window, now, timeZone),
  }));
  if (format === 'json') return toJson(entries);
  if (format === 'csv') return csvRows([KEYS, ...entries.map((entry) => KEYS.map((key) => entry[key]))]);
  if (entries.length === 0) return 'There are no maintenance windows.\n';
  return renderTable(
    {
      columns: [
        { title: 'Id', align: 'right' },
        { title: 'For', align: 'left', shrinksTo: 8 },
        { title: 'From', align: 'left' },
        { title: 'To', align: 'left' },
        { title: 'Again', align: 'left' },
        { title: 'Now', align: 'left' },
      ],
      rows: entries.map((entry) => [
        { text: String(entry.id) },
        { text: entry.device === null ? `tag ${readableName(entry.tag ?? '')}` : readableName(entry.device) },
        { text: formatMoment(Date.parse(entry.from), timeZone) },
        { text: formatMoment(Date.parse(entry.to), timeZone) },
        { text: entry.every === null ? '' : 'every week' },
        { text: entry.open ? 'open' : '' },
      ]),
    },
    screen.width,
  );
}
