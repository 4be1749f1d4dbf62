import { type AddCommand, type Frame, type Open, withOpened } from '../../platform/cli/frame.ts';
import { formatOption, type OutputFormat } from '../../platform/cli/options.ts';
import type { Screen } from '../../platform/cli/render/screen.ts';
import { renderTable } from '../../platform/cli/render/table.ts';
import { type Clock, pause } from '../../runtime/clock.ts';
import { csvRows } from '../../runtime/csv.ts';
import { formatDuration, readableName } from '../../runtime/format.ts';
import { toJson } from '../../runtime/json.ts';
import type { MaintenanceWindow } from '../maintenance.ts';
import { readStatus, type StatusDeps, type StatusEntry } from '../status.ts';

/** What the commands of health work on. */
export interface HealthBooks extends StatusDeps {
  /** Changed by whoever runs the command. Rejects with a `TroubleError` where that cannot be. */
  readonly maintenance: {
    list(): Promise<MaintenanceWindow[]>;
    add(window: Omit<MaintenanceWindow, 'id'>): Promise<MaintenanceWindow>;
    remove(id: number): Promise<void>;
  };
  readonly clock: Clock;
  readonly timeZone: string;
}

const WATCH_EVERY_MS = 2_000;
/** To the first line, and away with what was below it. */
const HOME = '\u001b[H\u001b[J';

const KEYS = [
  ...(['device', 'host', 'model', 'source', 'state', 'since', 'reason', 'latencyMs', 'uptimeSeconds'] as const),
  ...(['version', 'board', 'cpuPercent', 'memoryPercent', 'diskPercent', 'temperatureC', 'voltageV'] as const),
  ...(['wan', 'parent', 'tags', 'webfig', 'lastReadAt'] as const),
];

/** `status`: how the devices are. */
export function statusCommand({ open }: { readonly open: Open<{ readonly health: HealthBooks }> }): AddCommand {
  return (program, frame) => {
    program
      .command('status')
      .description('Print the state of all devices')
      .addOption(formatOption())
      .option('--watch', 'print it again every 2 s, until Ctrl-C')
      .action(({ format, watch }: { format: OutputFormat; watch?: boolean }) =>
        withOpened(open, frame, async ({ health }) => {
          const print = async () =>
            printStatus(await readStatus(health), format, { ...frame, now: health.clock.now() });
          if (watch === true) await repeat(print, frame, health.clock);
          else frame.stdout.write(await print());
        }),
      );
  };
}

/** On a terminal in place; elsewhere one after the other. */
async function repeat(print: () => Promise<string>, { stdout, untilStop }: Frame, clock: Clock): Promise<void> {
  const signal = untilStop();
  while (!signal.aborted) {
    const text = await print();
    stdout.write(stdout.isTTY === true ? `${HOME}${text}` : text);
    await pause(clock, WATCH_EVERY_MS, signal);
  }
}

/** What `status` prints. */
export function printStatus(
  entries: readonly StatusEntry[],
  format: OutputFormat,
  { screen, now }: { readonly screen: Screen; readonly now: number },
): string {
  if (format === 'json') return toJson(entries);
  if (format === 'csv') return csvRows([KEYS, ...entries.map((entry) => KEYS.map((key) => cellOf(entry[key])))]);
  if (entries.length === 0) return 'There are no devices.\n';
  const paintOf = (state: StatusEntry['state']) => {
    if (state === 'down') return screen.red;
    if (state === 'up') return (text: string) => text;
    return state === 'suspect' || state === 'unreachable' ? screen.yellow : screen.dim;
  };
  return renderTable(
    {
      columns: [
        { title: 'Device', align: 'left', shrinksTo: 8 },
        { title: 'State', align: 'left' },
        { title: 'For', align: 'right' },
        { title: 'Latency', align: 'right' },
        { title: 'CPU', align: 'right' },
        { title: 'Memory', align: 'right' },
        { title: '°C', align: 'right' },
        { title: 'Version', align: 'left', shrinksTo: 6 },
        { title: 'Reason', align: 'left', shrinksTo: 8 },
      ],
      rows: entries.map((entry) => [
        { text: readableName(entry.device) },
        { text: entry.state, paint: paintOf(entry.state) },
        { text: entry.since === null ? '' : formatDuration(Math.max(0, now - Date.parse(entry.since))) },
        { text: entry.latencyMs === null ? '' : `${Math.round(entry.latencyMs)} ms` },
        { text: entry.cpuPercent === null ? '' : `${Math.round(entry.cpuPercent)}%` },
        { text: entry.memoryPercent === null ? '' : `${Math.round(entry.memoryPercent)}%` },
        { text: entry.temperatureC === null ? '' : String(Math.round(entry.temperatureC)) },
        { text: readableName(entry.version ?? '') },
        { text: readableName(entry.reason ?? '') },
      ]),
    },
    screen.width,
  );
}

/** A list in one cell: tags by `;`, WAN interfaces as JSON. */
function cellOf(value: StatusEntry[(typeof KEYS)[number]]): string | number | null {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  const texts = value.filter((each) => typeof each === 'string');
  return texts.length === value.length ? texts.join(';') : JSON.stringify(value);
}
