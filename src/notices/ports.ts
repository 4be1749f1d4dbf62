import type { Notice, NoticeKind, OutgoingNotice, Recipient } from './notice.ts';

/** Addresses of the pages, complete with host, for notices. Names are data: any character may be in them. */
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
  /** A healing attempt, by its number. */
  healing(id: number): string;
}

/** An address that the other side did not take the notice for. */
export interface Refusal {
  readonly address: string;
  /** The other side will never take this notice for this address, as by a 5xx answer to RCPT or DATA; anything else may pass. */
  readonly permanent: boolean;
  readonly reason: string;
}

/** What the other side said to a notice. */
export interface Answer {
  /** Those it was not taken for; none: all of them got it. */
  readonly refused: readonly Refusal[];
  /** What the other side calls the message, where a later one can be a reply to it; at most 255 characters. */
  readonly messageId: string | null;
}

/** A way to tell people. One small file each in `channels/`. */
export interface Channel {
  /** As in the configuration; stored with each delivery. */
  readonly name: string;
  /** Whom it tells when a notice names nobody else. */
  readonly addresses: readonly string[];
  /**
   * Whether one message can go to several addresses. Otherwise `send` is given one address at a time, so that what the first one got is
   * not sent again for the trouble of the second.
   */
  readonly isShared: boolean;
  /**
   * Rejects with a `TroubleError` when there is no answer about the notice: no connection, no login, too slow; with a `BusyError` when the
   * other side wants to be left alone for a while. Must settle soon after `signal` is aborted.
   *
   * @param replyTo the other side's name of the message that this one follows up, to the same address
   */
  send(notice: Notice, to: readonly string[], signal: AbortSignal, replyTo: string | null): Promise<Answer>;
  /** Looks whether it can be used, without sending anything; says so in words. Rejects with a `TroubleError`. Absent: nothing can be seen. */
  examine?(signal: AbortSignal): Promise<string>;
}

/** A channel of the configuration, for people. */
export interface ChannelEntry {
  readonly name: string;
  /** `mail`, `telegram`, `webhook`, … */
  readonly kind: string;
  readonly addresses: readonly string[];
}

/** What became of a test notice at one address; no `trouble`: it was taken. */
export interface ChannelTest {
  readonly address: string;
  readonly trouble: { readonly message: string; readonly advice: string } | null;
}

/** Tries channels out. */
export interface ChannelDesk {
  readonly entries: readonly ChannelEntry[];
  /** As `Channel.examine`; `null` where nothing can be seen. Rejects with a `TroubleError`. */
  examine(name: string, signal: AbortSignal): Promise<string | null>;
  /** Sends a test notice to every address, past the outbox. Rejects with a `TroubleError` where there is no such channel. */
  test(name: string, signal: AbortSignal): Promise<readonly ChannelTest[]>;
}

/** Who is told of what. */
export interface Recipients {
  /**
   * Whom a notice of this kind goes to; empty: nobody. One about several devices goes to everybody who is told of at least one of them.
   * `mailTo` takes the place of the addresses of the mail channel.
   */
  of(
    kind: NoticeKind,
    about?: { readonly devices?: readonly string[]; readonly mailTo?: readonly string[] | undefined },
  ): readonly Recipient[];
}

/** One address of a notice, as it stands before a try. */
export interface DeliveryLine {
  readonly address: string;
  /** Tries so far, this one included. */
  readonly attempts: number;
  /** Tries that ended with a permanent refusal. */
  readonly refusals: number;
}

/** Lines of one notice that this worker alone may deliver until the lease ends. */
export interface ClaimedNotice {
  readonly notice: Notice;
  readonly channel: string;
  /** Proof of the claim: a worker whose lease ran out can no longer settle. */
  readonly claim: string;
  readonly lines: readonly DeliveryLine[];
  /** Where there is one line: what its address knows the notice by that this one follows up. */
  readonly replyTo: string | null;
}

/** What became of one line in a try. */
export interface LineOutcome {
  readonly address: string;
  readonly state: 'pending' | 'sent' | 'failed';
  /** Until the next try, while it is pending. */
  readonly retryInMs: number;
  readonly refusals: number;
  readonly sentAt: number | null;
  /** What the other side calls the message, where it said so. */
  readonly messageId: string | null;
  /** Why it was not delivered, for people; `null` when it was. */
  readonly trouble: string | null;
}

/**
 * The deliveries that are still to be made. Due times and leases go by its own clock, which is the same for all workers: theirs may
 * differ.
 */
export interface Outbox {
  /**
   * Takes what is due longest on this channel, or whose lease ran out, and counts the try; `null` when there is nothing. The lease counts
   * from within the claim. However many workers ask at once, each line is given to one of them. On a shared channel all lines of the
   * notice that are due come together. What is told of a device reaches an address in the order in which it was written: a line waits
   * while an earlier one to its address, of the same kind and about the same device, is still to be delivered.
   */
  claim(channel: Pick<Channel, 'name' | 'isShared'>, leaseMs: number): Promise<ClaimedNotice | null>;
  /** Stores the outcome of each claimed line; `false`, and nothing is written, when the claim has been lost. */
  settle(claimed: ClaimedNotice, outcomes: readonly LineOutcome[]): Promise<boolean>;
  /** Until the next line of the channel is due or its lease ends; negative when it is overdue, `null` when there is none. */
  nextDueInMs(channel: string): Promise<number | null>;
}

/** Where addresses of channels have moved to for good, as the other side said. Rejects with a `TroubleError` when the database is away. */
export interface MovedAddresses {
  /** `null`: it has not moved. */
  find(channel: string, address: string): Promise<string | null>;
  note(channel: string, address: string, movedTo: string): Promise<void>;
}

/** How much is still to be sent by mail; for those who only watch. */
export interface OutboxWatch {
  /** `oldestAt` is when the oldest of them was written, Unix ms; `null` when there is none. */
  waiting(): Promise<{ readonly mails: number; readonly oldestAt: number | null }>;
  /** The same with the trouble of the mails. */
  standing(): Promise<MailRecord>;
  /** How each channel stands that anything waits for or was given up for. */
  channels(): Promise<readonly ChannelRecord[]>;
}

/** How the deliveries of a channel stand. */
export interface ChannelRecord {
  readonly channel: string;
  readonly waiting: number;
  /** When the oldest that waits was written; `null` when none does. */
  readonly oldestAt: number | null;
  /** Why the last try of one that waits failed. */
  readonly trouble: string | null;
  /** Given up for good and still kept. */
  readonly failed: number;
  /** Why the last of those was given up. */
  readonly failure: string | null;
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
  /** Why the last mail of those was given up. */
  readonly failure: string | null;
}

/** Puts notices into the outbox within the transaction that stores their subject: both are stored, or neither. */
export interface NoticeWriter<Transaction> {
  write(transaction: Transaction, notices: readonly OutgoingNotice[]): Promise<void>;
}

/** Delivers what has been put into the outbox. */
export interface Postman {
  /** Says that there may be a new notice. */
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
