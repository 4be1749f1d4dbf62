import { type Environment, readSecret } from '../config/secret.ts';
import type { ComparedTable } from '../features/copy/copy.ts';
import { formatCount } from '../runtime/format.ts';
import { UsageError } from './usage-error.ts';

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
  throw new UsageError(
    `it is not said where to copy to: give --to URL; or, as it may hold a password, ${found.problem}`,
  );
}

/** What `copy` prints: a line a table. */
export function reportCopy(tables: readonly ComparedTable[]): string {
  const lines = tables.map(({ table, sourceRows, targetRows, isSame }) => {
    const rows = formatCount(sourceRows, 'row', 'rows');
    if (isSame) return `${table}: ${rows}, the same on both sides`;
    return `${table}: NOT THE SAME: ${rows} here, ${formatCount(targetRows, 'row', 'rows')} there`;
  });
  const end = isCopied(tables)
    ? 'All is copied. Name the new database in the configuration and start the worker.'
    : 'Not all is copied. See that nothing writes to either database and copy again: it begins anew by itself.';
  return `${[...lines, end].join('\n')}\n`;
}

export function isCopied(tables: readonly ComparedTable[]): boolean {
  return tables.every(({ isSame }) => isSame);
}
