import { mask } from './mask.ts';

/**
 * Trouble that belongs to running the worker: a router that is away, a wrong password, a database that restarts.
 * It is reported as one warning with what to do, never as a stack trace. Anything that is not a `TroubleError` is a bug.
 * Its message quotes outside systems, which may repeat what they were sent: secrets in it are masked.
 */
export class TroubleError extends Error {
  /** Stable and machine-readable, `UPPER_SNAKE_CASE`; tests and metrics rely on it, never on the wording. */
  readonly code: string;
  /** What the admin can do, in one sentence. */
  readonly advice: string;

  constructor(code: string, message: string, advice: string, options?: ErrorOptions) {
    super(mask(message), options);
    this.name = 'TroubleError';
    this.code = code;
    this.advice = advice;
  }
}

/** What an error says. Node's error about a name of which every address failed says nothing itself: it holds one error for each address. */
export function messageOf(error: Error): string {
  if (error.message !== '' || !(error instanceof AggregateError)) return error.message;
  const texts = error.errors.map((each: unknown) => (each instanceof Error ? each.message : String(each)));
  return [...new Set(texts)].join('; ');
}
