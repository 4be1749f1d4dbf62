import type { Condition, RouterTrouble } from '../devices/ports.ts';

/** What of a router's condition a message about its blindness says. */
export interface Blindness {
  readonly router: string;
  /** Unix ms; `null`: never. */
  readonly lastReadAt: number | null;
  /** Since when it has not been read: its last reading or, if there was none, the first try. Unix ms. */
  readonly unreadSince: number;
  /** The first of the polls that have failed ever since, Unix ms. */
  readonly failingSince: number;
  readonly trouble: RouterTrouble;
}

/**
 * A router is blind when it is late, because its polls fail, and has not been read for `blindAfterMs`; `null` when it is not. Who is not late
 * yet is not blind, however short `blindAfterMs` is; nor is one without a failed poll of this process, be it that nobody tried yet (the worker
 * just started) or that the database is away.
 */
export function blindnessOf(
  { router, isFresh, lastReadAt, trouble, since, wasPolled }: Condition,
  { now, blindAfterMs }: { readonly now: number; readonly blindAfterMs: number },
): Blindness | null {
  if (!wasPolled || isFresh || trouble === null || since === null) return null;
  const unreadSince = lastReadAt ?? since;
  return now - unreadSince < blindAfterMs ? null : { router, lastReadAt, unreadSince, failingSince: since, trouble };
}
