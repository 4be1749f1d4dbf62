import type { RouterTrouble, RouterTroubles } from './ports.ts';

/** Remembers how the last poll of each router went. */
export interface TroubleBoard extends RouterTroubles {
  /** `null`: the poll went well. */
  note(router: string, trouble: RouterTrouble | null): void;
}

export function createTroubleBoard(): TroubleBoard {
  const troubles = new Map<string, RouterTrouble | null>();
  return {
    note: (router, trouble) => void troubles.set(router, trouble),
    troubleOf: (router) => troubles.get(router) ?? null,
  };
}
