import type { OutgoingNotice } from '../notices/notice.ts';

/** What is wrong, in one word of at most 64 letters and signs of ASCII. `blind`: a router cannot be read. */
export type IncidentKind = string;

export interface Raised {
  /** What it is about, e.g. the router's name. */
  readonly subject: string;
  /** What is wrong, in one line for people. Texts of devices may be in it. */
  readonly summary: string;
  /** When it was first observed. */
  readonly openedAt: number;
}

/**
 * What is wrong: opened once and closed once, with at most one open of each kind and subject. A notice belongs to the incidents whose
 * subjects are its `devices`: it gets the id of the one it is about and, when that is cleared, follows up what told of it.
 */
export interface Incidents {
  /** Opens incidents and writes the notices about them in one transaction; `false`, and nothing is written, if one of them is open already. */
  raise(kind: IncidentKind, raised: readonly Raised[], notices: readonly OutgoingNotice[]): Promise<boolean>;
  /** Closes incidents and writes the notices about it in one transaction; `false`, and nothing is written, if one of them is not open. */
  clear(
    kind: IncidentKind,
    cleared: { readonly subjects: readonly string[]; readonly closedAt: number },
    notices: readonly OutgoingNotice[],
  ): Promise<boolean>;
}

/** What is known of a router's being read. */
export interface RouterWatch {
  readonly router: string;
  readonly watchedSince: number;
  /** When its open incident was opened; `null` while it is read. */
  readonly blindSince: number | null;
  /** `sampledAt` of its last accepted sample, `null` before the first. */
  readonly lastReadAt: number | null;
}

export interface RouterWatches {
  /** Of these routers, in their order; one never watched before is watched from `now` on. */
  watch(routers: readonly string[], now: number): Promise<RouterWatch[]>;
}
