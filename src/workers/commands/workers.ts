import { type AddCommand, type Open, printFrom } from '../../platform/cli/frame.ts';
import { formatOption, type OutputFormat } from '../../platform/cli/options.ts';
import type { Screen } from '../../platform/cli/render/screen.ts';
import { renderTable } from '../../platform/cli/render/table.ts';
import { csvRows } from '../../runtime/csv.ts';
import { formatMoment, readableName } from '../../runtime/format.ts';
import { toJson } from '../../runtime/json.ts';
import type { WorkerEntry } from '../entries.ts';
import { leavesRoutersUnread } from '../orphans.ts';

/** What `workers` works on. */
export interface WorkersBooks {
  /** `null`: the configuration has no `workers`. */
  readonly workers: (() => Promise<readonly WorkerEntry[]>) | null;
  readonly calendar: { readonly timeZone: string };
}

const COLUMNS = ['worker', 'host', 'pid', 'startedAt', 'lastSeenAt', 'state', 'shards', 'routers'] as const;

/** `workers`: which workers share the routers. */
export function workersCommand({ open }: { readonly open: Open<WorkersBooks> }): AddCommand {
  return (program, frame) => {
    program
      .command('workers')
      .description(
        'Print the workers that share the routers, and how many each polls; --format json prints their names',
      )
      .addOption(formatOption())
      .action(({ format }: { format: OutputFormat }) =>
        printFrom(open, frame, async ({ workers, calendar }) => {
          const entries = (await workers?.()) ?? [];
          if (workers === null && format === 'table') {
            return 'There is one worker. For several, add "workers" to the configuration (docs/workers.md).\n';
          }
          return printWorkers(entries, format, { screen: frame.screen, timeZone: calendar.timeZone });
        }),
      );
  };
}

function printWorkers(
  entries: readonly WorkerEntry[],
  format: OutputFormat,
  { screen, timeZone }: { readonly screen: Screen; readonly timeZone: string },
): string {
  if (format === 'json') return toJson(entries);
  if (format === 'csv') {
    const rows = entries.map((entry) =>
      COLUMNS.map((column) => (column === 'routers' ? entry.routers.join(';') : String(entry[column]))),
    );
    return csvRows([COLUMNS, ...rows]);
  }
  if (entries.length === 0) return 'No worker is running.\n';
  const columns = ['Worker', 'Host', 'Process', 'State', 'Shards', 'Routers', 'Started', 'Last seen'].map((title) => ({
    title,
    align: ['Process', 'Shards', 'Routers'].includes(title) ? ('right' as const) : ('left' as const),
  }));
  const moment = (at: string) => formatMoment(Date.parse(at), timeZone);
  const rows = entries.map((entry) => [
    { text: entry.worker },
    { text: readableName(entry.host) },
    { text: String(entry.pid) },
    entry.state === 'lost' ? { text: entry.state, paint: screen.red } : { text: entry.state },
    { text: String(entry.shards) },
    leavesRoutersUnread(entry)
      ? { text: `${entry.routers.length} not polled`, paint: screen.red }
      : { text: String(entry.routers.length) },
    { text: moment(entry.startedAt), paint: screen.dim },
    { text: moment(entry.lastSeenAt), paint: screen.dim },
  ]);
  return renderTable({ columns, rows }, screen.width);
}
