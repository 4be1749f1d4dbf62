/** Addresses of the pages, complete with host, for mails and notices. Names are data: any character may be in them. */
export interface PageLinks {
  /** The ranking of some days: of a `range` its first and last day, else of the `period` that holds `startDay`. */
  usage(
    period: 'day' | 'week' | 'month' | 'range',
    days: { readonly startDay: string; readonly endDay: string },
  ): string;
  /** One user, with how that day is calculated. */
  user(router: string, user: string, day: string): string;
  /** The alerts of some days, these included. */
  alerts(days: { readonly startDay: string; readonly endDay: string }): string;
  router(name: string): string;
  routers(): string;
}

/** A mail the outbox holds, as it goes to the server. Its content never changes once it is written. */
export interface StoredMail {
  /** Random and unique; the `Message-ID` is made from it, so that a second copy can be recognised as one. */
  readonly id: string;
  /** Who is to get it, and has not got it yet. */
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly attachment: MailAttachment | null;
  readonly createdAt: number;
  /** When trying again ends, Unix ms. */
  readonly giveUpAt: number;
}

export interface MailAttachment {
  readonly fileName: string;
  readonly contentType: string;
  readonly content: string;
}

/** A mail to be put into the outbox. */
export interface OutgoingMail extends StoredMail {
  /** Last day of the period it is about. */
  readonly periodEnd: string;
}

/** A mail that this worker alone may send until the lease ends. */
export interface ClaimedMail extends StoredMail {
  /** Proof of the claim: a worker whose lease ran out can no longer settle the mail. */
  readonly claim: string;
  /** Tries so far, this one included. */
  readonly attempts: number;
  /** Tries that ended with a final refusal of the mail itself. */
  readonly refusals: number;
  /** When somebody got it first; not `null` where only some addressees are left. */
  readonly sentAt: number | null;
}

/** What became of one try. */
export interface Settlement {
  readonly state: 'pending' | 'sent' | 'failed';
  /** Who has not got it yet; kept only while it is pending. */
  readonly to: readonly string[];
  /** By the outbox's clock. */
  readonly dueAt: number;
  readonly refusals: number;
  readonly sentAt: number | null;
  /** Why somebody has not got it, for people; `null` when all have. */
  readonly trouble: string | null;
}

/** The mails that are still to be sent. */
export interface Outbox {
  /** Its own clock, Unix ms, the same for all workers: due times and leases go by it alone, for the workers' clocks may differ. */
  now(): Promise<number>;
  /**
   * Takes the mail that is due longest, or one whose lease ran out, and counts the try. `null` when there is none.
   * However many workers ask at once, each mail is given to one of them.
   *
   * @param now by the outbox's clock
   */
  claim(now: number, leaseMs: number): Promise<ClaimedMail | null>;
  /** Stores the result of a claimed mail; `false`, and nothing is written, when the claim has been lost. */
  settle(mail: ClaimedMail, settlement: Settlement): Promise<boolean>;
  /** When the next mail is due or its lease ends, Unix ms by the outbox's clock; `null` when the outbox is empty. */
  nextDueAt(): Promise<number | null>;
}

/** How much is still to be sent; for those who only watch. */
export interface OutboxWatch {
  /** `oldestAt` is when the oldest of them was written, Unix ms; `null` when there is none. */
  waiting(): Promise<{ readonly mails: number; readonly oldestAt: number | null }>;
  /** The same with the trouble of the mails. */
  standing(): Promise<MailRecord>;
}

/** How the outbox stands. */
export interface MailRecord {
  readonly waiting: number;
  /** When the oldest that waits was written; `null` when none does. */
  readonly oldestAt: number | null;
  /** Why the last try of one that waits failed. */
  readonly trouble: string | null;
  /** Given up for good and still kept. */
  readonly failed: number;
}

/** An addressee that the server did not take the mail for. */
export interface Refusal {
  readonly address: string;
  /** A 5xx answer to RCPT or DATA; anything else may pass. */
  readonly permanent: boolean;
  readonly reason: string;
}

/** Hands a mail to the mail server. */
export interface MailSender {
  /**
   * Resolves with those the server did not take the mail for (none: all of them got it). Rejects with a `TroubleError`
   * when it did not come to that: no connection, no TLS, no login, the sender refused, no answer in time, aborted by `signal`.
   */
  send(mail: StoredMail, signal: AbortSignal): Promise<readonly Refusal[]>;
}

/** Puts mails into the outbox within the transaction that stores their subject: both are stored, or neither. */
export interface MailWriter<Transaction> {
  write(transaction: Transaction, mails: readonly OutgoingMail[]): Promise<void>;
}

/** Sends what has been put into the outbox. */
export interface Postman {
  /** Says that there is a new mail. */
  wake(): void;
}

/** Tries the mail server out. */
export interface MailProbe {
  /** `host:port`. */
  readonly server: string;
  readonly to: readonly string[];
  /** Connects and logs in. Rejects with a `TroubleError`. */
  verify(): Promise<void>;
  /** Sends a test mail. Rejects with a `TroubleError` when no recipient is accepted; gives who was refused, and why. */
  sendTest(signal: AbortSignal): Promise<readonly string[]>;
}
