import { TroubleError } from '../../runtime/errors.ts';

const RETRIED = 'Copies are retried.';

/** No connection to the other side. `reason` is a word of this machine's network, never what the other side sent. */
export function unreachable(place: string, reason: string, cause?: unknown): TroubleError {
  const advice = `Check the address, and that this machine can reach it (firewall, proxy, DNS, certificate). ${RETRIED}`;
  return new TroubleError('ARCHIVE_UNREACHABLE', `${place} cannot be reached: ${reason}`, advice, { cause });
}

export function loginRefused(place: string, said: string, advice: string): TroubleError {
  return new TroubleError('ARCHIVE_LOGIN_REFUSED', `${place} refuses the login: ${said}`, `${advice} ${RETRIED}`);
}

/** It may not be written, or not there. */
export function refused(place: string, said: string, cause?: unknown): TroubleError {
  const advice = `Check that the address or path is right and may be written, and who owns it. ${RETRIED}`;
  return new TroubleError('ARCHIVE_REFUSED', `${place} cannot be used: ${said}`, advice, { cause });
}

export function full(place: string, said: string, cause?: unknown): TroubleError {
  const advice = `Free space, raise the quota, or set a smaller keep for this archive. ${RETRIED}`;
  return new TroubleError('ARCHIVE_FULL', `${place} has no room: ${said}`, advice, { cause });
}

/** Trouble of the other side. */
export function failed(place: string, said: string, cause?: unknown): TroubleError {
  const advice = `Look at the server or disk of the archive. ${RETRIED}`;
  return new TroubleError('ARCHIVE_FAILED', `${place} failed: ${said}`, advice, { cause });
}
