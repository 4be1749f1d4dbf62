import type { Clock } from './clock.ts';
import { type LeveledLogger, LOG_LEVELS } from './logger.ts';

/** So long the log has another level before it goes back by itself. */
const CHANGED_FOR_MS = 3_600_000;

/** Levels that can be chosen while the worker runs. */
export const CHOSEN_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type ChosenLevel = (typeof CHOSEN_LEVELS)[number];

const RANK: readonly string[] = LOG_LEVELS;

/** The level of a running logger. */
export interface LevelSwitch {
  /** `debug` for an hour, and back at the next call: for a signal, which says no more. */
  toggle(): void;
  /** This level for an hour from now; the configured one ends that. */
  set(level: ChosenLevel): void;
  /** The present and the configured level, and when it goes back, Unix ms; `null`: it is the configured one. */
  state(): { readonly level: string; readonly configured: string; readonly backAt: number | null };
}

/** `signal` ends the hour: nothing may hold up a stop. */
export function createLevelSwitch({
  logger,
  clock,
  signal,
}: {
  readonly logger: LeveledLogger;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): LevelSwitch {
  const configured = logger.level;
  let change: { readonly backAt: number; readonly cancel: () => void } | null = null;

  signal.addEventListener('abort', () => change?.cancel(), { once: true });

  /** The line about it is written at the level that shows more. */
  function put(level: string, announce: () => void): void {
    const isQuieter = RANK.indexOf(level) > RANK.indexOf(logger.level);
    if (isQuieter) announce();
    logger.level = level;
    if (!isQuieter) announce();
  }

  function goBack(): void {
    change?.cancel();
    change = null;
    put(configured, () => logger.info({ logLevel: configured }, 'log level is the configured one again'));
  }

  function setFor(level: ChosenLevel): void {
    change?.cancel();
    change = { backAt: clock.now() + CHANGED_FOR_MS, cancel: clock.after(CHANGED_FOR_MS, goBack) };
    const forMinutes = CHANGED_FOR_MS / 60_000;
    put(level, () => logger.info({ logLevel: level, forMinutes }, 'log level changed; SIGUSR2 takes it back'));
  }

  return {
    toggle() {
      if (signal.aborted) return;
      if (change === null) setFor('debug');
      else goBack();
    },
    set(level) {
      if (signal.aborted) return;
      if (level !== configured) setFor(level);
      else if (change !== null) goBack();
    },
    state: () => ({ level: logger.level, configured, backAt: change?.backAt ?? null }),
  };
}
