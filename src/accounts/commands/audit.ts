import { type AddCommand, type Open, printFrom } from '../../platform/cli/frame.ts';
import { formatOption, type OutputFormat } from '../../platform/cli/options.ts';
import { auditQuery, readAudit } from '../audit-query.ts';
import { type AccountsBooks, checked } from './frame.ts';
import { printEntries } from './tables.ts';

interface AuditOptions {
  readonly who?: string;
  readonly action?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: string;
  readonly format: OutputFormat;
}

/** `audit`: who did what. */
export function auditCommand({ open }: { readonly open: Open<AccountsBooks> }): AddCommand {
  return (program, frame) => {
    program
      .command('audit')
      .description('Print who changed what, logged in or failed to, newest first')
      .option('--who <name>', 'only this user, token or account of the machine')
      .option('--action <action>', 'only this action, e.g. login or user.add')
      .option('--from <day>', 'first day, YYYY-MM-DD')
      .option('--to <day>', 'last day, inclusive')
      .option('--limit <number>', 'entries at most, up to 1000', '100')
      .addOption(formatOption())
      .action(async ({ format, ...given }: AuditOptions) => {
        const asked = checked(auditQuery, given);
        await printFrom(open, frame, async ({ accounts, calendar }) => {
          const { entries } = await readAudit({ audit: accounts.audit, days: calendar }, asked);
          const columns = [
            ['at', 'When'],
            ['who', 'Who'],
            ['kind', 'Kind'],
            ['from', 'From'],
            ['action', 'Action'],
            ['subject', 'What'],
            ['outcome', 'Outcome'],
          ] as const;
          const { timeZone } = calendar;
          return printEntries(entries, columns, { format, screen: frame.screen, timeZone, empty: 'No entry matches.' });
        });
      });
  };
}
