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
  /** The version before it; `null`: it is the first that is kept. Of what is in quarantine the newest one. */
  readonly before: number | null;
}

/** The stored texts of one device. */
export interface DeviceTexts {
  /** By number, as they were when it was asked for them. */
  readonly versions: readonly Version[];
  /** Without a version the newest one; rejects with a `TroubleError` `BACKUP_UNKNOWN` where there is none. */
  read(which: Which | undefined): Promise<StoredText>;
}

export function createTextReader({
  book,
}: {
  readonly book: Pick<BackupBook, 'versions' | 'quarantines' | 'text' | 'quarantinedText'>;
}): (device: string) => Promise<DeviceTexts> {
  return async (device) => {
    const versions = await book.versions(device);

    async function readQuarantine(): Promise<StoredText> {
      const [facts] = await book.quarantines(device);
      const text = facts === undefined ? null : await book.quarantinedText(device);
      if (facts === undefined || text === null) throw nothingInQuarantine(device);
      return { text, facts, model: facts.model, version: 'quarantine', before: versions.at(-1)?.version ?? null };
    }

    async function readVersion(which: number | undefined): Promise<StoredText> {
      const facts = which === undefined ? versions.at(-1) : versions.find(({ version }) => version === which);
      const text = facts === undefined ? null : await book.text(device, facts.version);
      if (facts === undefined || text === null) throw noVersion(device, which);
      const before = versions[versions.indexOf(facts) - 1]?.version ?? null;
      return { text, facts, model: facts.model, version: facts.version, before };
    }

    return { versions, read: (which) => (which === 'quarantine' ? readQuarantine() : readVersion(which)) };
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
