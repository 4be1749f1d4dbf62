import type { Letter } from './letter.ts';

/** What a notice can be about. A stored one may be of a kind that only a later version knows. */
export type NoticeKind = 'quota' | 'report' | 'blind' | 'backup';

/** A document that is set already, such as a report: channels send it as it is. */
export interface Page {
  readonly text: string;
  readonly html: string;
}

export interface Attachment {
  readonly fileName: string;
  readonly contentType: string;
  readonly content: string;
}

/** Something people are told, whatever the channel. Its content never changes once it is written. */
export interface Notice {
  /** Random and unique: by it a second copy can be recognised as one. */
  readonly id: string;
  /** A `NoticeKind`, or what a later version wrote. */
  readonly kind: string;
  readonly subject: string;
  /** A letter is set by the channel. */
  readonly content: { readonly letter: Letter } | { readonly page: Page };
  readonly attachment: Attachment | null;
  readonly createdAt: number;
  /** When trying again ends, Unix ms. */
  readonly worthUntil: number;
}

/** Who is told, and by which channel. */
export interface Recipient {
  readonly channel: string;
  /** As the channel understands it: a mail address, a chat, … */
  readonly address: string;
}

/** A notice to be put into the outbox. */
export interface OutgoingNotice extends Notice {
  readonly kind: NoticeKind;
  /** Last day of the period it is about. */
  readonly periodEnd: string;
  /** At least one, each once. */
  readonly to: readonly Recipient[];
}
