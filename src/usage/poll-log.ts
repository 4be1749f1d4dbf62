import type { Logger } from '../runtime/logger.ts';
import type { PollListener } from './ports.ts';

/** A line of level `debug` for each poll. Its trouble has a line of its own when it starts and when it ends. */
export function createPollLog(logger: Logger): Required<Pick<PollListener, 'polled'>> {
  return {
    polled(outcome, durationMs) {
      const { router, status } = outcome;
      const result = 'queues' in outcome ? { queues: outcome.queues } : { code: outcome.trouble.code };
      logger.debug({ router, status, ...result, durationMs: Math.round(durationMs) }, 'router polled');
    },
  };
}
