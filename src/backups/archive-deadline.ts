import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';

/** The largest configuration over a slow line, and a list of all files of a slow server. */
const LONGEST_MS = 300_000;

/**
 * Does one thing with an archive and waits no longer than five minutes for it, also where it ignores its signal, as a file system does
 * whose server is away. Rejects with `ARCHIVE_TIMED_OUT` then, and at once with the reason of an aborted signal.
 */
export async function inTime<Result>(
  place: string,
  clock: Clock,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  const late = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const aborted = () => reject(signal.reason);
  signal.addEventListener('abort', aborted, { once: true });
  const cancel = clock.after(LONGEST_MS, () => {
    late.abort();
    reject(timedOut(place));
  });
  try {
    return await Promise.race([work(AbortSignal.any([signal, late.signal])), promise]);
  } finally {
    cancel();
    signal.removeEventListener('abort', aborted);
  }
}

function timedOut(place: string): TroubleError {
  return new TroubleError(
    'ARCHIVE_TIMED_OUT',
    `${place} does not answer within ${LONGEST_MS / 60_000} minutes`,
    'Check the line to it and whether its disk answers. Copies are retried.',
  );
}
