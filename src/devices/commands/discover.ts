import type { Command } from 'commander';
import { type Frame, type Open, withOpened } from '../../platform/cli/frame.ts';
import { formatOption, type OutputFormat } from '../../platform/cli/options.ts';
import type { Screen } from '../../platform/cli/render/screen.ts';
import { renderTable } from '../../platform/cli/render/table.ts';
import { csvRow, guardFormula } from '../../runtime/csv.ts';
import { formatCount, readableName } from '../../runtime/format.ts';
import { toJson } from '../../runtime/json.ts';
import type { Desk } from '../desk.ts';
import { type Neighbour, type Proposal, proposeDevices } from '../neighbours.ts';
import { orTell } from './inputs.ts';

export interface DiscoverBooks {
  readonly desk: Pick<Desk, 'devices'>;
  /** Asks a router for the devices that it hears beside it. Rejects with a `TroubleError`, also where there is no such router. */
  neighboursOf(name: string, signal: AbortSignal): Promise<readonly Neighbour[]>;
}

interface DiscoverArgs {
  readonly from: string;
  readonly format: OutputFormat;
}

/** Adds `device discover`, which adds no device. */
export function addDiscoverCommand(
  { open }: { readonly open: Open<DiscoverBooks> },
  device: Command,
  frame: Frame,
): void {
  device
    .command('discover')
    .description('Print the neighbours of a router that are not known yet; nothing is added')
    .requiredOption('--from <router>', 'name of the router that is asked')
    .addOption(formatOption())
    .addHelpText('after', `\nWith --format csv the output is a file for ${frame.commandName} device import.`)
    .action(({ from, format }: DiscoverArgs) =>
      withOpened(open, frame, ({ desk, neighboursOf }) =>
        orTell(frame, 'not found', async () => {
          const heard = await neighboursOf(from, frame.untilStop());
          const { proposals, unreachable } = proposeDevices(heard, await desk.devices());
          frame.stdout.write(printProposals(proposals, format, frame.screen));
          if (unreachable === 0) return;
          frame.stderr.write(
            `${formatCount(unreachable, 'neighbour has', 'neighbours have')} no address to be reached at.\n`,
          );
        }),
      ),
    );
}

const IMPORTED = ['name', 'host', 'model'] as const;

/** What `device discover` prints; as CSV what `device import` takes. */
export function printProposals(proposals: readonly Proposal[], format: OutputFormat, screen: Screen): string {
  if (format === 'json') return toJson(proposals);
  if (format === 'csv') {
    const rows = proposals.map((proposal) => IMPORTED.map((column) => guardFormula(proposal[column])));
    return [IMPORTED, ...rows].map((row) => csvRow(row)).join('');
  }
  if (proposals.length === 0) return 'There are no neighbours that are not known.\n';
  return renderTable(
    {
      columns: [
        { title: 'Device', align: 'left', shrinksTo: 8 },
        { title: 'Address', align: 'left', shrinksTo: 8 },
        { title: 'Model', align: 'left' },
        { title: 'Board', align: 'left', shrinksTo: 6 },
        { title: 'Version', align: 'left', shrinksTo: 6 },
        { title: 'Interface', align: 'left', shrinksTo: 6 },
      ],
      rows: proposals.map((proposal) =>
        [proposal.name, proposal.host, proposal.model, proposal.board, proposal.version, proposal.interface].map(
          (text) => ({ text: readableName(text) }),
        ),
      ),
    },
    screen.width,
  );
}
