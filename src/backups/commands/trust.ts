import { type Command, InvalidArgumentError } from 'commander';
import { type Frame, type Open, printFrom } from '../../platform/cli/frame.ts';
import { HOST_KEY } from '../../platform/config/ssh-login.ts';
import { readableName } from '../../runtime/format.ts';
import type { BackupBooks } from './frame.ts';

/** `device trust`: accepts a host key after a look at the device. */
export function addTrustCommand({ open }: { readonly open: Open<BackupBooks> }, device: Command, frame: Frame): void {
  device
    .command('trust <name>')
    .description('Accept the host key of a device for SSH, after comparing it on the device itself')
    .requiredOption('--fingerprint <fingerprint>', 'as SHA256:…', fingerprintArgument)
    .action((name: string, { fingerprint }: { fingerprint: string }) =>
      printFrom(open, frame, async ({ backups, note }) => {
        await backups.refresh();
        await backups.trust(name, fingerprint);
        await note({ action: 'device.trust', subject: name, outcome: 'ok' });
        return `${readableName(name)} is talked to with this host key from now on.\n`;
      }),
    );
}

function fingerprintArgument(text: string): string {
  if (HOST_KEY.test(text)) return text;
  throw new InvalidArgumentError('It must be like SHA256: with 43 characters after it.');
}
