import type { Mail, MailSender } from '../../src/notices/channels/mail/mailer.ts';
import { createMailTemplates } from '../../src/notices/channels/mail/templates.ts';
import { createMailChannel, toMail } from '../../src/notices/channels/mail.ts';
import type { OutgoingNotice } from '../../src/notices/notice.ts';
import type { Channel, LineOutcome, MovedAddresses } from '../../src/notices/ports.ts';
import { createRecipients, type RecipientsDeps } from '../../src/notices/recipients.ts';
import { createOutbox } from '../../src/notices/store/outbox-store.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { createManualClock } from './manual-clock.ts';

/** The mail channel as the outbox knows it. */
export const MAIL = { name: 'mail', isShared: true } as const;
export const letters = createMailTemplates();

export const toMailTo = (...addresses: readonly string[]) =>
  addresses.map((address) => ({ channel: MAIL.name, address }));

/** Mail to these addresses, and no other channel; without any nobody is told. */
export const mailRecipients = (...addresses: readonly string[]) =>
  recipientsOf(addresses.length === 0 ? [] : [{ name: MAIL.name, addresses }]);

/** Without routes. */
export const recipientsOf = (channels: RecipientsDeps['channels']) =>
  createRecipients({ channels, routes: [], tagsOf: () => [] });

export function noticeOf(
  id: string,
  change: Partial<OutgoingNotice> & Pick<OutgoingNotice, 'createdAt'>,
): OutgoingNotice {
  return {
    id,
    ...{ kind: 'quota', event: 'quota.breach', devices: [], incident: null, answers: null },
    to: toMailTo('admin@example.com'),
    subject: id,
    content: { page: { text: 'text', html: '<p>html</p>' } },
    attachment: null,
    periodEnd: new Date(change.createdAt).toISOString().slice(0, 10),
    worthUntil: change.createdAt + 48 * 3_600_000,
    ...change,
  };
}

export function outcomeOf(change: Partial<LineOutcome> = {}): LineOutcome {
  return {
    ...{ address: 'admin@example.com', state: 'sent', retryInMs: 0, refusals: 0, sentAt: 5, trouble: null },
    messageId: null,
    ...change,
  };
}

/** Where addresses have moved to, for as long as the process lives. */
export function createMemoryMoves(): MovedAddresses {
  const moved = new Map<string, string>();
  return {
    find: async (channel, address) => moved.get(`${channel} ${address}`) ?? null,
    note: async (channel, address, movedTo) => void moved.set(`${channel} ${address}`, movedTo),
  };
}

export function mailChannel(sender: MailSender, to: readonly string[] = ['admin@example.com']): Channel {
  return createMailChannel({ sender, letters, to });
}

/** All mails that are due at this instant, by when they are due; each is taken as delivered, as what follows it waits for it. */
export async function dueMails(database: Database, now: number): Promise<(Mail & { readonly worthUntil: number })[]> {
  const outbox = createOutbox({ database, clock: createManualClock(now) });
  const found: (Mail & { readonly worthUntil: number })[] = [];
  for (;;) {
    const claimed = await outbox.claim(MAIL, 60_000);
    if (claimed === null) return found;
    const to = claimed.lines.map(({ address }) => address);
    found.push({ ...toMail(claimed.notice, to, letters), worthUntil: claimed.notice.worthUntil });
    const sent = { state: 'sent', retryInMs: 0, refusals: 0, sentAt: now, messageId: null, trouble: null } as const;
    await outbox.settle(
      claimed,
      to.map((address) => ({ ...sent, address })),
    );
  }
}
