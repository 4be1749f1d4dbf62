import type { UsageArchive } from '../features/usage/ports.ts';
import { readableName } from '../runtime/format.ts';
import type { Output } from './render/screen.ts';

const MOST_NAMES = 20;

/** Says on stderr that a `--router` is on record under no such name, and which are: an empty answer alone looks like an idle router. */
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
  const rest = names.length === 0 ? 'there are none yet' : `there are: ${told}${more}`;
  stderr.write(`no router of that name is on record; ${rest}\n`);
}
