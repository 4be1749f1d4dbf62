import type { Command } from 'commander';
import { type Frame, type Open, withOpened } from '../../platform/cli/frame.ts';
import { formatOption, type OutputFormat } from '../../platform/cli/options.ts';
import { UsageError } from '../../platform/cli/usage-error.ts';
import { cleanText } from '../../runtime/clean-text.ts';
import { csvRows } from '../../runtime/csv.ts';
import { toJson } from '../../runtime/json.ts';
import { exportDevices } from '../export.ts';
import { countOutcomes, describeLine, type ImportedLine } from '../import.ts';
import { ImportRefused, importDevices, LARGEST_IMPORT_BYTES } from '../transfer.ts';
import { type DeviceBooks, readInput, writeOutput } from './device.ts';

interface ImportArgs {
  readonly dryRun: boolean;
  readonly map: readonly string[];
  readonly format: OutputFormat;
}

/** Adds `device import` and `device export`. */
export function addTransferCommands(
  deps: { readonly open: Open<Pick<DeviceBooks, 'desk'>>; readonly stdin: AsyncIterable<Buffer | string> },
  device: Command,
  frame: Frame,
): void {
  const { open, stdin } = deps;
  device
    .command('import <file>')
    .description("Add and change devices by a CSV file, all or none; '-' is standard input")
    .option('--dry-run', 'only print what would change', false)
    .option(
      '--map <ours=theirs>',
      "the file's name of a column, e.g. host=ip_address; may be repeated",
      (text: string, before: readonly string[]) => [...before, text],
      [],
    )
    .addOption(formatOption())
    .action(async (file: string, { dryRun, map, format }: ImportArgs) => {
      const columns = new Map(map.map(pairOf));
      const bytes = await readInput(file, stdin, LARGEST_IMPORT_BYTES);
      await withOpened(open, frame, async ({ desk }) => {
        try {
          const lines = await importDevices(desk, bytes, { map: columns, isDryRun: dryRun });
          frame.stdout.write(printLines(lines, format, dryRun));
        } catch (error) {
          if (!(error instanceof ImportRefused)) throw error;
          const told = error.problems.map((problem) => cleanText(describeLine(problem)));
          const advice = error.problems.some(({ line }) => line === 1) ? [MAP_ADVICE] : [];
          frame.stderr.write([...told, 'Nothing was imported.', ...advice, ''].join('\n'));
          frame.exitWith(1);
        }
      });
    });
  device
    .command('export [file]')
    .description('Print the inventory as CSV without passwords, or write it to a file')
    .action((file: string | undefined) =>
      withOpened(open, frame, async ({ desk }) => {
        const text = exportDevices(await desk.inventory());
        if (file === undefined || file === '-') frame.stdout.write(text);
        else await writeOutput(file, text);
      }),
    );
}

const MAP_ADVICE =
  'A column of another name: --map OURS=THEIRS, e.g. --map host=mgmt. Delete columns that are none of ours.';

function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) throw new UsageError('--map needs OURS=THEIRS, e.g. host=ip_address');
  return [text.slice(0, at).trim().toLowerCase(), text.slice(at + 1)];
}

function printLines(lines: readonly ImportedLine[], format: OutputFormat, isDryRun: boolean): string {
  if (format === 'json') return toJson(lines);
  if (format === 'csv') {
    const rows = lines.map(({ line, name, outcome, columns }) => [line, name, outcome, columns.join(';')]);
    return csvRows([['line', 'name', 'outcome', 'columns'], ...rows]);
  }
  const { added, changed, unchanged } = countOutcomes(lines);
  const summary = `${added} added, ${changed} changed, ${unchanged} unchanged`;
  const told = lines
    .filter(({ outcome }) => outcome !== 'unchanged')
    .map(
      ({ line, name, outcome, columns }) =>
        `line ${line}: ${cleanText(name)}: ${outcome}${outcome === 'changed' ? ` (${columns.join(', ')})` : ''}\n`,
    );
  return isDryRun ? `${told.join('')}Dry run, nothing was written: ${summary}.\n` : `Imported: ${summary}.\n`;
}
