import { asTyped } from '../../runtime/command-name.ts';
import { renderBackupAccess } from '../backup-access.ts';
import { preparePassword, readPublicKey, readScript, undoingText, writeBoth } from './files.ts';

export interface BackupAccessArgs {
  readonly serverIp: readonly string[];
  readonly adminNet?: readonly string[];
  readonly passwordFile?: string;
  readonly publicKeyFile?: string;
  readonly binary: boolean;
  readonly rollbackMinutes: number;
  readonly out?: string;
}

/** Which rights binary backups need is nowhere written: these were seen to do. */
const WARNING =
  'Warning: with --binary this user can change the router (policies ssh,ftp,read,write,sensitive). Whoever gets its login owns the router. Use it only where you want binary backups.';

/**
 * Writes the script that lets a router be backed up; gives what to print. The password itself is never part of that.
 * @throws TroubleError `HARDENING_…` when a value cannot be used or a file cannot be read or written
 */
export async function runBackupAccess(args: BackupAccessArgs): Promise<string> {
  const { out = 'backup_access.rsc', passwordFile, publicKeyFile } = args;
  const publicKey = publicKeyFile === undefined ? null : await readPublicKey(publicKeyFile);
  const prepared = await preparePassword(passwordFile);
  const script = renderBackupAccess({
    template: await readScript('backup_access.rsc'),
    undo: await readScript('backup_access_undo.rsc'),
    serverAddresses: args.serverIp,
    adminNetworks: args.adminNet ?? [],
    ...{ password: prepared.password, allowsBinary: args.binary },
    publicKey,
    rollbackMinutes: args.rollbackMinutes,
  });
  await writeBoth(out, script, passwordFile, prepared);
  const place = passwordFile ?? `${out}, in the line nsPassword`;
  const login =
    publicKeyFile === undefined
      ? `netsentinel_backup logs in with a password; it is in ${place}.`
      : `netsentinel_backup logs in with the key of ${publicKeyFile}; the router refuses its password then.`;
  const added =
    publicKeyFile === undefined
      ? asTyped('credential add backup --username netsentinel_backup --password')
      : asTyped('credential add backup --username netsentinel_backup --private-key-file FILE');
  return [
    `Wrote ${out} (readable by you only).`,
    login,
    ...(args.binary ? [WARNING] : []),
    '',
    'From then on SSH to the router works only from the addresses that you gave here, and those that its SSH service was limited to before.',
    '',
    'Next:',
    `  1. upload ${out} to the router, then /import file-name=<its name there>`,
    '  2. remove the file from the router: it contains a password',
    `  3. ${added}`,
    `  4. give the device this credential (--ssh-credential backup), then ${asTyped('check')}`,
    undoingText(args.rollbackMinutes, 'backup_access_undo.rsc'),
    '',
  ].join('\n');
}
