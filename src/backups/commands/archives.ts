import type { Command } from 'commander';
import { type Frame, type Open, printFrom } from '../../platform/cli/frame.ts';
import { formatOption, type OutputFormat } from '../../platform/cli/options.ts';
import type { Screen } from '../../platform/cli/render/screen.ts';
import { renderTable } from '../../platform/cli/render/table.ts';
import { csvRows } from '../../runtime/csv.ts';
import { formatBytes, formatCount, formatDuration, formatMoment, readableName } from '../../runtime/format.ts';
import { toJson } from '../../runtime/json.ts';
import type { ArchiveEntry } from '../archive-desk.ts';
import type { ArchiveTry } from '../archiver.ts';
import type { BackupBooks } from './frame.ts';

const KEYS = [
  ...(['archive', 'kind', 'place', 'copies', 'bytes', 'lastCopiedAt', 'waiting', 'lagSeconds'] as const),
  ...(['code', 'failingSince', 'trouble', 'advice'] as const),
];

/** `backup archives` and `recopy`: the copies that are kept off site. */
export function addArchiveCommands(
  { open }: { readonly open: Open<BackupBooks> },
  backup: Command,
  frame: Frame,
): void {
  backup
    .command('archives')
    .description('Print the archives for off-site copies: what each has, what waits, and its trouble')
    .addOption(formatOption())
    .action(({ format }: { format: OutputFormat }) =>
      printFrom(open, frame, async ({ backups, calendar }) =>
        printArchives(await backups.archives.list(), format, frame.screen, calendar.timeZone),
      ),
    );

  backup
    .command('recopy <archive>')
    .description(
      'Have all kept versions copied to an archive again, as after its files were lost or the age keys changed',
    )
    .action((archive: string) =>
      printFrom(open, frame, async ({ backups, note }) => {
        await backups.archives.recopy(archive);
        await note({ action: 'backup.recopy', subject: archive, outcome: 'ok' });
        return `The worker copies all kept versions to ${readableName(archive)} again, within some minutes.\n`;
      }),
    );
}

function printArchives(
  entries: readonly ArchiveEntry[],
  format: OutputFormat,
  screen: Screen,
  timeZone: string,
): string {
  if (format === 'json') return toJson(entries);
  if (format === 'csv') return csvRows([KEYS, ...entries.map((entry) => KEYS.map((key) => entry[key]))]);
  if (entries.length === 0) return 'There are no archives: backup.archives of the configuration names none.\n';
  const columns = [
    ...[{ title: 'Archive', align: 'left', shrinksTo: 8 } as const, { title: 'Kind', align: 'left' } as const],
    ...[{ title: 'Copies', align: 'right' } as const, { title: 'Size', align: 'right' } as const],
    ...[{ title: 'Last copy', align: 'left' } as const, { title: 'Waiting', align: 'left' } as const],
    { title: 'Trouble', align: 'left', shrinksTo: 10 } as const,
  ];
  const rows = entries.map(({ archive, kind, copies, bytes, lastCopiedAt, waiting, lagSeconds, trouble, code }) => [
    { text: readableName(archive) },
    { text: kind },
    { text: String(copies) },
    { text: formatBytes(BigInt(bytes)) },
    { text: lastCopiedAt === null ? 'none' : formatMoment(Date.parse(lastCopiedAt), timeZone) },
    { text: waiting === 0 ? 'none' : `${waiting}, for ${formatDuration(lagSeconds * 1000)}` },
    { text: trouble === null ? '' : `${readableName(trouble)} (${code ?? ''})`, paint: screen.red },
  ]);
  const advices = entries.flatMap(({ archive, advice }) => (advice === null ? [] : [`${archive}: ${advice}\n`]));
  return `${renderTable({ columns, rows }, screen.width)}${advices.length === 0 ? '' : '\n'}${advices.join('')}`;
}

/** What `backup run` prints of its one try at each archive. */
export function printTries(tries: readonly { readonly archive: string; readonly result: ArchiveTry }[]): string {
  return tries.map(({ archive, result }) => `Archive ${archive}: ${saidOf(result)}\n`).join('');
}

function saidOf(result: ArchiveTry): string {
  if (result.state === 'held') return 'another process copies to it now';
  if (result.state === 'failed')
    return `${readableName(result.trouble.message)} (${result.trouble.code}); retried by the worker`;
  return result.copied === 0
    ? 'nothing new to copy'
    : formatCount(result.copied, 'configuration copied', 'configurations copied');
}
