import type { Letter } from './letter.ts';

/** What a notice can be about: routes go by it. A stored one may be of a kind that only a later version knows. */
export const NOTICE_KINDS = ['quota', 'report', 'blind', 'device', 'backup', 'healing', 'security'] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** What happened, for programs: never renamed. `docs/notices.md` lists them all. */
export type NoticeEvent = `${string}.${string}`;

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
  /** A `NoticeEvent`; empty where an earlier version wrote none. */
  readonly event: string;
  /** Names of the devices it is about. */
  readonly devices: readonly string[];
  /** Id of the incident that it is about; `null`: of none, or of several. */
  readonly incident: number | null;
  /** Id of the notice that it follows up, as "up" follows "down"; `null`: it follows none, or several. */
  readonly answers: string | null;
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

/** How bad it is. A page, such as a report, is good news or none. */
export function toneOf({ content }: Pick<Notice, 'content'>): Letter['tone'] {
  return 'letter' in content ? content.letter.tone : 'good';
}

/** A notice to be put into the outbox. `incident` and `answers` are filled in by who raises or clears the incident. */
export interface OutgoingNotice extends Notice {
  readonly kind: NoticeKind;
  readonly event: NoticeEvent;
  /** Last day of the period it is about. */
  readonly periodEnd: string;
  /** At least one, each once. */
  readonly to: readonly Recipient[];
}
