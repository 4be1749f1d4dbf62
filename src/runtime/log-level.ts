import type { Clock } from './clock.ts';
import type { LeveledLogger } from './logger.ts';

/** So long everything is logged before the level goes back by itself. */
const RAISED_FOR_MS = 3_600_000;

/** Switches a running logger to `debug` for an hour, and back at the next call. `signal` ends the hour: nothing may hold up a stop. */
export function createLevelSwitch({
  logger,
  clock,
  signal,
}: {
  readonly logger: LeveledLogger;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): () => void {
  const configured = logger.level;
  let cancel: (() => void) | null = null;

  signal.addEventListener('abort', () => cancel?.(), { once: true });

  function goBack(): void {
    cancel?.();
    cancel = null;
    logger.info({ level: configured }, 'log level is the configured one again');
    logger.level = configured;
  }

  return () => {
    if (signal.aborted) return;
    if (cancel !== null) return goBack();
    logger.level = 'debug';
    logger.info(
      { level: 'debug', forMinutes: RAISED_FOR_MS / 60_000 },
      'log level raised; another SIGUSR2 takes it back',
    );
    cancel = clock.after(RAISED_FOR_MS, goBack);
  };
}
