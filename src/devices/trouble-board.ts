import type { RouterTrouble, RouterTroubles } from './ports.ts';

/** Remembers how the last poll of each router went. */
export interface TroubleBoard extends RouterTroubles {
  /** `null`: the poll went well. */
  note(router: string, trouble: RouterTrouble | null): void;
  /** As it was noted before this process began: only while no poll has ended here. */
  recall(router: string, trouble: RouterTrouble | null): void;
}

export function createTroubleBoard(): TroubleBoard {
  const troubles = new Map<string, RouterTrouble | null>();
  const recalled = new Map<string, RouterTrouble | null>();
  return {
    note: (router, trouble) => void troubles.set(router, trouble),
    recall: (router, trouble) => void recalled.set(router, trouble),
    troubleOf(router) {
      const own = troubles.get(router);
      return own === undefined ? (recalled.get(router) ?? null) : own;
    },
  };
}
