import type { Logger } from './logger.ts';

/** Something that runs until it is stopped. Making one does nothing yet. */
export interface Part {
  readonly name: string;
  start(): void | Promise<void>;
  stop(): void | Promise<void>;
}

/**
 * Starts the parts in order, waits for the signal and stops them in reverse. When one cannot start, those that did are stopped and
 * the failure is passed on; when one cannot stop, the others are stopped all the same.
 */
export async function runUntil(signal: AbortSignal, parts: readonly Part[], logger: Logger): Promise<void> {
  const started: Part[] = [];
  try {
    for (const part of parts) {
      if (signal.aborted) break;
      started.push(part);
      await part.start();
    }
    await aborted(signal);
  } finally {
    for (const part of started.reverse()) {
      try {
        await part.stop();
      } catch (error) {
        logger.error({ part: part.name, err: error }, 'a component failed to stop');
      }
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
