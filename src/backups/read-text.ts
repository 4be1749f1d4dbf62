import { TroubleError } from '../runtime/errors.ts';
import type { ByteText } from './text.ts';
import type { BackupBook, Quarantine, Version } from './versions.ts';

/** Which text of a device: a version, or the one in quarantine. */
export type Which = number | 'quarantine';

/** A stored text with what is known of it. */
export interface StoredText {
  readonly text: ByteText;
  readonly facts: Version | Quarantine;
  /** Name of the device model that can hide its secrets. */
  readonly model: string;
  readonly version: Which;
}

/** Gives stored texts, without a version the newest one; rejects with a `TroubleError` `BACKUP_UNKNOWN` where there is none. */
export type ReadText = (device: string, which: Which | undefined) => Promise<StoredText>;

export function createTextReader({
  book,
}: {
  readonly book: Pick<BackupBook, 'versions' | 'quarantines' | 'text' | 'quarantinedText'>;
}): ReadText {
  return async (device, which) => {
    if (which === 'quarantine') {
      const facts = (await book.quarantines()).find((each) => each.device === device);
      const text = facts === undefined ? null : await book.quarantinedText(device);
      if (facts === undefined || text === null) throw nothingInQuarantine(device);
      return { text, facts, model: facts.model, version: which };
    }
    const versions = await book.versions(device);
    const facts = which === undefined ? versions.at(-1) : versions.find(({ version }) => version === which);
    const text = facts === undefined ? null : await book.text(device, facts.version);
    if (facts === undefined || text === null) throw noVersion(device, which);
    return { text, facts, model: facts.model, version: facts.version };
  };
}

export function noVersion(device: string, version: number | undefined): TroubleError {
  const what = version === undefined ? 'no such version' : `no version ${version}`;
  return new TroubleError(
    'BACKUP_UNKNOWN',
    `there is ${what} of '${device}'`,
    'See which there are: backup list, and backup list with the name of a device.',
  );
}

export function nothingInQuarantine(device: string): TroubleError {
  return new TroubleError('BACKUP_UNKNOWN', `nothing of '${device}' is in quarantine`, 'See which are: backup list.');
}
