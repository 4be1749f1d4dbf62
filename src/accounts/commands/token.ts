import { type AddCommand, type Open, printFrom } from '../../platform/cli/frame.ts';
import { hideArguments } from '../../platform/cli/hide-arguments.ts';
import { formatOption, type OutputFormat } from '../../platform/cli/options.ts';
import type { Role } from '../../runtime/rights.ts';
import { tokenBody } from '../bodies.ts';
import { tokenEntry } from '../entries.ts';
import { type AccountsBooks, checked, commandActor, roleOption } from './frame.ts';
import { printEntries } from './tables.ts';

/** `token`: API tokens that belong to nobody. */
export function tokenCommand({ open }: { readonly open: Open<AccountsBooks> }): AddCommand {
  return (program, frame) => {
    const token = hideArguments(program.command('token').description('Manage the tokens of the API'));
    token
      .command('add <name>')
      .description('Make a token and print it, once and nothing else')
      .addOption(roleOption().makeOptionMandatory())
      .option('--days <number>', 'how long it is valid (default: until it is removed)')
      .action(async (name: string, { role, days }: { readonly role: Role; readonly days?: string }) => {
        const body = checked(tokenBody, { name, role, ...(days === undefined ? {} : { days: Number(days) }) });
        await printFrom(open, frame, async ({ accounts }) => {
          const made = await accounts.desk.addToken(commandActor(), body, null);
          return `${made.token}\n`;
        });
      });
    token
      .command('list')
      .description('Print all tokens, by their id and name')
      .addOption(formatOption())
      .action(({ format }: { readonly format: OutputFormat }) =>
        printFrom(open, frame, async ({ accounts, calendar: { timeZone } }) => {
          const tokens = (await accounts.desk.tokens(null)).map(tokenEntry);
          const columns = [
            ['id', 'Id'],
            ['name', 'Name'],
            ['role', 'Role'],
            ['owner', 'Owner'],
            ['madeBy', 'Made by'],
            ['createdAt', 'Made'],
            ['expiresAt', 'Expires'],
            ['usedAt', 'Last used'],
          ] as const;
          return printEntries(tokens, columns, {
            format,
            screen: frame.screen,
            timeZone,
            empty: 'There are no tokens.',
          });
        }),
      );
    token
      .command('remove <id>')
      .description('Remove a token: it stops working at once')
      .action((id: string) =>
        printFrom(open, frame, async ({ accounts }) => {
          await accounts.desk.removeToken(commandActor(), id, null);
          return 'Removed the token.\n';
        }),
      );
  };
}
