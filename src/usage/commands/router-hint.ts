import type { Output } from '../../platform/cli/render/screen.ts';
import { readableName } from '../../runtime/format.ts';
import type { UsageArchive } from '../ports.ts';

const MOST_NAMES = 20;

/** Warns on stderr that no router has the name of `--router`, and lists those there are: an empty answer looks like an idle router. */
export async function hintAtRouters(
  archive: Pick<UsageArchive, 'routersOnRecord'>,
  router: string | undefined,
  stderr: Output,
): Promise<void> {
  if (router === undefined) return;
  const names = await archive.routersOnRecord();
  if (names.includes(router)) return;
  const told = names.slice(0, MOST_NAMES).map(readableName).join(', ');
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  const rest = names.length === 0 ? 'no router was read yet' : `known routers: ${told}${more}`;
  stderr.write(`no such router; ${rest}\n`);
}
