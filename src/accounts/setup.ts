import type { Clock } from '../runtime/clock.ts';
import { isSameText } from '../runtime/same-text.ts';
import type { AccountBook } from './ports.ts';
import { newKey } from './random-keys.ts';

/** The way to the first account, while there is none: a token that only who reads the log knows. In memory only. */
export interface Setup {
  /** Makes the token, at the start of the worker; `null` when there is a user already. */
  begin(): Promise<string | null>;
  /** Whether the token is right, is not too old or used, and there is still no user. */
  isOpen(token: string): Promise<boolean>;
  /**
   * Makes the first account by `work`; from then on no token is right. `null`, and nothing is done, when this one is not, or is being used.
   */
  use<Result>(token: string, work: () => Promise<Result>): Promise<{ readonly result: Result } | null>;
}

const GOOD_FOR_MS = 30 * 60_000;

export function createSetup({
  accounts,
  clock,
}: {
  readonly accounts: Pick<AccountBook, 'hasAny'>;
  readonly clock: Clock;
}): Setup {
  let isInUse = false;
  let open: { readonly token: string; readonly untilMs: number } | null = null;

  async function isOpen(token: string): Promise<boolean> {
    if (open === null || clock.monotonicMs() >= open.untilMs || !isSameText(token, open.token)) return false;
    if (!(await accounts.hasAny())) return true;
    open = null;
    return false;
  }

  return {
    isOpen,
    async begin() {
      if (await accounts.hasAny()) return null;
      open = { token: newKey(), untilMs: clock.monotonicMs() + GOOD_FOR_MS };
      return open.token;
    },
    async use(token, work) {
      if (!(await isOpen(token)) || isInUse) return null;
      isInUse = true;
      try {
        const result = await work();
        open = null;
        return { result };
      } finally {
        isInUse = false;
      }
    },
  };
}
