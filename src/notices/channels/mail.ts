import type { LetterTemplate } from '../letter.ts';
import { letterText } from '../letter-text.ts';
import type { Notice } from '../notice.ts';
import type { Channel } from '../ports.ts';
import { MAIL_CHANNEL } from '../recipients.ts';
import type { Mail, MailSender } from './mail/mailer.ts';

/** Notices by mail: one mail to all who are to get it, under a `Message-ID` made from the notice's id. */
export function createMailChannel({
  sender,
  letters,
  to,
}: {
  readonly sender: MailSender;
  readonly letters: LetterTemplate;
  readonly to: readonly string[];
}): Channel {
  return {
    name: MAIL_CHANNEL,
    addresses: to,
    isShared: true,
    async send(notice, addresses, signal) {
      return { refused: await sender.send(toMail(notice, addresses, letters), signal), messageId: null };
    },
  };
}

/** A notice as a mail to these addresses. */
export function toMail(notice: Notice, to: readonly string[], letters: LetterTemplate): Mail {
  const { id, answers, subject, content, attachment, createdAt } = notice;
  const { text, html } =
    'page' in content ? content.page : { text: letterText(content.letter), html: letters.letterHtml(content.letter) };
  return { id, answers, to, subject, text, html, attachment, createdAt };
}
