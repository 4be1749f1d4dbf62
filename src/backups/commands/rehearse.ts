import type { Command } from 'commander';
import { type Frame, type Open, withOpened } from '../../platform/cli/frame.ts';
import { formatOption, type OutputFormat } from '../../platform/cli/options.ts';
import { csvRows } from '../../runtime/csv.ts';
import { formatCount, readableName } from '../../runtime/format.ts';
import { toJson } from '../../runtime/json.ts';
import type { Rehearsal } from '../rehearsal.ts';
import { type BackupBooks, versionArgument } from './frame.ts';

const KEYS = ['device', 'line', 'column', 'reason'] as const;

/** `backup rehearse`: whether RouterOS could read what is kept. */
export function addRehearseCommand(
  { open }: { readonly open: Open<BackupBooks> },
  backup: Command,
  frame: Frame,
): void {
  backup
    .command('rehearse <device>')
    .description('Check without a router whether RouterOS could read a stored configuration; exit code 1 on a finding')
    .option('--version <number>', 'this version (default: the newest)', versionArgument)
    .addOption(formatOption())
    .action((device: string, { version, format }: { version?: number; format: OutputFormat }) =>
      withOpened(open, frame, async ({ backups }) => {
        const rehearsal = await backups.rehearse(device, version);
        frame.stdout.write(printFindings(rehearsal, format));
        // For programs the output is the findings alone.
        (format === 'table' ? frame.stdout : frame.stderr).write(printLimits(rehearsal));
        frame.exitWith(rehearsal.findings.length > 0 ? 1 : 0);
      }),
    );
}

function printFindings({ device, findings, rows, version }: Rehearsal, format: OutputFormat): string {
  const entries = findings.map(({ line, column, reason }) => ({ device, line, column, reason }));
  if (format === 'json') return toJson(entries);
  if (format === 'csv') return csvRows([KEYS, ...entries.map((entry) => KEYS.map((key) => entry[key]))]);
  const listed = entries.map(({ line, column, reason }) => `Line ${line}, column ${column}: ${reason}\n`);
  const count = formatCount(findings.length, 'finding', 'findings');
  const sum = `${readableName(device)}, version ${version}: ${formatCount(rows, 'row', 'rows')} read, ${count}.\n`;
  return `${listed.join('')}${sum}`;
}

/** What this does not prove. */
function printLimits({ rosVersion, against, unchecked }: Rehearsal): string {
  const lines = [
    `${readAgainst(rosVersion, against)} No import was tried. Not checked: values, and whether the things they name exist.`,
    ...(unchecked.length === 0
      ? []
      : [
          'Also not checked, because the list of commands lacks hardware and some packages:',
          ...unchecked.map(({ what, rows }) => `  ${what} (${formatCount(rows, 'row', 'rows')})`),
        ]),
  ];
  return `${lines.join('\n')}\n`;
}

function readAgainst(rosVersion: string | null, against: Rehearsal['against']): string {
  const system = rosVersion === null ? 'a RouterOS of unknown version' : `RouterOS ${readableName(rosVersion)}`;
  if (against === null)
    return `Only quotes, brackets and the form of rows were read: there is no list of commands for ${system}.`;
  const versions = against.versions.join(' and ');
  return against.isExact
    ? `Read against the commands of RouterOS ${versions}.`
    : `Read against the commands of RouterOS ${versions}: there is no list for ${system}.`;
}
