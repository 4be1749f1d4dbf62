import type { OutgoingNotice } from '../notices/notice.ts';
import type { Change, Standing } from './advance.ts';
import type { Attempt } from './attempt.ts';
import type { DeviceState } from './sight.ts';

/** The notices that tell of attempts; to be written with them. */
export type Tell = (changed: readonly Attempt[], now: number) => readonly OutgoingNotice[];

/** How the commands of an attempt ended. */
export interface RunEnd {
  /** What was sent and answered, secrets masked; `null`: nothing was sent. */
  readonly output: string | null;
  /** `ran`: the probe decides. Else it is over, with a reason for people. */
  readonly end: 'ran' | { readonly state: 'failed' | 'refused'; readonly reason: string };
}

/** What is kept of healing. Everything rejects with a `TroubleError` when the database is away. */
export interface HealingBook {
  /**
   * What is kept and the database's time, without a turn: for a look ahead. Proposals, refusals and declines concern no other device: those
   * that are not open are read of the devices in `ailing` only.
   */
  read(ailing: readonly string[]): Promise<{ readonly standing: Standing; readonly now: number }>;
  /**
   * Reads what is kept, lets `step` decide and writes what it gives with the notices of `tell`; only one process at a time, whichever
   * database. `step` may be called again and must be pure. Gives all attempts as they are then, those that were added or changed, and the
   * database's time, Unix ms. `ailing` is that of `read`.
   */
  change(
    step: (standing: Standing, now: number) => Change,
    tell: Tell,
    ailing: readonly string[],
  ): Promise<{ readonly attempts: readonly Attempt[]; readonly changed: readonly Attempt[]; readonly now: number }>;
  /**
   * To be called right before the first command: `true` once for each attempt, and only for the process that has its lease. From then on
   * the lease lasts `leaseMs`.
   */
  begin(id: number, holder: string, leaseMs: number): Promise<boolean>;
  /** Keeps how the commands ended; `false`: it was judged meanwhile, or belongs to another process. */
  end(id: number, holder: string, end: RunEnd, tell: Tell): Promise<boolean>;
  /** The newest first. */
  list(asked: { readonly most: number; readonly device?: string | undefined }): Promise<Attempt[]>;
  /** `null`: there is none of this number. */
  find(id: number): Promise<{ readonly attempt: Attempt; readonly output: string | null } | null>;
  /** What may still count for a limit is kept, however short the retention is, and of what is older also that for which `isKept`. */
  forgetBefore(at: number, isKept: (attempt: Attempt) => boolean): Promise<void>;
}

/** How the probe sees the devices. Everything rejects with a `TroubleError` when the database is away. */
export interface ProbeReader {
  watched(): Promise<{ readonly isWatched: boolean; readonly blindSince: number | null }>;
  records(devices: readonly string[]): Promise<readonly ProbeRecord[]>;
}

/** What is kept of a device. */
export interface ProbeRecord {
  readonly health: {
    readonly device: string;
    readonly state: DeviceState;
    readonly since: number;
    readonly downSince: number | null;
    readonly failures: number;
    readonly lookedAt: { readonly at: number } | null;
  };
  readonly warnings: Readonly<Record<string, { readonly isOn: boolean; readonly since: number }>>;
  readonly figures: { readonly wan: readonly unknown[] | null } | null;
  readonly figuresAt: number | null;
}

/** A way into a device that is acted through, with the login of the rule. */
export interface HealerShell {
  /** As RouterOS calls the way of our own session in `/user/active`: these, and no other. */
  readonly via: readonly string[];
  readonly username: string;
  /**
   * Rows of a menu, such as `/ip/arp`, of which `where` holds: one property that has one of some values. A property that a row lacks is
   * empty. Rejects with a `TroubleError`, also where the router lacks the menu.
   */
  rows(
    menu: string,
    properties: readonly string[],
    where?: Where,
  ): Promise<readonly Readonly<Record<string, string>>[]>;
  /** Does what changes something. Rejects with a `TroubleError` where the router refuses. Gives what it answered. */
  act(command: ActCommand): Promise<string>;
  /** Ends it at once; may be called twice and never throws. */
  close(): void;
}

/** The device has refused a command, so that it did nothing. All other trouble leaves that open. */
export const REFUSED_CODES: readonly string[] = ['ROUTER_TRAP', 'ROUTER_FORBIDDEN', 'HEALING_REFUSED'];

export interface Where {
  readonly property: string;
  readonly values: readonly string[];
}

/**
 * `verb` on the one row of `menu` whose `property` is `value`, with `words`; `script`: runs in the router by itself, whatever becomes of our
 * connection; `line`: as an admin wrote it.
 */
export type ActCommand =
  | {
      readonly kind: 'row';
      readonly menu: string;
      readonly verb: string;
      readonly row: { readonly property: string; readonly value: string };
      readonly words: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'menu';
      readonly menu: string;
      readonly verb: string;
      readonly words: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'script'; readonly source: string }
  | { readonly kind: 'line'; readonly line: string };

/**
 * Logs in to a device with a named login, by its API or by SSH, whichever the action is better served by. Rejects with a `TroubleError`:
 * there is no such login, no way into the device, or it refuses; an aborted signal rejects with its reason.
 */
export type OpenShell = (
  to: { readonly device: string; readonly credential: string; readonly prefers: 'api' | 'ssh' },
  signal: AbortSignal,
) => Promise<HealerShell>;
