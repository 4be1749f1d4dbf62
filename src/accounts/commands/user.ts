import type { Command } from 'commander';
import { type AddCommand, type Frame, type Open, printFrom } from '../../platform/cli/frame.ts';
import { hideArguments } from '../../platform/cli/hide-arguments.ts';
import { formatOption, type OutputFormat } from '../../platform/cli/options.ts';
import { readSecretInput } from '../../platform/cli/secret-input.ts';
import { UsageError } from '../../platform/cli/usage-error.ts';
import type { Role } from '../../runtime/rights.ts';
import { accountName, newPassword, userBody } from '../bodies.ts';
import { sessionEntry, userEntry } from '../entries.ts';
import { type AccountsBooks, checked, commandActor, roleOption } from './frame.ts';
import { printEntries } from './tables.ts';

const PASSWORD_FILE = '--password-file <file>';
const HOW_PASSWORD = 'file with the password; without it, it is asked for, or read from standard input';

interface PasswordOptions {
  readonly passwordFile?: string;
}

/** `user`: who may log in to the pages. */
export function userCommand({ open }: { readonly open: Open<AccountsBooks> }): AddCommand {
  return (program, frame) => {
    const user = hideArguments(program.command('user').description('Manage who may log in to the pages'));
    addAdd(user, frame, open);
    addList(user, frame, open);
    addSet(user, frame, open);
    addRemove(user, frame, open);
    addSessions(user, frame, open);
    addLogout(user, frame, open);
  };
}

function askPassword(frame: Frame, name: string, { passwordFile }: PasswordOptions): Promise<string> {
  const { stdin, stderr } = frame;
  return readSecretInput({ file: passwordFile, question: `Password of ${name}`, stdin, stderr });
}

function addAdd(user: Command, frame: Frame, open: Open<AccountsBooks>): void {
  user
    .command('add <name>')
    .description('Add a user')
    .addOption(roleOption().makeOptionMandatory())
    .option(PASSWORD_FILE, HOW_PASSWORD)
    .action(async (given: string, options: PasswordOptions & { readonly role: Role }) => {
      const name = checked(accountName, given);
      const password = await askPassword(frame, name, options);
      const body = checked(userBody, { name, role: options.role, password });
      await printFrom(open, frame, async ({ accounts }) => {
        await accounts.desk.addUser(commandActor(), body);
        return `Added ${name} as ${body.role}.\n`;
      });
    });
}

function addList(user: Command, frame: Frame, open: Open<AccountsBooks>): void {
  user
    .command('list')
    .description('Print all users')
    .addOption(formatOption())
    .action(({ format }: { readonly format: OutputFormat }) =>
      printFrom(open, frame, async ({ accounts, calendar: { timeZone } }) => {
        const users = (await accounts.desk.users()).map(userEntry);
        const columns = [
          ['name', 'Name'],
          ['role', 'Role'],
          ['sessions', 'Sessions'],
          ['createdAt', 'Added'],
          ['lastLoginAt', 'Last login'],
        ] as const;
        return printEntries(users, columns, { format, screen: frame.screen, timeZone, empty: 'There are no users.' });
      }),
    );
}

function addSet(user: Command, frame: Frame, open: Open<AccountsBooks>): void {
  user
    .command('set <name>')
    .description('Change the role or the password of a user; their sessions end')
    .addOption(roleOption())
    .option('--password', 'also set a new password: it is asked for, or read from standard input')
    .option(PASSWORD_FILE, 'file with the new password')
    .action(async (given: string, options: PasswordOptions & { readonly role?: Role; readonly password?: boolean }) => {
      const name = checked(accountName, given);
      const { role, password: isAsked = false, passwordFile } = options;
      const hasPassword = isAsked || passwordFile !== undefined;
      if (role === undefined && !hasPassword) throw new UsageError('give --role, --password or --password-file');
      const change = {
        ...(role === undefined ? {} : { role }),
        ...(hasPassword ? { password: checked(newPassword, await askPassword(frame, name, options)) } : {}),
      };
      await printFrom(open, frame, async ({ accounts }) => {
        await accounts.desk.setUser(commandActor(), name, change);
        return `Changed ${name}.\n`;
      });
    });
}

function addRemove(user: Command, frame: Frame, open: Open<AccountsBooks>): void {
  user
    .command('remove <name>')
    .description('Remove a user, their sessions and their API tokens')
    .option('--keep-tokens', 'keep their API tokens, which then belong to nobody', false)
    .action(async (given: string, { keepTokens }: { readonly keepTokens: boolean }) => {
      const name = checked(accountName, given);
      await printFrom(open, frame, async ({ accounts }) => {
        await accounts.desk.removeUser(commandActor(), name, { keepsTokens: keepTokens });
        return `Removed ${name}.\n`;
      });
    });
}

function addSessions(user: Command, frame: Frame, open: Open<AccountsBooks>): void {
  user
    .command('sessions [name]')
    .description('Print who is logged in')
    .addOption(formatOption())
    .action(async (given: string | undefined, { format }: { readonly format: OutputFormat }) => {
      const name = given === undefined ? null : checked(accountName, given);
      await printFrom(open, frame, async ({ accounts, calendar: { timeZone } }) => {
        const sessions = (await accounts.desk.sessions(name)).map(sessionEntry);
        const columns = [
          ['user', 'User'],
          ['address', 'Address'],
          ['agent', 'Browser'],
          ['createdAt', 'Since'],
          ['seenAt', 'Last used'],
          ['key', 'Key'],
        ] as const;
        return printEntries(sessions, columns, {
          format,
          screen: frame.screen,
          timeZone,
          empty: 'Nobody is logged in.',
        });
      });
    });
}

function addLogout(user: Command, frame: Frame, open: Open<AccountsBooks>): void {
  user
    .command('logout <name>')
    .description('End all sessions of a user')
    .action(async (given: string) => {
      const name = checked(accountName, given);
      await printFrom(open, frame, async ({ accounts }) => {
        const ended = await accounts.desk.endSessions(commandActor(), name);
        return `Ended sessions: ${ended}.\n`;
      });
    });
}
