import { resolveDay } from '../../platform/cli/days.ts';
import { type AddCommand, type Open, printFrom } from '../../platform/cli/frame.ts';
import { dayRangeOptions, formatOption, type OutputFormat } from '../../platform/cli/options.ts';
import type { Screen } from '../../platform/cli/render/screen.ts';
import { renderTable } from '../../platform/cli/render/table.ts';
import { UsageError } from '../../platform/cli/usage-error.ts';
import { csvRows } from '../../runtime/csv.ts';
import { formatMoment, readableName } from '../../runtime/format.ts';
import { toJson } from '../../runtime/json.ts';
import { readTransitions, type TransitionEntry } from '../status.ts';
import type { HealthBooks } from './status.ts';

const KEYS = ['at', 'device', 'from', 'to', 'reason', 'latencyMs'] as const;

interface Options {
  readonly device?: string;
  readonly from?: string;
  readonly to?: string;
  readonly format: OutputFormat;
}

/** `transitions`: when which device changed its state. */
export function transitionsCommand({ open }: { readonly open: Open<{ readonly health: HealthBooks }> }): AddCommand {
  const { from, to } = dayRangeOptions();
  return (program, frame) => {
    program
      .command('transitions')
      .description('Print when devices changed their state')
      .option('--device <name>', 'of this device only')
      .addOption(from)
      .addOption(to)
      .addOption(formatOption())
      .action((options: Options) =>
        printFrom(open, frame, async ({ health }) => {
          const day = (word: string | undefined) =>
            word === undefined ? undefined : resolveDay(word, health.calendar, health.clock.now());
          const days = { from: day(options.from), to: day(options.to) };
          if (days.from !== undefined && days.to !== undefined && days.from > days.to) {
            throw new UsageError(`--from ${days.from} is later than --to ${days.to}`);
          }
          const entries = await readTransitions(health, { device: options.device, ...days });
          return printTransitions(entries, options.format, { screen: frame.screen, timeZone: health.timeZone });
        }),
      );
  };
}

/** What `transitions` prints. */
export function printTransitions(
  entries: readonly TransitionEntry[],
  format: OutputFormat,
  { screen, timeZone }: { readonly screen: Screen; readonly timeZone: string },
): string {
  if (format === 'json') return toJson(entries);
  if (format === 'csv') return csvRows([KEYS, ...entries.map((entry) => KEYS.map((key) => entry[key]))]);
  if (entries.length === 0) return 'No device changed its state.\n';
  return renderTable(
    {
      columns: [
        { title: 'At', align: 'left' },
        { title: 'Device', align: 'left', shrinksTo: 8 },
        { title: 'From', align: 'left' },
        { title: 'To', align: 'left' },
        { title: 'Reason', align: 'left', shrinksTo: 8 },
      ],
      rows: entries.map(({ at, device, from, to, reason }) => [
        { text: formatMoment(Date.parse(at), timeZone) },
        { text: readableName(device) },
        { text: from },
        { text: to, ...(to === 'down' ? { paint: screen.red } : {}) },
        { text: readableName(reason ?? '') },
      ]),
    },
    screen.width,
  );
}
