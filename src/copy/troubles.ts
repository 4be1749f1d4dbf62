import { TroubleError } from '../runtime/errors.ts';

export function inUse(): TroubleError {
  return new TroubleError(
    'COPY_TARGET_IN_USE',
    'the database to copy to holds other data',
    'Name an empty database, or empty this one yourself if you are sure that nobody needs what is in it.',
  );
}

export function sourceChanged(): TroubleError {
  return new TroubleError(
    'COPY_SOURCE_CHANGED',
    'something was booked while the books were copied',
    'Stop the worker and whatever runs netsentinel by a timer, and copy again: it begins anew by itself.',
  );
}

export function brokenOff(): TroubleError {
  return new TroubleError(
    'COPY_BROKEN_OFF',
    'the copy was broken off before it was complete',
    'Give the same command again: it goes on where it stopped.',
  );
}
