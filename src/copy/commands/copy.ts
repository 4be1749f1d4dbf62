import { UsageError } from '../../platform/cli/usage-error.ts';
import { type Environment, readSecret } from '../../platform/config/secret.ts';
import { formatCount } from '../../runtime/format.ts';
import type { ComparedTable } from '../copy.ts';

/** The variable that names where to copy to when the command line does not: there everybody on the machine could read the password. */
const TARGET_VARIABLE = 'COPY_TO';

export interface CopyOptions {
  /** URL of the database to copy to. */
  readonly to?: string;
}

/** The URL to copy to, by option or environment. */
export function findTarget({ to }: CopyOptions, env: Environment): string {
  if (to !== undefined) return to;
  const found = readSecret(TARGET_VARIABLE, env);
  if ('secret' in found) return found.secret.reveal();
  throw new UsageError(`no target: give --to URL or, because it may contain a password, ${found.problem}`);
}

/** What `copy` prints: a line a table. */
export function reportCopy(tables: readonly ComparedTable[]): string {
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

export function isCopied(tables: readonly ComparedTable[]): boolean {
  return tables.every(({ isSame }) => isSame);
}
