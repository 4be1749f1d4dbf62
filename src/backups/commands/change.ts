import type { Command } from 'commander';
import { type Frame, type Open, printFrom, withOpened } from '../../platform/cli/frame.ts';
import { formatCount, readableName } from '../../runtime/format.ts';
import { noted } from '../acts.ts';
import type { BackupDesk } from '../desk.ts';
import { readFolder, safeName, writePrivate } from '../reader/folder.ts';
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
    .command('export <folder>')
    .description('Write the newest configuration of each device as <device>/<date>-<version>.rsc; secrets are hidden')
    .option('--history', 'all versions', false)
    .option('--reveal', 'with their secrets; this is noted in the audit', false)
    .action((folder: string, options: { history: boolean; reveal: boolean }) =>
      printFrom(open, frame, async ({ backups, note }) => {
        if (options.reveal) await note({ action: 'backup.reveal', subject: 'export', outcome: 'ok' });
        const count = await exportTo(folder, backups.desk(), options);
        return `Wrote ${formatCount(count, 'configuration', 'configurations')} to ${folder}.\n`;
      }),
    );

  backup
    .command('import <folder>')
    .description('Take configurations named <device>/<date>.rsc into the history, marked as imported')
    .action((folder: string) =>
      withOpened(open, frame, async ({ backups, note }) => {
        const files = await readFolder(folder);
        await backups.refresh();
        const count = { taken: 0, leftOut: 0 };
        for await (const { path, version, reason } of backups.importFiles(files)) {
          if (version === null) frame.stderr.write(`${readableName(path)} is left out: ${reason ?? ''}\n`);
          count[version === null ? 'leftOut' : 'taken'] += 1;
        }
        await note({ action: 'backup.import', subject: folder, outcome: 'ok' });
        const left = count.leftOut === 0 ? '' : `; ${formatCount(count.leftOut, 'file is', 'files are')} left out`;
        frame.stdout.write(`Imported ${formatCount(count.taken, 'configuration', 'configurations')}${left}.\n`);
      }),
    );
}

async function exportTo(
  folder: string,
  desk: BackupDesk,
  { history, reveal }: { readonly history: boolean; readonly reveal: boolean },
): Promise<number> {
  let count = 0;
  const newest = (await desk.list()).filter(({ version }) => version !== null);
  for (const { device } of newest) {
    const all = (await desk.list(device)).filter(({ version }) => version !== null);
    for (const { version, firstSeenAt } of history ? all : all.slice(-1)) {
      if (version === null) continue;
      const name = `${firstSeenAt.replace(/\.\d+Z$/, 'Z').replaceAll(':', '')}-${version}.rsc`;
      const below = `${folder}/${safeName(device)}`;
      await writePrivate(below, name, await desk.show(device, version, { reveal }));
      count += 1;
    }
  }
  return count;
}
