import { randomBytes } from 'node:crypto';
import { cleanText } from '../runtime/clean-text.ts';
import type { Clock } from '../runtime/clock.ts';
import { mask } from '../runtime/mask.ts';

/** Who does something, and from where. */
export interface Actor {
  /** A user's or a token's name, for a command the name on this machine, `worker`. */
  readonly who: string;
  readonly kind: (typeof ACTOR_KINDS)[number];
  /** An address, or the name of the machine. */
  readonly from: string;
}

/** How an action is written. */
export const AUDIT_ACTION = /^[\x21-\x7e]{1,64}$/;

export const ACTOR_KINDS = ['user', 'token', 'command', 'worker'] as const;

/** What was done or tried. No value of a secret may be in it. */
export interface AuditNote extends Actor {
  /** `user.add`, `login`, … */
  readonly action: string;
  /** To whom or what; empty where there is nothing. */
  readonly subject: string;
  /** `ok`, `refused`, or the code of a trouble. */
  readonly outcome: string;
}

/** A note as it is kept. */
export interface AuditEntry extends AuditNote {
  /** 32 hex digits. */
  readonly id: string;
  /** Unix ms. */
  readonly at: number;
}

/** The same done to one or to several, for each of which it is kept. */
export interface AuditRecord extends Omit<AuditNote, 'subject'> {
  readonly subject: string | readonly string[];
}

/** Keeps who did what. Rejects with a `TroubleError` when the database cannot keep it. */
export interface Audit {
  record(note: AuditRecord): Promise<void>;
}

/** Which entries; those before `before` in the order of the list, where it goes on. */
export interface AuditQuestion {
  readonly who?: string | undefined;
  readonly action?: string | undefined;
  /** Unix ms, the first instant … */
  readonly fromAt?: number | undefined;
  /** … and the first that is no more asked for. */
  readonly toAt?: number | undefined;
  readonly before?: Pick<AuditEntry, 'at' | 'id'> | undefined;
  readonly most: number;
}

/** The entries in the database. */
export interface AuditBook {
  /** All or none; again with the same entries it does nothing. */
  add(...entries: readonly AuditEntry[]): Promise<void>;
  /** The newest first. */
  list(question: AuditQuestion): Promise<AuditEntry[]>;
  /** How many there were before this instant. */
  countBefore(at: number): Promise<number>;
  /** Forgets what was before this instant; gives how many. */
  removeBefore(at: number): Promise<number>;
}

const LONGEST = 255;

/** The entry of a note: shortened, and masked should a text quote a secret that this process knows. */
export function auditEntry(note: AuditNote, at: number): AuditEntry {
  const short = (text: string) =>
    Array.from(cleanText(mask(text)))
      .slice(0, LONGEST)
      .join('');
  const { who, kind, from, action, subject, outcome } = note;
  const texts = { who: short(who), from: short(from), subject: short(subject) };
  return { id: randomBytes(16).toString('hex'), at, kind, action, outcome, ...texts };
}

export function createAudit({ book, clock }: { readonly book: AuditBook; readonly clock: Clock }): Audit {
  return {
    async record({ subject, ...note }) {
      const at = clock.now();
      const subjects = typeof subject === 'string' ? [subject] : subject;
      await book.add(...subjects.map((each) => auditEntry({ ...note, subject: each }, at)));
    },
  };
}
