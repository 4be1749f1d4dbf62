import type { OutgoingMail } from '../notices/ports.ts';

/** What is known of a router's being read. */
export interface RouterWatch {
  readonly router: string;
  readonly watchedSince: number;
  /** When it was found blind; `null` while it is read. */
  readonly blindSince: number | null;
  /** `sampledAt` of its last accepted sample, `null` before the first. */
  readonly lastReadAt: number | null;
}

export interface WatchChange {
  readonly router: string;
  readonly from: number | null;
  /** The new `blindSince`. */
  readonly to: number | null;
}

export interface RouterWatches {
  /** Of these routers, in their order; one never watched before is watched from `now` on. */
  watch(routers: readonly string[], now: number): Promise<RouterWatch[]>;
  /** Writes changes and the mails about them in one transaction; `false`, and nothing is written, if one is no longer as `from` says. */
  change(changes: readonly WatchChange[], mails: readonly OutgoingMail[]): Promise<boolean>;
}
