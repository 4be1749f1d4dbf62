import type { AddCommand, GlobalOptions } from '../../platform/cli/frame.ts';
import { UsageError } from '../../platform/cli/usage-error.ts';
import { type Environment, readSecret } from '../../platform/config/secret.ts';
import { formatCount } from '../../runtime/format.ts';
import type { ComparedTable } from '../copy.ts';

/** The variable that names where to copy to when the command line does not: there everybody on the machine could read the password. */
const TARGET_VARIABLE = 'COPY_TO';

interface CopyOptions {
  /** URL of the database to copy to. */
  readonly to?: string;
}

/** What `copy` works with. */
export interface CopyDeps {
  /** Copies the configured database to the one of the URL, and compares both. */
  copyTo(url: string, globals: GlobalOptions): Promise<ComparedTable[]>;
}

/** `copy`: to another database. */
export function copyCommand({ copyTo }: CopyDeps): AddCommand {
  return (program, frame) => {
    program
      .command('copy')
      .description(
        'Copy all data to another, empty database and compare both, with the worker stopped; exit code 1 when they differ',
      )
      .option(
        '--to <url>',
        'sqlite:FILE or mysql://…; default: the variable COPY_TO, or the file that COPY_TO_FILE names',
      )
      .addHelpText(
        'after',
        `
An interrupted copy continues when the command is run again.

Example:
  ${frame.commandName} copy --to sqlite:/data/copy.db`,
      )
      .action(async (options: CopyOptions) => {
        const tables = await copyTo(findTarget(options, frame.env), frame.globals());
        frame.stdout.write(reportCopy(tables));
        frame.exitWith(isCopied(tables) ? 0 : 1);
      });
  };
}

/** The URL to copy to, by option or environment. */
function findTarget({ to }: CopyOptions, env: Environment): string {
  if (to !== undefined) return to;
  const found = readSecret(TARGET_VARIABLE, env);
  if ('secret' in found) return found.secret.reveal();
  throw new UsageError(`no target: give --to URL or, because it may contain a password, ${found.problem}`);
}

/** What `copy` prints: a line a table. */
function reportCopy(tables: readonly ComparedTable[]): string {
  const lines = tables.map(({ table, sourceRows, targetRows, isSame }) => {
    const rows = formatCount(sourceRows, 'row', 'rows');
    if (isSame) return `${table}: ${rows}, the same on both sides`;
    return `${table}: DIFFERENT: ${rows} here, ${formatCount(targetRows, 'row', 'rows')} there`;
  });
  const end = isCopied(tables)
    ? 'Copy complete. Set the new database in the configuration and start the worker.'
    : 'Copy incomplete. Make sure that nothing writes to either database, then copy again: it starts from the beginning.';
  return `${[...lines, end].join('\n')}\n`;
}

function isCopied(tables: readonly ComparedTable[]): boolean {
  return tables.every(({ isSame }) => isSame);
}
