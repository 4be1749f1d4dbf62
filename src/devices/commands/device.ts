import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { type AddCommand, type Frame, type Open, printFrom, withOpened } from '../../platform/cli/frame.ts';
import { hideArguments } from '../../platform/cli/hide-arguments.ts';
import { formatOption, type OutputFormat } from '../../platform/cli/options.ts';
import type { Secrets } from '../../platform/cli/secrets.ts';
import { UsageError } from '../../platform/cli/usage-error.ts';
import { csvRows } from '../../runtime/csv.ts';
import { readableName } from '../../runtime/format.ts';
import { toJson } from '../../runtime/json.ts';
import type { Desk } from '../desk.ts';
import type { DeviceTestStep } from '../device-tests.ts';
import type { DeviceFields } from '../fields.ts';
import { printDevice, printDevices } from './device-list.ts';
import { fieldsOf, type GivenOptions, OPTION_FIELDS, optionOf, orTell } from './inputs.ts';

/** What the commands of devices work on. */
export interface DeviceBooks {
  readonly desk: Desk;
  /** Pauses or resumes a device of any source; `false`: it is so already. What is refused rejects with a `Refusal`. */
  setPaused(name: string, isPaused: boolean): Promise<boolean>;
  /** Tries to log in to a router. Rejects with a `TroubleError` where the device is none. */
  testDevice(name: string, signal: AbortSignal): Promise<readonly DeviceTestStep[]>;
}

export interface DeviceCommandDeps {
  readonly open: Open<DeviceBooks>;
  readonly secrets: Secrets;
  /** Adds `discover`, `import` and `export`. */
  readonly addTransfer: (device: Command, frame: Frame) => void;
}

const HELP: Readonly<Record<string, string>> = {
  host: 'host name or IP address',
  model: 'routeros (the default), ios, linux, …',
  apiPort: 'port of the API (default: 8728, or 8729 with TLS)',
  apiTls: 'no, yes, insecure, or the SHA-256 fingerprint of the certificate',
  apiCredential: 'name of the credential for the API',
  sshPort: 'port of SSH (default: 22)',
  sshCredential: 'name of the credential for SSH',
  terminalCredential: 'name of the credential for the terminal',
  username: 'user name of a login that belongs to this device alone',
  parent: 'name of the device behind which it is reached',
  tags: "tags with ';' between",
  usage: 'yes or no: whether its usage is counted',
  backup: 'yes or no: whether it is backed up',
  paused: 'yes or no: whether it is left alone',
};

