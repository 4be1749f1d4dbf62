import type { Clock } from './clock.ts';
import { TroubleError } from './errors.ts';

/** Callers that ask while a question is running get the same answer. */
export function shareInFlight<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let asked: Promise<Answer> | null = null;
  return () => {
    asked ??= ask().finally(() => {
      asked = null;
    });
    return asked;
  };
}

/**
 * Asks a database on behalf of many callers, e.g. all viewers of a page: one question at a time, and each caller waits until the
 * deadline at most. The question itself keeps running after that, so that a hanging database is not asked again and again.
 *
 * @returns a function that asks; it rejects as `ask` does, or with `DATABASE_TIMEOUT` after `deadlineMs`
 */
export function createDatabaseQuestion<Answer>(deps: {
  readonly ask: () => Promise<Answer>;
  readonly clock: Clock;
  readonly deadlineMs: number;
}): () => Promise<Answer> {
  const { clock, deadlineMs } = deps;
  const share = shareInFlight(deps.ask);
  return () =>
    new Promise((resolve, reject) => {
      const cancel = clock.after(deadlineMs, () => reject(overdue()));
      share().then(resolve, reject).finally(cancel);
    });
}

function overdue(): TroubleError {
  return new TroubleError(
    'DATABASE_TIMEOUT',
    'the database did not answer in time',
    'Check whether its server is overloaded, or a firewall drops the connection.',
  );
}
