import { type Command, InvalidArgumentError } from 'commander';
import type { Frame } from '../../platform/cli/frame.ts';
import { asTyped } from '../../runtime/command-name.ts';
import { TroubleError } from '../../runtime/errors.ts';
import { parseHost, parseSource } from '../address.ts';
import { renderHardening } from '../render.ts';
import { renderWatchdog, type WatchdogOptions } from '../watchdog.ts';
import { runBackupAccess } from './backup-access.ts';
import { preparePassword, readScript, undoingText, writeBoth, writePrivate } from './files.ts';

export interface HardeningArgs {
  readonly serverIp?: readonly string[];
  /** Writes the access for backups in place of the hardening. */
  readonly backup: boolean;
  readonly publicKeyFile?: string;
  readonly binary: boolean;
  /** Writes the watchdog in place of the hardening. */
  readonly watchdog?: string | true;
  readonly poe?: WatchdogOptions['ports'];
  readonly afterMinutes: number;
  readonly times: number;
  readonly adminNet?: readonly string[];
  readonly passwordFile?: string;
  readonly rollbackMinutes: number;
  readonly optional: boolean;
  readonly out?: string;
}

/** `hardening`: the script that secures a router. It needs no configuration and no database. */
export function hardeningCommand(program: Command, frame: Pick<Frame, 'stdout' | 'commandName'>): void {
  program
    .command('hardening')
    .description("Write the RouterOS script that limits a router's API to this server and makes the read-only user")
    .option('--server-ip <ip...>', 'address the router sees this server under; several by comma', listOf(parseHost))
    .option(
      '--admin-net <net...>',
      'other address or network that may use the API; with --backup: SSH',
      listOf(parseSource),
    )
    .option('--password-file <file>', 'password of the user; created with mode 0600 if the file does not exist')
    .option(
      '--rollback-minutes <number>',
      'undo everything after this time unless cancelled; 0: never',
      parseMinutes,
      10,
    )
    .option('--optional', "also the script's optional part; read part 5 of the script first", false)
    .option(
      '--backup',
      'write another script instead: makes the user for backups, and limits SSH to this server and --admin-net',
      false,
    )
    .option('--binary', 'with --backup: the user may also save binary backups, and so change the router', false)
    .option('--public-key-file <file>', 'with --backup: the user logs in with this key (RSA, or ed25519 from 7.12)')
    .option(
      '--watchdog [address]',
      'write another script instead: the router reboots when this address does not answer, up to a limit',
    )
    .option(
      '--poe <port=address...>',
      'with --watchdog: power of a PoE port off and on when this address does not answer, up to a limit',
      portsOf,
    )
    .option('--after-minutes <number>', 'with --watchdog: minutes without an answer', parseMinutes, 10)
    .option(
      '--times <number>',
      'with --watchdog: how often at most; starts again at 0 after a day with answers',
      parseMinutes,
      2,
    )
    .option(
      '--out <file>',
      'the script, mode 0600; never overwrites (default: "security_hardening.rsc", "backup_access.rsc" or "watchdog.rsc")',
    )
    .addHelpText(
      'after',
      `
Example:
  ${frame.commandName} hardening --server-ip 192.0.2.10,2001:db8::10 --admin-net 192.0.2.0/24 --out edge-1.rsc
  ${frame.commandName} hardening --backup --server-ip 192.0.2.10 --admin-net 192.0.2.0/24 --public-key-file key.pub`,
    )
    .action(async (args: HardeningArgs, command: Command) => {
      if (args.backup && (args.watchdog !== undefined || args.optional))
        command.error('error: --backup writes a script of its own; leave out --watchdog and --optional');
      if (!args.backup && args.binary) command.error('error: --binary is for --backup');
      if (!args.backup && args.publicKeyFile !== undefined) command.error('error: --public-key-file is for --backup');
      if (args.watchdog !== undefined) frame.stdout.write(await runWatchdog(args));
      else if (args.poe !== undefined) command.error("error: option '--poe' needs '--watchdog'");
      else if (args.serverIp === undefined) command.error("error: required option '--server-ip <ip...>' not specified");
      else if (args.backup) frame.stdout.write(await runBackupAccess({ ...args, serverIp: args.serverIp }));
      else frame.stdout.write(await runHardening({ ...args, serverIp: args.serverIp }));
    });
}

