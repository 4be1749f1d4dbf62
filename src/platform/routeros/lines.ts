import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { createRouterLine, type RouterLine, type RouterTarget } from './line.ts';

/** The lines of all routers: one each, whoever uses it. */
export interface Lines {
  /** The line of a router. It is shared with all who take it for the same target, and ends when the last of them has closed theirs. */
  take(target: RouterTarget): RouterLine;
}

interface Shared {
  readonly line: RouterLine;
  users: number;
}

export function createLines(deps: { readonly clock: Clock; readonly logger: Logger }): Lines {
  const open = new Set<Shared>();

  function sharedOf(target: RouterTarget): Shared {
    for (const known of open) if (isSameTarget(known.line.target, target)) return known;
    const made = { line: createRouterLine({ ...deps, target }), users: 0 };
    open.add(made);
    return made;
  }

  return {
    take(target) {
      const shared = sharedOf(target);
      shared.users += 1;
      const over = new AbortController();
      return {
        target,
        use: ({ signal, ...options }, work) =>
          shared.line.use({ ...options, signal: AbortSignal.any([signal, over.signal]) }, work),
        useOpen: (signal, work) => shared.line.useOpen(AbortSignal.any([signal, over.signal]), work),
        useQuietly: ({ signal, ...options }, work) =>
          shared.line.useQuietly({ ...options, signal: AbortSignal.any([signal, over.signal]) }, work),
        get trouble() {
          return shared.line.trouble;
        },
        close() {
          if (over.signal.aborted) return;
          over.abort();
          shared.users -= 1;
          if (shared.users > 0) return;
          open.delete(shared);
          shared.line.close();
        },
      };
    },
  };
}

/** Passwords are compared by their text: a router whose password was changed is logged in to anew. */
function isSameTarget(one: RouterTarget, other: RouterTarget): boolean {
  return isDeepStrictEqual({ ...one, password: passwordOf(one) }, { ...other, password: passwordOf(other) });
}

function passwordOf({ password }: RouterTarget): string {
  return typeof password === 'function' ? password() : password;
}
