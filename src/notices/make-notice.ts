import type { Calendar } from '../usage/accounting/day.ts';
import type { Composition } from './letter.ts';
import type { NoticeKind, OutgoingNotice, Recipient } from './notice.ts';

/** After so many days an alert about a closed period is outdated. */
const DAYS_WORTH_SENDING = 2;

/** A composed letter as a notice that is worth sending until the second day after `periodEnd` is over. */
export type MakeNotice = (
  composition: Composition,
  about: {
    readonly kind: NoticeKind;
    readonly to: readonly Recipient[];
    readonly now: number;
    readonly periodEnd: string;
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
  return ({ subject, letter }, { kind, to, now, periodEnd }) => ({
    id: newId(),
    kind,
    to,
    subject,
    content: { letter },
    attachment: null,
    createdAt: now,
    periodEnd,
    worthUntil: calendar.endOf(calendar.addDays(periodEnd, DAYS_WORTH_SENDING)),
  });
}
