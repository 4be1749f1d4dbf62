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

/** Opens and closes incidents within the transaction that stores why. */
export interface IncidentWriter<Transaction> {
  /** One that is open already stays as it is. */
  open(transaction: Transaction, kind: IncidentKind, raised: Raised): Promise<void>;
  /** One that is not open stays as it is. */
  close(
    transaction: Transaction,
    kind: IncidentKind,
    cleared: { readonly subject: string; readonly closedAt: number },
  ): Promise<void>;
  /**
   * The notice, with the incident it is about where that is one alone. One that tells of an `opening` is kept with its incidents; one that
   * tells of an `end` follows up the one that told of the opening.
   */
  link(
    transaction: Transaction,
    notice: OutgoingNotice,
    about: readonly { readonly kind: IncidentKind; readonly subject: string; readonly openedAt: number }[],
    tellsOf: 'opening' | 'end',
  ): Promise<OutgoingNotice>;
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
  /** Those with an open incident of which no worker has noted a poll since then, Unix ms. */
  abandoned(since: number): Promise<string[]>;
}

/** An incident as it is kept. Instants are Unix ms. */
export interface IncidentState {
  readonly id: number;
  readonly kind: IncidentKind;
  /** What it is about: mostly the name of a device. */
  readonly subject: string;
  /** Empty where an earlier version opened it. */
  readonly summary: string;
  readonly openedAt: number;
  readonly closedAt: number | null;
  /** Somebody says that they know of it; `null`: nobody has yet. */
  readonly acknowledged: { readonly by: string; readonly at: number; readonly note: string } | null;
}

/** The incidents for people. */
export interface IncidentBook {
  /** The open ones first, each part by its opening, the newest first. `all`: also those that are closed. */
  list(asked: { readonly all: boolean; readonly most: number }): Promise<IncidentState[]>;
  find(id: number): Promise<IncidentState | null>;
  /** How many are open, by kind; kinds without any are not in it. */
  countOpen(): Promise<ReadonlyMap<string, number>>;
  /** Of one subject, of every kind, open or closed; in the order of `list`. */
  ofSubject(subject: string, most: number): Promise<IncidentState[]>;
  /** Whoever acknowledges it first keeps it and may change their note; gives the incident as it is then, `null` where there is none. */
  acknowledge(
    id: number,
    said: { readonly by: string; readonly at: number; readonly note: string },
  ): Promise<IncidentState | null>;
}

/** Who does something, and from where. */
export interface Actor {
  readonly who: string;
  readonly kind: 'user' | 'token' | 'command';
  readonly from: string;
}

/** Keeps who did what. */
export type RecordChange = (
  change: Actor & { readonly action: string; readonly subject: string; readonly outcome: string },
) => Promise<void>;
