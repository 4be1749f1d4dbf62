import { randomUUID } from 'node:crypto';
import type { Base, Capability } from '../capability.ts';
import type { DatabaseTransaction } from '../platform/store/database.ts';
import type { Clock } from '../runtime/clock.ts';
import { createChannelDesk } from './channel-desk.ts';
import { createChannel, kindOf } from './channels/create.ts';
import { CHANNEL_TIMEOUT_MS } from './channels/http.ts';
import { createMailProbe } from './channels/mail/mail-probe.ts';
import type { MailSettings } from './channels/mail/settings.ts';
import { createMailTemplates } from './channels/mail/templates.ts';
import { createMailChannel } from './channels/mail.ts';
import { createDelivery, type Delivery } from './delivery.ts';
import { createNoticesExamine } from './examine.ts';
import type { CompileMail } from './letter.ts';
import { createNoticeMaker, type MakeNotice } from './make-notice.ts';
import type { ChannelDesk, NoticeWriter, Recipients } from './ports.ts';
import { createRecipients, MAIL_CHANNEL, type RecipientsDeps } from './recipients.ts';
import type { ChannelSettings } from './settings.ts';
import { forgetNotices } from './store/notice-purger.ts';
import { createNoticeWriter } from './store/notice-writer.ts';
import { createOutbox } from './store/outbox-store.ts';
import { createOutboxWatch } from './store/outbox-watch.ts';
import { takeOverMails } from './store/take-over.ts';

/** What people are told, and how it reaches them. */
export interface Notices extends Capability {
  /** Puts notices into the outbox, within the transaction that stores what they are about. */
  readonly writer: NoticeWriter<DatabaseTransaction>;
  readonly makeNotice: MakeNotice;
  readonly compile: CompileMail;
  readonly recipients: Recipients;
  readonly delivery: Delivery;
  readonly desk: ChannelDesk;
}

export interface NoticesSettings extends Pick<RecipientsDeps, 'routes'> {
  readonly mail?: MailSettings;
  readonly channels: Readonly<Record<string, ChannelSettings>>;
}

export interface NoticesNeeds extends Pick<RecipientsDeps, 'tagsOf'> {
  /** Takes the place of the database's own clock. */
  readonly outboxClock: Clock | null;
}

export async function createNotices(
  base: Base,
  { mail, routes, ...settings }: NoticesSettings,
  { outboxClock, tagsOf }: NoticesNeeds,
): Promise<Notices> {
  const { database, calendar, clock, logger, registry } = base;
  const templates = createMailTemplates();
  // The mailer takes 10 MB.
  const mailer = mail === undefined ? null : (await import('./channels/mail/mailer.ts')).createMailer(mail);
  const mailChannel = mailer && createMailChannel({ sender: mailer, letters: templates, to: mail?.to ?? [] });
  const channels = [
    ...(mailChannel === null ? [] : [{ ...mailChannel, kind: MAIL_CHANNEL }]),
    ...Object.entries(settings.channels).map(([name, given]) => ({
      ...createChannel({ name, timeZone: calendar.timeZone, timeoutMs: CHANNEL_TIMEOUT_MS, logger }, given),
      kind: kindOf(given),
    })),
  ];
  const desk = createChannelDesk({ channels, now: clock.now, newId: randomUUID });

  const outbox = createOutboxWatch({ database });
  const metrics =
    registry === null
      ? null
      : (await import('./metrics.ts')).createNoticeMetrics(registry, {
          ...{ outbox, clock },
          channels: channels.map(({ name }) => name),
        });
  const stored = createOutbox({ database, ...(outboxClock === null ? {} : { clock: outboxClock }) });
  const delivery = createDelivery({
    ...base,
    channels,
    outbox: metrics === null ? stored : metrics.count(stored),
    random: Math.random,
  });
  const probe =
    mail === undefined || mailer === null
      ? null
      : createMailProbe({ mailer, server: `${mail.smtp.host}:${mail.smtp.port}`, to: mail.to, clock });
  return {
    writer: createNoticeWriter({ database }),
    makeNotice: createNoticeMaker({ calendar, newId: randomUUID }),
    compile: templates.compile,
    recipients: createRecipients({ channels, routes, tagsOf }),
    delivery,
    desk,
    examine: createNoticesExamine({ probe, desk, outbox, clock }),
    parts: [{ name: 'delivery', ...delivery }],
    ...(metrics === null ? {} : { metrics }),
    forget: forgetNotices({ database, clock, logger, channels: channels.map(({ name }) => name) }),
    opened: () => takeOverMails({ database }),
    close: () => mailer?.close(),
  };
}
