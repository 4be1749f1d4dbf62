import { readFile, writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { Frame } from '../../platform/cli/frame.ts';
import { asTyped } from '../../runtime/command-name.ts';
import { TroubleError } from '../../runtime/errors.ts';
import { parseHost, parseSource } from '../address.ts';
import { generatePassword, parsePassword } from '../password.ts';
import { renderHardening } from '../render.ts';
import { renderWatchdog, type WatchdogOptions } from '../watchdog.ts';

export interface HardeningArgs {
  readonly serverIp?: readonly string[];
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

const templateFile = new URL('../../../routeros/security_hardening.rsc', import.meta.url);

/** `hardening`: the script that secures a router. It needs no configuration and no database. */
export function hardeningCommand(program: Command, frame: Pick<Frame, 'stdout' | 'commandName'>): void {
  program
    .command('hardening')
    .description("write the RouterOS script that limits a router's API to this server and makes the read-only user")
    .option('--server-ip <ip...>', 'address the router sees this server under; several by comma', listOf(parseHost))
    .option('--admin-net <net...>', 'other address or network that may use the API', listOf(parseSource))
    .option('--password-file <file>', 'password of librenms_api; created with mode 0600 if the file does not exist')
    .option(
      '--rollback-minutes <number>',
      'undo everything after this time unless cancelled; 0: never',
      parseMinutes,
      10,
    )
    .option('--optional', "also the script's optional part; read part 5 of the script first", false)
    .option('--watchdog [address]', 'write another script instead: reboot, limited, when this address does not answer')
    .option(
      '--poe <port=address...>',
      'with --watchdog: power off and on, limited, when this address does not answer',
      portsOf,
    )
    .option('--after-minutes <number>', 'with --watchdog: minutes without an answer', parseMinutes, 10)
    .option('--times <number>', 'with --watchdog: how often at most; a day with answers begins anew', parseMinutes, 2)
    .option(
      '--out <file>',
      'the script, mode 0600; never overwrites (default: "security_hardening.rsc", or "watchdog.rsc")',
    )
    .addHelpText(
      'after',
      `
Example:
  ${frame.commandName} hardening --server-ip 192.0.2.10,2001:db8::10 --admin-net 192.0.2.0/24 --out edge-1.rsc`,
    )
    .action(async (args: HardeningArgs, command: Command) => {
      if (args.watchdog !== undefined) frame.stdout.write(await runWatchdog(args));
      else if (args.poe !== undefined) command.error("error: option '--poe' needs '--watchdog'");
      else if (args.serverIp === undefined) command.error("error: required option '--server-ip <ip...>' not specified");
      else frame.stdout.write(await runHardening({ ...args, serverIp: args.serverIp }));
    });
}

/**
 * Writes the script, and the password file if it names one that is not there, both readable by the owner only; gives what to print. The
 * password itself is never part of that. A file that exists is not overwritten: it may hold the only copy of a router's password.
 * @throws TroubleError `HARDENING_…` when a value cannot be used or a file cannot be read or written
 */
export async function runHardening(args: HardeningArgs & { readonly serverIp: readonly string[] }): Promise<string> {
  const { out = 'security_hardening.rsc' } = args;
  const given = args.passwordFile === undefined ? undefined : await readPassword(args.passwordFile);
  const password = given ?? generatePassword();
  const script = renderHardening({
    template: await readFile(templateFile, 'utf8'),
    serverAddresses: args.serverIp,
    adminNetworks: args.adminNet ?? [],
    password,
    rollbackMinutes: args.rollbackMinutes,
    optional: args.optional,
  });
  await writePrivate(out, script);
  if (given === undefined && args.passwordFile !== undefined) await writePrivate(args.passwordFile, `${password}\n`);
  return summary({ ...args, out }, given !== undefined);
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
  const undoing =
    args.rollbackMinutes === 0
      ? 'There is no rollback: routeros/security_hardening_undo.rsc undoes everything.'
      : `The router undoes everything after ${args.rollbackMinutes} min unless you cancel that with the line the script shows at its end.`;
  return [
    `Wrote ${out} (readable by you only).`,
    `The password of librenms_api (${origin}) is in ${places}.`,
    '',
    'Next:',
    `  1. ${asTyped('check')}: it shows who uses the API today; addresses that you do not give to this command lose access`,
    `  2. upload ${out} to the router, then /import file-name=<its name there>`,
    '  3. remove the file from the router: it contains the password',
    `  4. put the password into the configuration of the worker, and ${asTyped('check')} again`,
    undoing,
    '',
  ].join('\n');
}

/** The password in the file; `undefined` when there is no such file. */
async function readPassword(file: string): Promise<string | undefined> {
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw fileTrouble(error, 'HARDENING_PASSWORD_FILE', `cannot read ${file}`);
  }
  return parsePassword(content);
}

async function writePrivate(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (isSystemError(error, 'EEXIST'))
      throw new TroubleError(
        'HARDENING_FILE_EXISTS',
        `${file} exists`,
        'Name another file, or remove this one if no router needs the password in it any more.',
      );
    throw fileTrouble(error, 'HARDENING_OUT', `cannot write ${file}`);
  }
}

function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function fileTrouble(error: unknown, code: string, what: string): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return error;
  return new TroubleError(code, `${what}: ${error.message}`, 'See whether the folder exists and its rights.', {
    cause: error,
  });
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
