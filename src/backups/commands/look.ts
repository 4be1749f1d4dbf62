import type { Command } from 'commander';
import { type Frame, type Open, printFrom, withOpened } from '../../platform/cli/frame.ts';
import { formatOption, type OutputFormat } from '../../platform/cli/options.ts';
import type { Screen } from '../../platform/cli/render/screen.ts';
import { renderTable } from '../../platform/cli/render/table.ts';
import { cleanLines } from '../../runtime/clean-text.ts';
import { csvRows } from '../../runtime/csv.ts';
import { TroubleError } from '../../runtime/errors.ts';
import { formatBytes, formatMoment, readableName } from '../../runtime/format.ts';
import { toJson, toJsonObject } from '../../runtime/json.ts';
import type { DiffEntry, VerifiedEach } from '../desk.ts';
import { type ListEntry, runEntry } from '../entries.ts';
import type { RunReport } from '../outcome.ts';
import type { SearchHit } from '../search.ts';
import { type BackupBooks, versionArgument, whichOf } from './frame.ts';

interface Deps {
  readonly open: Open<BackupBooks>;
}

const LIST_KEYS = [
  ...(['device', 'version', 'firstSeenAt', 'lastSeenAt', 'bytes', 'rosVersion', 'model', 'serial'] as const),
  ...(['changedBy', 'linesAdded', 'linesRemoved', 'state', 'binaryBytes'] as const),
];

/** `backup list`, `show`, `diff`, `search`, `verify` and `report`: what only looks. */
export function addLookCommands({ open }: Deps, backup: Command, frame: Frame): void {
  backup
    .command('list [device]')
    .description('Print the newest configuration of each device, or all of one')
    .addOption(formatOption())
    .action((device: string | undefined, { format }: { format: OutputFormat }) =>
      printFrom(open, frame, async ({ backups, calendar }) =>
        printList(await backups.desk().list(device), format, frame.screen, calendar.timeZone),
      ),
    );

  backup
    .command('show <device>')
    .description('Print a configuration, the newest without --version; secrets are hidden')
    .option('--version <number>', 'this version', versionArgument)
    .option('--quarantine', 'what is kept apart because it looks wrong', false)
    .option('--reveal', 'as it was received, with its secrets; this is noted in the audit', false)
    .action((device: string, options: { version?: number; quarantine: boolean; reveal: boolean }) =>
      withOpened(open, frame, async ({ backups, note }) => {
        const { reveal } = options;
        const text = await backups.desk().show(device, whichOf(options), { reveal });
        if (reveal) await note({ action: 'backup.reveal', subject: device, outcome: 'ok' });
        // What a device sent may command a terminal; a file gets it byte for byte.
        frame.stdout.write(frame.stdout.isTTY === true ? cleanLines(text.toString('utf8')) : text);
      }),
    );

  backup
    .command('diff <device> [a] [b]')
    .description('Print what changed from version A to B; without B to the newest, without both by the newest')
    .option('--unordered', 'leave out lines that were only moved', false)
    .addOption(formatOption())
    .action(
      (
        device: string,
        a: string | undefined,
        b: string | undefined,
        options: { unordered: boolean; format: OutputFormat },
      ) =>
        printFrom(open, frame, async ({ backups }) => {
          const versions = { a: numberOf(a), b: numberOf(b) };
          const entries = await backups.desk().diff(device, versions, { isUnordered: options.unordered });
          return printDiff(entries, options.format, frame.screen);
        }),
    );

  backup
    .command('search <text>')
    .description('Print lines with this text, in the newest configuration of each device; hidden secrets are not found')
    .option('--history', 'in all versions', false)
    .option('--reveal', 'look into secrets and show them; this is noted in the audit', false)
    .addOption(formatOption())
    .action((text: string, { history, reveal, format }: { history: boolean; reveal: boolean; format: OutputFormat }) =>
      printFrom(open, frame, async ({ backups, note }) => {
        const found = await Array.fromAsync(backups.desk().search(text, { isInHistory: history, reveal }));
        if (reveal) await note({ action: 'backup.reveal', subject: 'search', outcome: 'ok' });
        return printHits(found, format);
      }),
    );

  backup
    .command('verify [device]')
    .description('Read every stored configuration; exit code 1 when one cannot be read')
    .addOption(formatOption())
    .action((device: string | undefined, { format }: { format: OutputFormat }) =>
      withOpened(open, frame, async ({ backups }) => {
        const all = await Array.fromAsync(backups.desk().verify(device));
        frame.stdout.write(printVerified(all, format));
        frame.exitWith(all.some(({ trouble }) => trouble !== null) ? 1 : 0);
      }),
    );

  backup
    .command('report [run]')
    .description('Print what a run came to, the last one without an id')
    .addOption(formatOption())
    .action((run: string | undefined, { format }: { format: OutputFormat }) =>
      printFrom(open, frame, async ({ backups, calendar }) => {
        const id = run ?? (await backups.states.recent(1)).at(0)?.run;
        const report = id === undefined ? null : await backups.states.of(id);
        if (report === null) throw noRun();
        return printReport(report, format, frame.screen, calendar.timeZone);
      }),
    );
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : versionArgument(text);
}

