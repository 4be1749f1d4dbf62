import type { Clock } from './clock.ts';
import type { TroubleError } from './errors.ts';
import type { Logger } from './logger.ts';

/** Logs each trouble once when it starts and once when it ends, however often it occurs in between. */
export interface TroubleLog {
  /** `key` is what has the trouble, e.g. `router edge-1`; the same key with another code is logged anew. */
  started(key: string, trouble: TroubleError): void;
  /** Harmless when there was none. */
  ended(key: string): void;
  /** Stops tracking the trouble and logs nothing, e.g. because the router was removed. */
  forget(key: string): void;
}

interface OpenTrouble {
  readonly code: string;
  readonly sinceMs: number;
}

export function createTroubleLog(deps: { readonly logger: Logger; readonly clock: Clock }): TroubleLog {
  const { logger, clock } = deps;
  const open = new Map<string, OpenTrouble>();
  return {
    started(key, trouble) {
      const known = open.get(key);
      if (known?.code === trouble.code) return;
      open.set(key, { code: trouble.code, sinceMs: known?.sinceMs ?? clock.monotonicMs() });
      logger.warn(
        { subject: key, code: trouble.code, reason: trouble.message, advice: trouble.advice },
        'trouble started',
      );
    },
    ended(key) {
      const known = open.get(key);
      if (!known) return;
      open.delete(key);
      const lastedSeconds = Math.round((clock.monotonicMs() - known.sinceMs) / 1000);
      logger.info({ subject: key, code: known.code, lastedSeconds }, 'trouble is over');
    },
    forget: (key) => void open.delete(key),
  };
}
