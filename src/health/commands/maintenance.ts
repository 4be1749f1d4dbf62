import { type AddCommand, type Open, printFrom, withOpened } from '../../platform/cli/frame.ts';
import { hideArguments } from '../../platform/cli/hide-arguments.ts';
import { formatOption, type OutputFormat } from '../../platform/cli/options.ts';
import type { Screen } from '../../platform/cli/render/screen.ts';
import { renderTable } from '../../platform/cli/render/table.ts';
import { UsageError } from '../../platform/cli/usage-error.ts';
import { csvRows } from '../../runtime/csv.ts';
import { formatMoment, readableName } from '../../runtime/format.ts';
import { toJson } from '../../runtime/json.ts';
import type { MaintenanceWindow } from '../maintenance.ts';
import { maintenanceEntry, windowBody, windowIdOf } from '../maintenance-entries.ts';
import type { HealthBooks } from './status.ts';

interface AddOptions {
  readonly tag?: string;
  readonly from: string;
  readonly to: string;
  readonly every?: string;
}

const KEYS = ['id', 'device', 'tag', 'from', 'to', 'every', 'open'] as const;

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
          const { id } = await health.maintenance.add(windowOf(device, options, health.timeZone));
          frame.stdout.write(`Added maintenance window ${id}.\n`);
        }),
      );
    maintenance
      .command('list')
      .description('Print all maintenance windows')
      .addOption(formatOption())
      .action(({ format }: { format: OutputFormat }) =>
        printFrom(open, frame, async ({ health }) =>
          printWindows(await health.maintenance.list(), format, {
            ...{ screen: frame.screen, timeZone: health.timeZone, now: health.clock.now() },
          }),
        ),
      );
    maintenance
      .command('remove <id>')
      .description('Remove a maintenance window')
      .action((id: string) =>
        withOpened(open, frame, async ({ health }) => {
          const number = windowIdOf(id);
          if (number === null)
            throw new UsageError('the id must be the number of a window, as `maintenance list` prints it');
          await health.maintenance.remove(number);
          frame.stdout.write(`Removed maintenance window ${number}.\n`);
        }),
      );
  };
}

/** Throws a `UsageError`. */
export function windowOf(
  device: string | undefined,
  options: AddOptions,
  timeZone: string,
): Omit<MaintenanceWindow, 'id'> {
  const read = windowBody(timeZone).safeParse({ ...(device === undefined ? {} : { device }), ...options });
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const field = String(issue?.path[0] ?? '');
  throw new UsageError(`${field === 'device' ? '' : `--${field}: `}${issue?.message ?? ''}`);
}

function printWindows(
  windows: readonly MaintenanceWindow[],
  format: OutputFormat,
  { screen, timeZone, now }: { readonly screen: Screen; readonly timeZone: string; readonly now: number },
): string {
  const entries = windows.map((window) => maintenanceEntry(window, now, timeZone));
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
