import type { Calendar } from '../usage/accounting/day.ts';
import type { Composition, LetterTemplate } from './letter.ts';
import { letterText } from './letter-text.ts';
import type { OutgoingMail } from './ports.ts';

/** After so many days an alert about a closed period is outdated. */
const DAYS_WORTH_SENDING = 2;

/** What mails are made with. */
export interface MailMaking {
  readonly letters: LetterTemplate;
  readonly calendar: Calendar;
  /** Random and unique texts. */
  readonly newId: () => string;
}

/** A composed letter as a mail that is worth sending until the second day after `periodEnd` is over. */
export type MakeMail = (
  composition: Composition,
  about: { readonly to: readonly string[]; readonly now: number; readonly periodEnd: string },
) => OutgoingMail;

export function createMailMaker({ letters, calendar, newId }: MailMaking): MakeMail {
  return ({ subject, letter }, about) => ({
    id: newId(),
    to: [...new Set(about.to)],
    subject,
    text: letterText(letter),
    html: letters.letterHtml(letter),
    attachment: null,
    createdAt: about.now,
    periodEnd: about.periodEnd,
    giveUpAt: calendar.endOf(calendar.addDays(about.periodEnd, DAYS_WORTH_SENDING)),
  });
}
