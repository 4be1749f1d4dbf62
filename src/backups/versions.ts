import type { OutgoingNotice } from '../notices/notice.ts';
import type { FaultCode } from './judge.ts';
import type { Comparison } from './masked-diff.ts';
import type { Sight } from './routeros/history.ts';
import type { ByteText } from './text.ts';

/** What is known of a kept text without its content. Instants are Unix ms. */
export interface TextFacts {
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  /** Name of the device model that says how to read it. */
  readonly model: string;
  /** As received. */
  readonly bytes: number;
  readonly osVersion: string | null;
  /** The model of the hardware. */
  readonly hardware: string | null;
  readonly serial: string | null;
  /** Users with an action since the version before; empty where it is not known. */
  readonly changedBy: readonly string[];
}

/** A configuration that was complete. Numbers are from 1 for each device, and none is used twice. */
export interface Version extends TextFacts {
  readonly device: string;
  readonly version: number;
  /** Of the normal form, against the version before. */
  readonly linesAdded: number;
  readonly linesRemoved: number;
  /** Another version of the system wrote it than the one before: changes may be only another way to write the same. */
  readonly isRewritten: boolean;
  readonly isImported: boolean;
}

/** A complete text with a fault: kept apart, one a device. */
export interface Quarantine extends TextFacts {
  readonly device: string;
  readonly code: FaultCode;
  readonly message: string;
  /** What the device's own clock showed when it was last seen; see `Sight`. */
  readonly clockMs: number | null;
}

/** What a run knows of a device when it decides what becomes of a text. */
export interface Known {
  /** The newest version that can be read, with its text; `null`: there is none. */
  readonly newest: { readonly version: Version; readonly text: ByteText } | null;
  /** The number of the newest version where its rows in the database are damaged; `null`: they are not. */
  readonly damaged: number | null;
  /** A `text` of `null`: it is damaged. */
  readonly quarantine: { readonly facts: Quarantine; readonly text: ByteText | null } | null;
  /** Menus whose failing was accepted. */
  readonly accepted: ReadonlySet<string>;
  /** When the device last gave a good text. */
  readonly sight: Sight | null;
}

/** A text together with what is to be kept of it. */
export interface KeptText {
  readonly text: ByteText;
  readonly model: string;
  readonly bytes: number;
  readonly osVersion: string | null;
  readonly hardware: string | null;
  readonly serial: string | null;
  readonly changedBy: readonly string[];
  readonly sight: Sight;
}

/** What becomes of a text. */
export type Decision =
  /** The newest version was seen again. A quarantine is over. */
  | { readonly kind: 'unchanged'; readonly sight: Sight }
  /** It becomes the newest version. A quarantine is over. */
  | {
      readonly kind: 'version';
      readonly text: KeptText;
      /** With the newest version that can be read; `null`: there is none, and every line is new. */
      readonly comparison: Comparison | null;
      readonly linesAdded: number;
      readonly linesRemoved: number;
      readonly isRewritten: boolean;
      readonly isImported: boolean;
      /** Menus whose failing is accepted from now on, besides those that are. */
      readonly accept: readonly string[];
    }
  | { readonly kind: 'quarantine'; readonly text: KeptText; readonly code: FaultCode; readonly message: string };

/** What came of a decision. */
export type Kept =
  | { readonly kind: 'unchanged'; readonly version: number }
  | { readonly kind: 'first' | 'changed'; readonly version: number }
  /** `isNew`: it was not told yet. */
  | { readonly kind: 'quarantined'; readonly isNew: boolean };

/** Whether a stored text can be read and is what was stored. */
export interface Verified {
  readonly device: string;
  /** `null`: the one in quarantine. */
  readonly version: number | null;
  /** `null`: all is well. */
  readonly trouble: string | null;
}

export interface KeepRules {
  /** Versions kept a device, at least 1. */
  readonly keep: number;
}

/** Says what becomes of a text. */
export type Decide = (known: Known) => Decision | Promise<Decision>;

/** Makes the notices about what comes of a decision; they are stored with it or not at all. */
export type TellKept = (
  kept: Kept,
  decision: Decision,
  known: Known,
) => readonly OutgoingNotice[] | Promise<readonly OutgoingNotice[]>;

/** Kept configurations. Everything rejects with a `TroubleError` when the database is away. */
export interface BackupBook {
  /** Of one device or of all, by device and number. */
  versions(device?: string): Promise<readonly Version[]>;
  /** The newest of each device, by device. */
  newest(): Promise<readonly Version[]>;
  /** Of one device or of all, by device. */
  quarantines(device?: string): Promise<readonly Quarantine[]>;
  /** `null`: there is no such version. Rejects with a `TroubleError` where it cannot be read: `KEY_WRONG`, `SECRET_DAMAGED`. */
  text(device: string, version: number): Promise<ByteText | null>;
  quarantinedText(device: string): Promise<ByteText | null>;
  /**
   * Decides about a text and keeps it, in one transaction; older versions than `keep` allows go with it. The same `run` again for a
   * device gives the same result and changes nothing. `decide` and `tell` are called before the transaction: anew where something else
   * was kept meanwhile.
   */
  keep(device: string, run: string, decide: Decide, tell?: TellKept): Promise<Kept>;
  /** Forgets one version; what others need of it is kept. The newest one of a device that can be read stays, and what is newer: then `false`. */
  forget(device: string, version: number): Promise<boolean>;
  /** Versions last seen before an instant, but for the newest of each device. */
  seenBefore(at: number): Promise<readonly Pick<Version, 'device' | 'version'>[]>;
  /** Reads every stored text of one device or of all. */
  verify(device?: string): AsyncIterable<Verified>;
}
