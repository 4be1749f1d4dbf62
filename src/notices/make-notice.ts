import type { Calendar } from '../usage/accounting/day.ts';
import type { Composition } from './letter.ts';
import type { NoticeEvent, NoticeKind, OutgoingNotice, Recipient } from './notice.ts';

/** After so many days an alert about a closed period is outdated. */
const DAYS_WORTH_SENDING = 2;

/** A composed letter as a notice. */
export type MakeNotice = (
  composition: Composition,
  about: {
    readonly kind: NoticeKind;
    readonly event: NoticeEvent;
    /** Names of the devices it is about. */
    readonly devices: readonly string[];
    readonly to: readonly Recipient[];
    readonly now: number;
    /** Last day of the period it is about. */
    readonly periodEnd: string;
    /** When trying to send it ends, Unix ms; without it when the second day after `periodEnd` is over. */
    readonly worthUntil?: number;
  },
) => OutgoingNotice;

export function createNoticeMaker({
  calendar,
  newId,
}: {
  readonly calendar: Calendar;
  /** Random and unique texts. */
  readonly newId: () => string;
}): MakeNotice {
  return ({ subject, letter }, { now, worthUntil, ...about }) => ({
    id: newId(),
    ...about,
    ...{ incident: null, answers: null },
    subject,
    content: { letter },
    attachment: null,
    createdAt: now,
    worthUntil: worthUntil ?? calendar.endOf(calendar.addDays(about.periodEnd, DAYS_WORTH_SENDING)),
  });
}
