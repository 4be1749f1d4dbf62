import { TroubleError } from '../runtime/errors.ts';

/** The other side is there, and wants nothing for a while. */
export class BusyError extends TroubleError {
  /** How long it is to be left alone, ms. */
  readonly retryInMs: number;

  constructor(code: string, message: string, advice: string, retryInMs: number) {
    super(code, message, advice);
    this.name = 'BusyError';
    this.retryInMs = retryInMs;
  }
}
