/** Tells one password from another without holding it. Both are 64 hex digits. */
export interface PasswordMark {
  readonly salt: string;
  readonly verifier: string;
}

/** A session as it is kept: never the cookie itself. Instants are Unix ms. */
export interface StoredSession {
  readonly id: string;
  readonly createdAt: number;
  /** The first instant at which it is over. */
  readonly expiresAt: number;
}

/** Keeps the sessions, for all workers on one database. Everything rejects with a `TroubleError` while the database is away. */
export interface SessionBook {
  /** Of the password that sessions are opened with; `null` before the first. */
  passwordMark(): Promise<PasswordMark | null>;
  /** Puts a new mark in the place of `seen` and ends all sessions, in one step; `false`, and nothing is done, when it is no longer `seen`. */
  changePassword(seen: PasswordMark | null, next: PasswordMark): Promise<boolean>;
  add(session: StoredSession): Promise<void>;
  find(id: string): Promise<StoredSession | null>;
  remove(id: string): Promise<void>;
  /** Forgets sessions that were over at this instant. */
  removeExpired(now: number): Promise<void>;
}
