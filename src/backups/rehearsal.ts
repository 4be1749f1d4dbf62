import { TroubleError } from '../runtime/errors.ts';
import { createTextReader } from './read-text.ts';
import { type CommandList, commandsOf } from './routeros/command-list.ts';
import { type Rehearsed, rehearse } from './routeros/rehearse.ts';
import type { BackupBook } from './versions.ts';

/** A stored configuration that was read as its router would read it. */
export interface Rehearsal extends Rehearsed {
  readonly device: string;
  readonly version: number;
  readonly rosVersion: string | null;
  /** Versions of RouterOS whose commands it was read against; `null`: no list comes near its version. */
  readonly against: { readonly versions: readonly string[]; readonly isExact: boolean } | null;
}

/** Rehearses a version of a device, the newest without one. Rejects with a `TroubleError`: `BACKUP_UNKNOWN`, `BACKUP_NO_REHEARSAL`. */
export async function rehearseVersion(
  device: string,
  version: number | undefined,
  { book, readCommands }: { readonly book: BackupBook; readonly readCommands: () => Promise<CommandList> },
): Promise<Rehearsal> {
  const { read } = await createTextReader({ book })(device);
  const { text, facts, model, version: which } = await read(version);
  if (which === 'quarantine') throw new Error('a version was asked for');
  if (model !== 'routeros') throw notRouterOs(device);
  const commands = commandsOf(facts.osVersion, await readCommands());
  return {
    ...{ device, version: which, rosVersion: facts.osVersion },
    against: commands === null ? null : { versions: commands.versions, isExact: commands.isExact },
    ...rehearse(text, commands),
  };
}

function notRouterOs(device: string): TroubleError {
  return new TroubleError(
    'BACKUP_NO_REHEARSAL',
    `'${device}' is no RouterOS device: its configuration cannot be rehearsed`,
    'Read it yourself: backup show.',
  );
}