function printList(entries: readonly ListEntry[], format: OutputFormat, screen: Screen, timeZone: string): string {
  if (format === 'json') return toJson(entries);
  if (format === 'csv') {
    const rows = entries.map((entry) =>
      LIST_KEYS.map((key) => (key === 'changedBy' ? entry[key].join(';') : entry[key])),
    );
    return csvRows([LIST_KEYS, ...rows]);
  }
  if (entries.length === 0) return 'There are no backups.\n';
  const columns = [
    ...[{ title: 'Device', align: 'left', shrinksTo: 8 } as const, { title: 'Version', align: 'right' } as const],
    ...[{ title: 'Since', align: 'left' } as const, { title: 'Last seen', align: 'left' } as const],
    ...[{ title: 'Size', align: 'right' } as const, { title: 'Lines', align: 'left' } as const],
    { title: 'Changed by', align: 'left', shrinksTo: 6 } as const,
  ];
  const rows = entries.map((entry) => [
    { text: readableName(entry.device) },
    entry.version === null ? { text: 'quarantined', paint: screen.red } : { text: String(entry.version) },
    { text: formatMoment(Date.parse(entry.firstSeenAt), timeZone) },
    { text: formatMoment(Date.parse(entry.lastSeenAt), timeZone) },
    { text: sizesOf(entry) },
    { text: changeOf(entry) },
    { text: entry.changedBy.join(', ') },
  ]);
  return renderTable({ columns, rows }, screen.width);
}

function sizesOf({ bytes, binaryBytes }: ListEntry): string {
  const binary = binaryBytes === null ? '' : `, binary ${formatBytes(BigInt(binaryBytes))}`;
  return `${formatBytes(BigInt(bytes))}${binary}`;
}

/** All lines of a first version are new: that is no change. */
function changeOf({ version, linesAdded, linesRemoved }: ListEntry): string {
  if (version === null) return '';
  return version === 1 ? 'first' : `+${linesAdded} −${linesRemoved}`;
}

function printDiff(entries: readonly DiffEntry[], format: OutputFormat, screen: Screen): string {
  if (format === 'json') return toJson(entries.map(({ menu, sign, line }) => ({ menu, sign, line })));
  if (format === 'csv')
    return csvRows([['menu', 'sign', 'line'], ...entries.map(({ menu, sign, line }) => [menu, sign, line])]);
  if (entries.length === 0) return 'Nothing changed.\n';
  return entries
    .map(({ menu, sign, line, isMoved }, index) => {
      const heading = entries[index - 1]?.menu === menu ? '' : `${screen.bold(menu)}\n`;
      const paint = isMoved ? screen.dim : sign === '+' ? (text: string) => text : screen.red;
      return `${heading}${paint(`${sign} ${line}${isMoved ? '  (moved)' : ''}`)}\n`;
    })
    .join('');
}