/**
 * Writes the script, and the password file if it names one that is not there, both readable by the owner only; gives what to print. The
 * password itself is never part of that. A file that exists is not overwritten: it may hold the only copy of a router's password.
 * @throws TroubleError `HARDENING_…` when a value cannot be used or a file cannot be read or written
 */
async function runHardening(args: HardeningArgs & { readonly serverIp: readonly string[] }): Promise<string> {
  const { out = 'security_hardening.rsc' } = args;
  const prepared = await preparePassword(args.passwordFile);
  const script = renderHardening({
    template: await readScript('security_hardening.rsc'),
    serverAddresses: args.serverIp,
    adminNetworks: args.adminNet ?? [],
    password: prepared.password,
    rollbackMinutes: args.rollbackMinutes,
    optional: args.optional,
  });
  await writeBoth(out, script, args.passwordFile, prepared);
  return summary({ ...args, out }, prepared.wasGiven);
}

/** Writes the script by which a router mends itself; gives what to print. */
async function runWatchdog({
  watchdog,
  poe = [],
  afterMinutes,
  times,
  out = 'watchdog.rsc',
}: HardeningArgs): Promise<string> {
  const watched = typeof watchdog === 'string' ? watchdog : null;
  await writePrivate(out, renderWatchdog({ watched, ports: poe, afterMinutes, times }));
  return [
    `Wrote ${out} (readable by you only).`,
    '',
    'Next:',
    `  1. upload ${out} to the router, then /import file-name=<its name there>`,
    '  2. look at it: /system scheduler print where name~"netsentinel-watchdog"',
    'routeros/watchdog_undo.rsc undoes it.',
    '',
  ].join('\n');
}

function summary(args: HardeningArgs & { readonly out: string }, passwordWasGiven: boolean): string {
  const { out, passwordFile } = args;
  const origin = passwordWasGiven ? `taken from ${passwordFile}` : 'newly generated';
  const places =
    passwordWasGiven || passwordFile === undefined
      ? `${out}, in the line nsPassword`
      : `${passwordFile} and in ${out}, in the line nsPassword`;
  return [
    `Wrote ${out} (readable by you only).`,
    `The password of librenms_api (${origin}) is in ${places}.`,
    '',
    'Next:',
    `  1. ${asTyped('check')}: it shows who uses the API today; addresses that you do not give to this command lose access`,
    `  2. upload ${out} to the router, then /import file-name=<its name there>`,
    '  3. remove the file from the router: it contains the password',
    `  4. put the password into the configuration of the worker, and ${asTyped('check')} again`,
    undoingText(args.rollbackMinutes, 'security_hardening_undo.rsc'),
    '',
  ].join('\n');
}

/** Values by comma, by repetition, or both; each is read as the script would need it. */
function listOf(
  parse: (text: string) => string,
): (text: string, previous: readonly string[] | undefined) => readonly string[] {
  return (text, previous = []) => {
    try {
      return [...previous, ...text.split(',').map(parse)];
    } catch (error) {
      if (error instanceof TroubleError) throw new InvalidArgumentError(`${error.message}. ${error.advice}`);
      throw error;
    }
  };
}

/** `ether3=192.0.2.33`, several by repetition. */
function portsOf(text: string, before: WatchdogOptions['ports'] = []): WatchdogOptions['ports'] {
  const [port = '', address, ...more] = text.split('=');
  if (port === '' || address === undefined || more.length > 0) {
    throw new InvalidArgumentError('It must be like ether3=192.0.2.33.');
  }
  return [...before, { port, address }];
}

function parseMinutes(text: string): number {
  const minutes = Number(text);
  if (/^\d+$/.test(text) && minutes <= 1440) return minutes;
  throw new InvalidArgumentError('It must be a whole number from 0 to 1440.');
}
