import { type AddCommand, type Open, printFrom, withOpened } from '../../platform/cli/frame.ts';
import { formatOption, type OutputFormat } from '../../platform/cli/options.ts';
import type { Screen } from '../../platform/cli/render/screen.ts';
import { renderTable } from '../../platform/cli/render/table.ts';
import { UsageError } from '../../platform/cli/usage-error.ts';
import { csvRows } from '../../runtime/csv.ts';
import { formatMoment } from '../../runtime/format.ts';
import { toJson } from '../../runtime/json.ts';
import { ackBody, type IncidentEntry, incidentEntry, incidentIdOf, MOST_INCIDENTS } from '../entries.ts';
import type { IncidentBook, IncidentState } from '../ports.ts';

/** What `incidents` works on. */
export interface IncidentBooks {
  readonly incidents: Pick<IncidentBook, 'list'> & {
    /** By whoever runs the command. Rejects with a `TroubleError` where it cannot be done. */
    acknowledge(id: number, note: string): Promise<IncidentState>;
  };
  readonly calendar: { readonly timeZone: string };
}

interface ListOptions {
  readonly all: boolean;
  readonly format: OutputFormat;
}

const COLUMNS = ['id', 'kind', 'device', 'openedAt', 'closedAt', 'acknowledgedBy', 'summary'] as const;

/** `incidents`: what is wrong now, and who knows of it. */
export function incidentsCommand({ open }: { readonly open: Open<IncidentBooks> }): AddCommand {
  return (program, frame) => {
    const incidents = program
      .command('incidents')
      .description('Print current problems, such as routers that cannot be read, and acknowledge them');
    incidents
      .command('list', { isDefault: true })
      .description('Print current problems; so does `incidents` alone')
      .option('--all', 'also those that are over', false)
      .addOption(formatOption())
      .action(({ all, format }: ListOptions) =>
        printFrom(open, frame, async ({ incidents: book, calendar }) => {
          const entries = (await book.list({ all, most: MOST_INCIDENTS })).map(incidentEntry);
          return printIncidents(entries, format, { screen: frame.screen, timeZone: calendar.timeZone });
        }),
      );
    incidents
      .command('ack <id>')
      .description('Acknowledge an incident: others see that you know of it')
      .option('--note <text>', 'what you do about it', '')
      .action((typed: string, given: { readonly note: string }) => {
        const id = incidentIdOf(typed);
        const said = ackBody.safeParse(given);
        if (id === null) throw new UsageError('the id must be the number of an incident, as `incidents` prints it');
        if (!said.success) throw new UsageError(`--note: ${said.error.issues[0]?.message ?? ''}`);
        return withOpened(open, frame, async ({ incidents: book }) => {
          await book.acknowledge(id, said.data.note);
          frame.stdout.write(`Incident ${id} is acknowledged.\n`);
        });
      });
  };
}

function printIncidents(
  entries: readonly IncidentEntry[],
  format: OutputFormat,
  { screen, timeZone }: { readonly screen: Screen; readonly timeZone: string },
): string {
  if (format === 'json') return toJson(entries);
  if (format === 'csv') return csvRows([COLUMNS, ...entries.map((entry) => COLUMNS.map((column) => entry[column]))]);
  if (entries.length === 0) return 'No incident.\n';
  const columns = ['Id', 'Device', 'Problem', 'Since', 'Over', 'Acknowledged by'].map((title, index) => ({
    ...{ title, align: index === 0 ? ('right' as const) : ('left' as const) },
    ...(index === 0 ? {} : { shrinksTo: 8 }),
  }));
  const moment = (at: string | null) => (at === null ? '' : formatMoment(Date.parse(at), timeZone));
  const rows = entries.map(({ id, kind, device, summary, openedAt, closedAt, acknowledgedBy }) => [
    { text: String(id) },
    { text: device },
    { text: summary === '' ? kind : summary },
    { text: moment(openedAt) },
    { text: moment(closedAt), paint: screen.dim },
    { text: acknowledgedBy ?? '' },
  ]);
  return renderTable({ columns, rows }, screen.width);
}