function printHits(hits: readonly SearchHit[], format: OutputFormat): string {
  if (format === 'json') return toJson(hits);
  const rows = hits.map(({ device, version, line, menu, text }) => [device, version, line, menu, text]);
  if (format === 'csv') return csvRows([['device', 'version', 'line', 'menu', 'text'], ...rows]);
  if (hits.length === 0) return 'No line has this text.\n';
  return hits
    .map(({ device, version, line, menu, text }) => `${readableName(device)} ${version}:${line} ${menu}  ${text}\n`)
    .join('');
}

function printVerified(all: readonly VerifiedEach[], format: OutputFormat): string {
  const entries = all.map(({ device, version, trouble, isBinary }) => {
    const what = isBinary ? 'binary' : 'text';
    return { device, version, what, ok: trouble === null, trouble };
  });
  if (format === 'json') return toJson(entries);
  if (format === 'csv') {
    const rows = entries.map(({ device, version, what, ok, trouble }) => [device, version, what, ok, trouble]);
    return csvRows([['device', 'version', 'what', 'ok', 'trouble'], ...rows]);
  }
  const bad = entries.filter(({ ok }) => !ok);
  const lines = bad.map(({ device, version, what, trouble }) => {
    const place = version === null ? 'quarantine' : `version ${version}${what === 'binary' ? ', binary backup' : ''}`;
    return `${readableName(device)} ${place}: ${trouble ?? ''}\n`;
  });
  return `${lines.join('')}${entries.length - bad.length} of ${entries.length} can be read.\n`;
}

/** What `backup run` and `backup report` print. */
export function printReport(report: RunReport, format: OutputFormat, screen: Screen, timeZone: string): string {
  const entry = runEntry(report);
  if (format === 'json') return toJsonObject(entry);
  const keys = [
    'device',
    'outcome',
    'code',
    'step',
    'tries',
    'seconds',
    'bytes',
    'version',
    'trouble',
    'advice',
  ] as const;
  if (format === 'csv') {
    const rows = entry.devices.map(({ binary, ...device }) => [
      ...keys.map((key) => device[key]),
      ...[binary?.outcome ?? null, binary?.code ?? null, binary?.trouble ?? null],
    ]);
    return csvRows([[...keys, 'binary', 'binaryCode', 'binaryTrouble'], ...rows]);
  }
  const heading = `Backup of ${formatMoment(report.startedAt, timeZone)}${report.finishedAt === null ? ', not finished' : ''}`;
  if (entry.devices.length === 0) return `${screen.bold(heading)}\n\nNo device was backed up.\n`;
  const rows = entry.devices.map(({ device, outcome, version, bytes, trouble, code, binary }) => [
    { text: readableName(device) },
    { text: outcome, paint: outcome === 'failed' || outcome === 'quarantined' ? screen.red : (text: string) => text },
    { text: version === null ? '' : String(version) },
    { text: bytes === null ? '' : formatBytes(BigInt(bytes)) },
    { text: [...wordsOf(trouble, code), ...binaryWords(binary)].join(' ') },
  ]);
  const columns = [
    ...[{ title: 'Device', align: 'left', shrinksTo: 8 } as const, { title: 'Outcome', align: 'left' } as const],
    ...[{ title: 'Version', align: 'right' } as const, { title: 'Size', align: 'right' } as const],
    { title: 'Trouble', align: 'left', shrinksTo: 10 } as const,
  ];
  const advices = entry.devices.flatMap(({ device, advice, binary }) =>
    [advice, binary?.advice ?? null].flatMap((each) => (each === null ? [] : `${readableName(device)}: ${each}\n`)),
  );
  return `${screen.bold(heading)}\n\n${renderTable({ columns, rows }, screen.width)}${advices.length === 0 ? '' : '\n'}${advices.join('')}`;
}

function wordsOf(trouble: string | null, code: string | null): readonly string[] {
  return [trouble ?? '', code === null ? '' : `(${code})`].filter((text) => text !== '');
}

function binaryWords(binary: ReturnType<typeof runEntry>['devices'][number]['binary']): readonly string[] {
  const words = binary === null ? [] : wordsOf(binary.trouble, binary.code);
  return words.length === 0 ? [] : ['binary backup:', ...words];
}

function noRun(): TroubleError {
  return new TroubleError('BACKUP_UNKNOWN', 'there is no such run', 'Without an id the last one is printed.');
}