/** `device`: the inventory. Passwords never are arguments: every process of the machine can read those. */
export function deviceCommand(deps: DeviceCommandDeps): AddCommand {
  const { open, secrets } = deps;
  return (program, frame) => {
    const device = hideArguments(program.command('device').description('Manage the devices in the database'));

    device
      .command('list')
      .description('Print all devices, and where each comes from')
      .addOption(formatOption())
      .action(({ format }: { format: OutputFormat }) =>
        printFrom(open, frame, async ({ desk }) => printDevices(await desk.devices(), format, frame.screen)),
      );
    device
      .command('show <name>')
      .description('Print one device')
      .addOption(formatOption())
      .action((name: string, { format }: { format: OutputFormat }) =>
        withOpened(open, frame, ({ desk }) =>
          orTell(frame, 'not found', async () => {
            const entry = await desk.device(name);
            frame.stdout.write(format === 'table' ? printDevice(entry) : printDevices([entry], format, frame.screen));
          }),
        ),
      );

    withFields(device.command('add [name]').description('Add a device'))
      .option('--name <name>', 'the name, where it is not given as an argument')
      .action(async (given: string | undefined, options: GivenOptions) => {
        const name = nameOf(given, options['name']);
        const needsPassword = typeof options['username'] === 'string' && options['username'] !== '';
        const fields = fieldsOf(options, await passwordOf(options, needsPassword, secrets), frame);
        if (fields === null) return;
        await change(
          'the device was not added',
          (desk) => desk.addDevice(name, fields),
          `Added ${readableName(name)}.\n`,
        );
      });
    withFields(
      device
        .command('set <name>')
        .description('Change a device; an empty value clears a field. Its password stays, also for another host'),
    )
      .option('--password', 'ask for a new password')
      .action(async (name: string, options: GivenOptions) => {
        const fields = fieldsOf(options, await passwordOf(options, options['password'] === true, secrets), frame);
        if (fields !== null) await set(name, fields, 'Changed');
      });
    for (const [word, paused, said] of [
      ['pause', true, 'Paused'],
      ['resume', false, 'Resumed'],
    ] as const) {
      device
        .command(`${word} <name>`)
        .description(paused ? 'Leave a device alone; what is on record stays' : 'Read a paused device again')
        .action((name: string) => setPaused(name, paused, said));
    }
    device
      .command('remove <name>')
      .description('Remove a device; its usage, alerts and state history stay until retention deletes them')
      .action((name: string) =>
        change(
          'the device was not removed',
          (desk) => desk.removeDevice(name),
          `Removed ${readableName(name)}. Its usage, alerts and state history stay until retention deletes them; its backups stay.\n`,
        ),
      );
    device
      .command('test <name>')
      .description('Try to reach a router and to log in; exit code 1 when something failed')
      .addOption(formatOption())
      .action((name: string, { format }: { format: OutputFormat }) =>
        withOpened(open, frame, ({ testDevice }) =>
          orTell(frame, 'not found', async () => {
            const steps = await testDevice(name, frame.untilStop());
            frame.stdout.write(printSteps(steps, format));
            if (steps.some(({ status }) => status === 'failure')) frame.exitWith(1);
          }),
        ),
      );
    deps.addTransfer(device, frame);

    function set(name: string, fields: DeviceFields, said: string): Promise<void> {
      return withOpened(open, frame, ({ desk }) =>
        orTell(frame, 'the device was not changed', async () => {
          const { outcome } = await desk.setDevice(name, fields);
          frame.stdout.write(outcome === 'unchanged' ? 'It is so already.\n' : `${said} ${readableName(name)}.\n`);
        }),
      );
    }

    function setPaused(name: string, isPaused: boolean, said: string): Promise<void> {
      return withOpened(open, frame, (books) =>
        orTell(frame, 'the device was not changed', async () => {
          const isChanged = await books.setPaused(name, isPaused);
          frame.stdout.write(isChanged ? `${said} ${readableName(name)}.\n` : 'It is so already.\n');
        }),
      );
    }

    function change(what: string, work: (desk: Desk) => Promise<void>, said: string): Promise<void> {
      return withOpened(open, frame, ({ desk }) =>
        orTell(frame, what, async () => {
          await work(desk);
          frame.stdout.write(said);
        }),
      );
    }
  };
}

function withFields(command: Command): Command {
  for (const field of OPTION_FIELDS) command.option(`${optionOf(field)} <value>`, HELP[field]);
  return command.option('--password-file <file>', "file with the password of --username; '-' is standard input");
}

function nameOf(given: string | undefined, option: unknown): string {
  const names = [given, option].filter((name) => typeof name === 'string');
  const [name] = names;
  if (name === undefined || names.length > 1) throw new UsageError('give the name of the device, once');
  return name;
}

async function passwordOf(options: GivenOptions, isAsked: boolean, secrets: Secrets): Promise<string | undefined> {
  const file = options['passwordFile'];
  if (typeof file === 'string') return await secrets.fromFile(file);
  return isAsked ? await secrets.ask('Password') : undefined;
}

const WORDS = { ok: 'ok', warning: 'warning', failure: 'FAILURE' } as const;

function printSteps(steps: readonly DeviceTestStep[], format: OutputFormat): string {
  if (format === 'json') return toJson(steps);
  if (format === 'csv') {
    const rows = steps.map(({ part, status, found, advice }) => [part, status, found, advice]);
    return csvRows([['part', 'status', 'found', 'advice'], ...rows]);
  }
  return steps
    .map(({ part, status, found, advice }) => {
      const line = `${WORDS[status].padEnd(7)}  ${part}: ${readableName(found)}\n`;
      return advice === null ? line : `${line}         → ${readableName(advice)}\n`;
    })
    .join('');
}

/** Reads a file of at most `mostBytes`, or standard input for `-`. Rejects with a `UsageError`. */
export async function readInput(
  file: string,
  stdin: AsyncIterable<Buffer | string>,
  mostBytes: number,
): Promise<Buffer> {
  if (file === '-') {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of stdin) {
      const part = Buffer.from(chunk);
      bytes += part.length;
      if (bytes > mostBytes) throw new UsageError('standard input is too long');
      chunks.push(part);
    }
    return Buffer.concat(chunks);
  }
  try {
    const content = await readFile(file);
    if (content.length > mostBytes) throw new UsageError('the file is too large');
    return content;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`the file cannot be read (${codeOf(error)})`);
  }
}

/** Writes a new file that only its owner can read. Rejects with a `UsageError`. */
export async function writeOutput(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600 });
  } catch (error) {
    throw new UsageError(`the file cannot be written (${codeOf(error)})`);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'error';
}
