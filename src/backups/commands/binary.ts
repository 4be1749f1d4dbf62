import { basename, dirname } from 'node:path';
import type { Command } from 'commander';
import { type Frame, type Open, printFrom } from '../../platform/cli/frame.ts';
import { formatBytes, readableName } from '../../runtime/format.ts';
import { writePrivate } from '../reader/folder.ts';
import { safeName } from '../safe-name.ts';
import { type BackupBooks, versionArgument } from './frame.ts';

/** `backup binary`: gives out a binary backup of a router. */
export function addBinaryCommand({ open }: { readonly open: Open<BackupBooks> }, backup: Command, frame: Frame): void {
  backup
    .command('binary <device>')
    .description(
      'Write the newest binary backup of a router to a file; its password is that of backup.binary. This is noted in the audit',
    )
    .option('--version <number>', 'the one of this version', versionArgument)
    .option('--out <file>', 'the file, mode 0600 (default: <device>-<version>.backup)')
    .action((device: string, options: { version?: number; out?: string }) =>
      printFrom(open, frame, async ({ backups, note }) => {
        const { version, bytes } = await backups.desk().binary(device, options.version);
        const { out = `${safeName(device)}-${version}.backup` } = options;
        await note({ action: 'backup.reveal', subject: `${device} ${version} binary`, outcome: 'ok' });
        await writePrivate(dirname(out), basename(out), bytes);
        return `Wrote the binary backup of version ${version} of ${readableName(device)}, ${formatBytes(BigInt(bytes.length))}, to ${out}.\n`;
      }),
    );
}
