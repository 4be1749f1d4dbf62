import { NO_FACTS } from './facts.ts';
import type { KnownFacts, RouterStatus, RouterTrouble } from './ports.ts';

/** What the database knows of a router from before this process, or from another worker. Instants are Unix ms. */
export interface RouterRecall {
  readonly router: string;
  /** When it was last booked; `null`: never. */
  readonly lastReadAt: number | null;
  /** When a poll of it last ended, as far as it was noted; `null`: never. */
  readonly endedAt: number | null;
  /** What the last good poll took. */
  readonly tookMs: number;
  /** `null`: the last poll went well. */
  readonly failing: Failing | null;
  readonly facts: KnownFacts;
}

interface Failing {
  /** Since when each poll has failed. */
  readonly since: number;
  /** How many of them are certain. */
  readonly polls: 1 | 2;
  readonly code: string | null;
  /** `null` where an earlier version noted only the code. */
  readonly trouble: RouterTrouble | null;
}

/** What is known of each router that was ever read or tried. `lastReads`: Unix ms by router. */
export function recallRouters(
  states: readonly RouterStatus[],
  lastReads: ReadonlyMap<string, number>,
): readonly RouterRecall[] {
  const noted = new Map(states.map((state) => [state.router, state]));
  return [...new Set([...noted.keys(), ...lastReads.keys()])].map((router) => {
    const state = noted.get(router);
    const failing = state === undefined ? null : failingOf(state);
    return {
      router,
      lastReadAt: lastReads.get(router) ?? null,
      endedAt: state?.notedAt ?? null,
      tookMs: failing === null ? (state?.pollMs ?? 0) : 0,
      failing,
      facts: state === undefined ? NO_FACTS : factsOf(state),
    };
  });
}

function factsOf({ version, board, identity, bootedAt }: RouterStatus): KnownFacts {
  return { version, board, identity, bootedAt };
}

/** `reachableUntil` is when the first poll of an outage failed, `errorAt` when the last one did. */
function failingOf({ reachableUntil, errorAt, errorCode: code, errorText }: RouterStatus): Failing | null {
  if (reachableUntil === null) return null;
  const polls = errorAt !== null && errorAt > reachableUntil ? 2 : 1;
  return {
    since: reachableUntil,
    polls,
    code,
    trouble: code === null || errorText === null ? null : { code, ...errorText },
  };
}
