import { TroubleError } from '../runtime/errors.ts';

export function inUse(): TroubleError {
  return new TroubleError(
    'COPY_TARGET_IN_USE',
    'the database to copy to holds other data',
    'Use an empty database, or empty this one if its data is not needed.',
  );
}

export function sourceChanged(): TroubleError {
  return new TroubleError(
    'COPY_SOURCE_CHANGED',
    'data was written during the copy',
    'Stop the worker and any timer that runs netsentinel, then copy again; it starts over by itself.',
  );
}

export function brokenOff(): TroubleError {
  return new TroubleError(
    'COPY_BROKEN_OFF',
    'the copy was interrupted',
    'Run the same command again: it continues where it stopped.',
  );
}
