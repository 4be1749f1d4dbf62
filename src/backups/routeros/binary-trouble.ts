import { TroubleError } from '../../runtime/errors.ts';
import { formatBytes, readableName } from '../../runtime/format.ts';
import { BINARY_FILE } from './binary-file.ts';

/**
 * What can go wrong with a binary backup; whoever shows it says that it is about one. Nothing that a router said is quoted: it may repeat the
 * command, which has the password.
 */

const RIGHTS =
  'Give the group of the SSH user the policies ssh,ftp,read,write,sensitive (hardening --backup --binary does); some versions ask for policy and test too.';

export function unsupported(version: string | null): TroubleError {
  const what = version === null ? 'a RouterOS of unknown version' : `RouterOS ${readableName(version)}`;
  return new TroubleError(
    'BACKUP_BINARY_UNSUPPORTED',
    `${what} cannot encrypt it with AES`,
    'Update the router to RouterOS 6.43 or later, or leave it out of backup.binary.',
  );
}

export function noSpace(what: string): TroubleError {
  return new TroubleError(
    'BACKUP_BINARY_NO_SPACE',
    what,
    'Remove files that nobody needs (/file print), or leave the device out of backup.binary.',
  );
}

export function notRemovable(): TroubleError {
  return new TroubleError(
    'BACKUP_BINARY_REFUSED',
    'the user may not remove files from the router, so none is written',
    RIGHTS,
  );
}

export function refused(what: string): TroubleError {
  return new TroubleError('BACKUP_BINARY_REFUSED', what, RIGHTS);
}

export function lost(what: string): TroubleError {
  return new TroubleError(
    'BACKUP_BINARY_INCOMPLETE',
    what,
    'The next run tries again, and removes what was left on the router.',
  );
}

export function incomplete(what: string): TroubleError {
  return new TroubleError(
    'BACKUP_BINARY_INCOMPLETE',
    `it did not come whole: ${what}`,
    'The next run tries again. Check the line to the router and its flash.',
  );
}

export function large(most: number): TroubleError {
  return new TroubleError(
    'BACKUP_BINARY_LARGE',
    `it is larger than ${formatBytes(BigInt(most))}`,
    'Leave the device out of backup.binary; save and fetch its backup by hand.',
  );
}

export function unproven(fault: string): TroubleError {
  return new TroubleError(
    'BACKUP_BINARY_UNPROVEN',
    `it is not stored: ${fault}`,
    'The next run tries again. If this stays, fetch one by hand (/system backup save) and report it with the version of RouterOS.',
  );
}

export function left(): TroubleError {
  return new TroubleError(
    'BACKUP_BINARY_LEFT',
    `it is stored, but the file ${BINARY_FILE} could not be removed from the router`,
    `The next run tries again. By hand: /file remove ${BINARY_FILE}.`,
  );
}

/** The same trouble, of a run whose file could not be removed either. */
export function alsoLeft({ code, message, advice }: TroubleError): TroubleError {
  return new TroubleError(code, `${message}; the file ${BINARY_FILE} may still be on the router`, advice);
}
