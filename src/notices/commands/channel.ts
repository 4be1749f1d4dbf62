import { type AddCommand, type Open, withOpened } from '../../platform/cli/frame.ts';
import { formatOption, type OutputFormat } from '../../platform/cli/options.ts';
import type { Screen } from '../../platform/cli/render/screen.ts';
import { renderTable } from '../../platform/cli/render/table.ts';
import { csvRows } from '../../runtime/csv.ts';
import { readableName } from '../../runtime/format.ts';
import { toJson } from '../../runtime/json.ts';
import type { ChannelDesk, ChannelEntry, ChannelTest } from '../ports.ts';

export interface ChannelBooks {
  readonly channels: ChannelDesk;
}

/** `channel`: the ways to tell people, and whether they work. */
export function channelCommand({ open }: { readonly open: Open<ChannelBooks> }): AddCommand {
  return (program, frame) => {
    const channel = program
      .command('channel')
      .description('Print and test the channels for alerts: mail, chats, webhooks');
    channel
      .command('list')
      .description('Print all channels of the configuration')
      .addOption(formatOption())
      .action(({ format }: { readonly format: OutputFormat }) =>
        withOpened(open, frame, async ({ channels }) => {
          frame.stdout.write(printEntries(channels.entries, format, frame.screen));
        }),
      );
    channel
      .command('test <name>')
      .description('Send a test notice to every address of a channel; exit code 1 when one does not get it')
      .action((name: string) =>
        withOpened(open, frame, async ({ channels }) => {
          const results = await channels.test(name, frame.untilStop());
          frame.stdout.write(results.map((result) => printTest(result, frame.screen)).join(''));
          frame.exitWith(results.some(({ trouble }) => trouble !== null) ? 1 : 0);
        }),
      );
  };
}

function printEntries(entries: readonly ChannelEntry[], format: OutputFormat, screen: Screen): string {
  if (format === 'json') return toJson(entries);
  if (format === 'csv') {
    const rows = entries.map(({ name, kind, addresses }) => [name, kind, addresses.join(' ')]);
    return csvRows([['name', 'kind', 'addresses'], ...rows]);
  }
  if (entries.length === 0) return 'No channel is configured: nobody is told anything.\n';
  const columns = ['Name', 'Kind', 'Addresses'].map((title) => ({ title, align: 'left' as const, shrinksTo: 8 }));
  const rows = entries.map(({ name, kind, addresses }) =>
    [name, kind, addresses.map(readableName).join(', ')].map((text) => ({ text })),
  );
  return renderTable({ columns, rows }, screen.width);
}

function printTest({ address, trouble }: ChannelTest, screen: Screen): string {
  const to = readableName(address);
  if (trouble === null) return `sent     ${to}\n`;
  return `${screen.red('FAILED')}   ${to}: ${readableName(trouble.message)}\n         → ${readableName(trouble.advice)}\n`;
}
