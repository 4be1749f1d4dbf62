import type { Duplex } from 'node:stream';
import type { TroubleError } from '../runtime/errors.ts';

/** Columns and rows of characters, each 1 to 1000. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A secret that cannot be printed by accident. */
export interface Hidden {
  reveal(): string;
}

export interface TerminalLogin {
  readonly username: string;
  readonly password: Hidden | null;
  readonly privateKey: Hidden | null;
  readonly passphrase: Hidden | null;
}

/** A device whose terminal can be opened. */
export interface TerminalDevice {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** The only host key to talk to; `null`: the one seen first. */
  readonly hostKey: string | null;
  /** Whether algorithms may be used that are only left for old devices. */
  readonly legacy: boolean;
  /** `null`: whoever opens it gives their own. */
  readonly login: TerminalLogin | null;
}

/** A shell on a device. */
export interface Shell {
  /** Bytes of the terminal, both ways; paused, the device has to wait. */
  readonly stream: Duplex;
  /** All output was read and the shell is over: by itself (`null`), or because the connection broke. */
  readonly ended: Promise<TroubleError | null>;
  resize(size: TerminalSize): void;
  /** At once; may be called twice. */
  close(): void;
}

/**
 * Logs in and opens a shell. Rejects with a `TroubleError`: `SSH_UNREACHABLE`, `SSH_LOGIN_FAILED`, `SSH_HOST_KEY_CHANGED`, …; an aborted
 * signal rejects with its reason.
 */
export type OpenShell = (
  device: TerminalDevice,
  login: TerminalLogin,
  size: TerminalSize,
  signal: AbortSignal,
) => Promise<Shell>;

/** The browser's end of a terminal. */
export interface Wire {
  /** `sent`: the network has taken it, or never will. */
  send(data: Uint8Array | string, sent: () => void): void;
  /** What the browser sends has to wait. */
  pause(): void;
  resume(): void;
  ping(): void;
  close(code: number, reason: string): void;
}

/** What a browser does with its end. */
export interface WireListener {
  bytes(bytes: Uint8Array): void;
  text(text: string): void;
  /** Nothing comes after it. */
  closed(code: number): void;
}

/** A ticket for one terminal, as it is kept: never the ticket itself. */
export interface StoredTicket {
  /** SHA-256 of it. */
  readonly id: string;
  /** Whose it is. */
  readonly session: string;
  readonly device: string;
  readonly size: TerminalSize;
}

/** Keeps tickets, for all workers on one database. Rejects with a `TroubleError` while it is away. */
export interface TicketBook {
  add(ticket: StoredTicket): Promise<void>;
  /** Takes it out, so that it is given once; `null`: it is none (any more). `ageMs` by the clock of the database. */
  take(id: string): Promise<(StoredTicket & { readonly ageMs: number }) | null>;
  /** Forgets those that are older. */
  forget(olderThanMs: number): Promise<void>;
}

/** Terminals of one user at once. */
export const MOST_OF_A_USER = 2;
/** A place that was not renewed for so long is free: its worker was killed. */
export const PLACE_KEPT_MS = 60_000;

/** Who has how many terminals open, over all workers on one database. Rejects with a `TroubleError` while it is away. */
export interface PlaceBook {
  /** How many of this user are open. */
  count(user: string): Promise<number>;
  /** `false`: the user has all that there are. */
  take(user: string, terminal: string): Promise<boolean>;
  /** It is still open. */
  renew(terminal: string): Promise<void>;
  leave(terminal: string): Promise<void>;
}

/** A recording as it is listed. Instants are Unix ms. */
export interface Recording {
  /** 32 hex digits. */
  readonly id: string;
  readonly device: string;
  readonly who: string;
  readonly size: TerminalSize;
  readonly startedAt: number;
  /** Of what is kept. */
  readonly durationMs: number;
  /** Bytes of output that are kept. */
  readonly outputBytes: number;
  /** How the terminal ended; `null`: it is open, or its worker was killed. */
  readonly outcome: string | null;
}

/** Keeps recordings, encrypted. Rejects with a `TroubleError` while the database is away. */
export interface RecordingBook {
  begin(recording: Pick<Recording, 'id' | 'device' | 'who' | 'size' | 'startedAt'>): Promise<void>;
  /** Lines of asciicast, to follow those before; `part` counts from 0. */
  add(id: string, part: number, lines: string, kept: Pick<Recording, 'durationMs' | 'outputBytes'>): Promise<void>;
  end(id: string, outcome: string): Promise<void>;
  /** The newest first; those before this one in the order of the list, where it goes on. */
  list(asked: {
    readonly most: number;
    readonly before?: Pick<Recording, 'startedAt' | 'id'> | undefined;
  }): Promise<Recording[]>;
  find(id: string): Promise<Recording | null>;
  /** Lines of one part; `null`: there is none. Rejects with a `TroubleError` where it cannot be decrypted. */
  part(id: string, part: number): Promise<string | null>;
  countBefore(at: number): Promise<number>;
  /** Forgets those that began before this instant; gives how many. */
  removeBefore(at: number): Promise<number>;
}

/** Who does something, and from where. */
export interface TerminalActor {
  readonly who: string;
  readonly kind: 'user' | 'token';
  readonly from: string;
}

/** Keeps who did what. */
export type RecordChange = (
  change: TerminalActor & { readonly action: string; readonly subject: string; readonly outcome: string },
) => Promise<void>;
