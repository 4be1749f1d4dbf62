import type { Command } from 'commander';
import { type Frame, type Open, printFrom, withOpened } from '../../platform/cli/frame.ts';
import { UsageError } from '../../platform/cli/usage-error.ts';
import type { TroubleError } from '../../runtime/errors.ts';
import { formatCount, readableName } from '../../runtime/format.ts';
import { noted } from '../acts.ts';
import type { BackupDesk } from '../desk.ts';
import type { CommittedVersion } from '../git-commits.ts';
import type { ImportedFile } from '../import.ts';
import { readFolder, writePrivate } from '../reader/folder.ts';
import { exportToGit } from '../reader/git-export.ts';
import { gitDirOf } from '../reader/git-repository.ts';
import { safeName } from '../safe-name.ts';
import { type BackupBooks, versionArgument } from './frame.ts';

interface Deps {
  readonly open: Open<BackupBooks>;
}

/** `backup accept`, `restore-script`, `export` and `import`. */
export function addChangeCommands({ open }: Deps, backup: Command, frame: Frame): void {
  backup
    .command('accept <device>')
    .description('Make what is kept apart because it looks wrong the newest version')
    .action((device: string) =>
      printFrom(open, frame, async ({ backups, note }) => {
        const accepted = (outcome: string) => note({ action: 'backup.accept', subject: device, outcome });
        const version = await noted(accepted, () => backups.desk().accept(device));
        return `Version ${version} of ${readableName(device)} is the newest now.\n`;
      }),
    );

  backup
    .command('restore-script <device>')
    .description('Print commands that lead from version B back to version A, to be read before anything of it is used')
    .argument('<a>', 'the version to go back to', versionArgument)
    .argument('<b>', 'the version that the device has now', versionArgument)
    .option('--reveal', 'with secrets in place of placeholders; this is noted in the audit', false)
    .action((device: string, a: number, b: number, { reveal }: { reveal: boolean }) =>
      printFrom(open, frame, async ({ backups, note }) => {
        const script = await backups.desk().restoreScript(device, a, b, { reveal });
        if (reveal) await note({ action: 'backup.reveal', subject: device, outcome: 'ok' });
        return script;
      }),
    );

  backup
    .command('export [folder]')
    .description(
      'Write the newest configuration of each device as <device>/<date>-<version>.rsc; secrets are hidden, and binary backups left out',
    )
    .option(
      '--git <folder>',
      'all versions as a bare git repository, one commit each; run again, it adds the new versions',
    )
    .option('--history', 'all versions', false)
    .option('--reveal', 'with their secrets, and to a folder with binary backups; this is noted in the audit', false)
    .action((folder: string | undefined, options: ExportOptions) =>
      printFrom(open, frame, async ({ backups, note }) => {
        const { git, reveal } = options;
        if ((folder === undefined) === (git === undefined))
          throw new UsageError('Name one folder, or one after --git.');
        if (reveal) await note({ action: 'backup.reveal', subject: 'export', outcome: 'ok' });
        if (git !== undefined) return await exportHistory(git, backups.desk(), options, frame);
        const count = await exportTo(folder ?? '', backups.desk(), options);
        return `Wrote ${formatCount(count, 'configuration', 'configurations')} to ${folder}.\n`;
      }),
    );

  backup
    .command('import <folder>')
    .description(
      'Take configurations into the history, marked as imported: <device>/<date>.rsc, or a git repository of oxidized or RANCID',
    )
    .action((folder: string) =>
      withOpened(open, frame, async ({ backups, note }) => {
        await backups.refresh();
        const gitDir = await gitDirOf(folder);
        const sum =
          gitDir === null
            ? await importAll(await readFolder(folder), backups, frame)
            : await importRepository(gitDir, backups, frame);
        await note({ action: 'backup.import', subject: folder, outcome: 'ok' });
        const left = sum.leftOut === 0 ? '' : `; ${formatCount(sum.leftOut, 'file is', 'files are')} left out`;
        frame.stdout.write(`Imported ${formatCount(sum.taken, 'configuration', 'configurations')}${left}.\n`);
      }),
    );
}

interface ExportOptions {
  readonly git?: string;
  readonly history: boolean;
  readonly reveal: boolean;
}

interface ImportSum {
  readonly taken: number;
  readonly leftOut: number;
}

async function importAll(
  files: readonly ImportedFile[],
  { importFiles }: Pick<BackupBooks['backups'], 'importFiles'>,
  { stderr }: Frame,
): Promise<ImportSum> {
  const count = { taken: 0, leftOut: 0 };
  for await (const { path, version, reason } of importFiles(files)) {
    if (version === null) stderr.write(`${readableName(path)} is left out: ${reason ?? ''}\n`);
    count[version === null ? 'leftOut' : 'taken'] += 1;
  }
  return count;
}

async function importRepository(gitDir: string, backups: BackupBooks['backups'], frame: Frame): Promise<ImportSum> {
  const history = await backups.readRepository(gitDir, frame.untilStop());
  try {
    for (const { path, reason } of history.leftOut)
      frame.stderr.write(`${readableName(path)} is left out: ${reason}\n`);
    const { taken, leftOut } = await importAll(history.files, backups, frame);
    return { taken, leftOut: leftOut + history.leftOut.length };
  } finally {
    await history.close();
  }
}

async function exportHistory(
  folder: string,
  desk: BackupDesk,
  { reveal }: ExportOptions,
  frame: Frame,
): Promise<string> {
  const versions: CommittedVersion[] = [];
  for await (const { firstSeenAt, ...facts } of versionsOf(desk, { history: true }))
    versions.push({ ...facts, at: Date.parse(firstSeenAt) });
  const text = (device: string, version: number) => desk.show(device, version, { reveal });
  const onLeftOut = ({ device, version }: CommittedVersion, trouble: TroubleError) =>
    frame.stderr.write(`${readableName(device)}, version ${version}, is left out: ${trouble.message}\n`);
  const history = { versions, isRevealed: reveal, text, onLeftOut };
  const count = await exportToGit(folder, history, frame.untilStop());
  return `Wrote ${formatCount(count, 'version', 'versions')} to ${folder}, branch main.\n`;
}

async function exportTo(folder: string, desk: BackupDesk, { history, reveal }: ExportOptions): Promise<number> {
  let count = 0;
  for await (const { device, version, firstSeenAt, binaryBytes } of versionsOf(desk, { history })) {
    const name = `${firstSeenAt.replace(/\.\d+Z$/, 'Z').replaceAll(':', '')}-${version}`;
    const below = `${folder}/${safeName(device)}`;
    await writePrivate(below, `${name}.rsc`, await desk.show(device, version, { reveal }));
    if (reveal && binaryBytes !== null)
      await writePrivate(below, `${name}.backup`, (await desk.binary(device, version)).bytes);
    count += 1;
  }
  return count;
}

/** The kept versions of each device, the newest last; without `history` the newest alone. */
async function* versionsOf(desk: BackupDesk, { history }: Pick<ExportOptions, 'history'>) {
  for (const device of new Set((await desk.list()).map((entry) => entry.device))) {
    const kept = (await desk.list(device)).flatMap(({ version, ...facts }) =>
      version === null ? [] : [{ ...facts, version }],
    );
    yield* history ? kept : kept.slice(-1);
  }
}
