import { type AddCommand, type Open, printFrom, withOpened } from '../../platform/cli/frame.ts';
import { hideArguments } from '../../platform/cli/hide-arguments.ts';
import { formatOption, type OutputFormat } from '../../platform/cli/options.ts';
import type { Secrets } from '../../platform/cli/secrets.ts';
import { readableName } from '../../runtime/format.ts';
import { type CredentialFields, parseCredentialFields } from '../credentials.ts';
import type { Desk } from '../desk.ts';
import type { DeviceBooks } from './device.ts';
import { printCredentials } from './device-list.ts';
import { type GivenOptions, orTell, tellProblems } from './inputs.ts';

const EXIT_USAGE = 2;

/** `credential`: logins that devices share. */
export function credentialCommand(deps: {
  readonly open: Open<Pick<DeviceBooks, 'desk'>>;
  readonly secrets: Secrets;
}): AddCommand {
  const { open, secrets } = deps;
  return (program, frame) => {
    const credential = hideArguments(program.command('credential').description('Manage logins that devices share'));

    credential
      .command('list')
      .description('Print all credentials, without their secrets')
      .addOption(formatOption())
      .action(({ format }: { format: OutputFormat }) =>
        printFrom(open, frame, async ({ desk }) => printCredentials(await desk.credentials(), format, frame.screen)),
      );
    for (const word of ['add', 'set'] as const) {
      const isNew = word === 'add';
      credential
        .command(`${word} <name>`)
        .description(isNew ? 'Add a credential' : 'Change a credential; devices that use it follow')
        .option('--username <value>', 'user name')
        .option('--password', 'ask for the password')
        .option('--password-file <file>', "file with the password; '-' is standard input")
        .option('--private-key-file <file>', 'file with a private key for SSH')
        .option('--passphrase-file <file>', 'file with the passphrase of the private key')
        .action(async (name: string, options: GivenOptions) => {
          const isAsked = options['password'] === true || (isNew && options['privateKeyFile'] === undefined);
          const parsed = parseCredentialFields(await readFields(options, isAsked));
          if ('problems' in parsed) {
            tellProblems(frame, 'the options are not usable', parsed.problems, EXIT_USAGE);
            return;
          }
          const { fields } = parsed;
          await change(
            `the credential was not ${isNew ? 'added' : 'changed'}`,
            (desk) => (isNew ? desk.addCredential(name, fields) : desk.setCredential(name, fields)),
            `${isNew ? 'Added' : 'Changed'} ${readableName(name)}.\n`,
          );
        });
    }
    credential
      .command('remove <name>')
      .description('Remove a credential that no device uses')
      .action((name: string) =>
        change(
          'the credential was not removed',
          (desk) => desk.removeCredential(name),
          `Removed ${readableName(name)}.\n`,
        ),
      );

    async function readFields(
      options: GivenOptions,
      isAsked: boolean,
    ): Promise<{ [Key in keyof CredentialFields]: unknown }> {
      const fromFile = async (option: string) => {
        const file = options[option];
        return typeof file === 'string' ? await secrets.fromFile(file) : undefined;
      };
      const password = (await fromFile('passwordFile')) ?? (isAsked ? await secrets.ask('Password') : undefined);
      const given = {
        username: options['username'],
        password,
        privateKey: await fromFile('privateKeyFile'),
        passphrase: await fromFile('passphraseFile'),
      };
      return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
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
