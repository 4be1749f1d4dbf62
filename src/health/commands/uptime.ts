import { InvalidArgumentError, Option } from 'commander';
import { type AddCommand, type Open, printFrom } from '../../platform/cli/frame.ts';
import { formatOption, type OutputFormat } from '../../platform/cli/options.ts';
import type { Screen } from '../../platform/cli/render/screen.ts';
import { renderTable } from '../../platform/cli/render/table.ts';
import { csvRows } from '../../runtime/csv.ts';
import { formatDuration, readableName } from '../../runtime/format.ts';
import { toJson } from '../../runtime/json.ts';
import { DEFAULT_DAYS, MOST_DAYS, readUptime, type UptimeEntry } from '../status.ts';
import type { HealthBooks } from './status.ts';

const KEYS = ['device', 'upSeconds', 'downSeconds', 'unknownSeconds', 'uptimePercent', 'incidents'] as const;

/** `uptime`: how much of the time the devices were up. */
export function uptimeCommand({ open }: { readonly open: Open<{ readonly health: HealthBooks }> }): AddCommand {
  return (program, frame) => {
    program
      .command('uptime')
      .description('Print how much of the last days each device was up')
      .addOption(new Option('--days <number>', 'days, today included').argParser(daysOf).default(DEFAULT_DAYS))
      .addOption(formatOption())
      .action(({ days, format }: { days: number; format: OutputFormat }) =>
        printFrom(open, frame, async ({ health }) => printUptime(await readUptime(health, days), format, frame.screen)),
      );
  };
}

function daysOf(text: string): number {
  const days = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (days < 1 || days > MOST_DAYS) throw new InvalidArgumentError(`must be a number from 1 to ${MOST_DAYS}`);
  return days;
}

/** What `uptime` prints. */
export function printUptime(entries: readonly UptimeEntry[], format: OutputFormat, screen: Screen): string {
  if (format === 'json') return toJson(entries);
  if (format === 'csv') return csvRows([KEYS, ...entries.map((entry) => KEYS.map((key) => entry[key]))]);
  if (entries.length === 0) return 'There are no devices.\n';
  const time = (seconds: number) => (seconds === 0 ? '' : formatDuration(seconds * 1000));
  return renderTable(
    {
      columns: [
        { title: 'Device', align: 'left', shrinksTo: 8 },
        { title: 'Uptime', align: 'right' },
        { title: 'Up', align: 'right' },
        { title: 'Down', align: 'right' },
        { title: 'Unknown', align: 'right' },
        { title: 'Outages', align: 'right' },
      ],
      rows: entries.map((entry) => [
        { text: readableName(entry.device) },
        { text: entry.uptimePercent === null ? 'unknown' : `${entry.uptimePercent}%` },
        { text: time(entry.upSeconds) },
        { text: time(entry.downSeconds), paint: screen.red },
        { text: time(entry.unknownSeconds), paint: screen.dim },
        { text: entry.incidents === 0 ? '' : String(entry.incidents) },
      ]),
    },
    screen.width,
  );
}
