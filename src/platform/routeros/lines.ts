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
  /** By the name of the router: comparing each target with every other one takes seconds for some thousand routers. */
  const open = new Map<string, readonly Shared[]>();

  function sharedOf(target: RouterTarget): Shared {
    const ofName = open.get(target.name) ?? [];
    const known = ofName.find(({ line }) => isSameTarget(line.target, target));
    if (known !== undefined) return known;
    const made = { line: createRouterLine({ ...deps, target }), users: 0 };
    open.set(target.name, [...ofName, made]);
    return made;
  }

  function forget(shared: Shared): void {
    const { name } = shared.line.target;
    const others = (open.get(name) ?? []).filter((each) => each !== shared);
    if (others.length === 0) open.delete(name);
    else open.set(name, others);
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
          forget(shared);
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
