import { randomUUID } from 'node:crypto';
import type { Base, Capability } from '../capability.ts';
import type { DatabaseTransaction } from '../platform/store/database.ts';
import type { Clock } from '../runtime/clock.ts';
import { createMailProbe } from './channels/mail/mail-probe.ts';
import type { MailSettings } from './channels/mail/settings.ts';
import { createMailTemplates } from './channels/mail/templates.ts';
import { createDelivery, type Delivery } from './deliver.ts';
import type { CompileMail } from './letter.ts';
import { createMailMaker, type MakeMail } from './mails.ts';
import type { MailProbe, MailWriter, OutboxWatch } from './ports.ts';
import { forgetMails } from './store/mail-purger.ts';
import { createMailWriter } from './store/mail-writer.ts';
import { createOutbox } from './store/outbox-store.ts';
import { createOutboxWatch } from './store/outbox-watch.ts';

/** What people are told, and how it reaches them. */
export interface Notices extends Capability {
  /** Puts mails into the outbox, within the transaction that stores what they are about. */
  readonly mails: MailWriter<DatabaseTransaction>;
  readonly makeMail: MakeMail;
  readonly compile: CompileMail;
  /** General addressees; `null` when nobody is to be told. */
  readonly mailTo: readonly string[] | null;
  readonly delivery: Delivery;
  readonly outbox: OutboxWatch;
  /** `null` when no mail is configured. */
  readonly probe: MailProbe | null;
}

/** @param outboxClock takes the place of the database's own clock */
export async function createNotices(
  base: Base,
  { mail }: { readonly mail?: MailSettings },
  { outboxClock }: { readonly outboxClock: Clock | null },
): Promise<Notices> {
  const { database, calendar, clock, registry } = base;
  // The mailer takes 10 MB.
  const mailer = mail === undefined ? null : (await import('./channels/mail/mailer.ts')).createMailer(mail);
  const outbox = createOutboxWatch({ database });
  const metrics =
    registry === null ? null : (await import('./metrics.ts')).createMailMetrics(registry, { outbox, clock });
  const stored = createOutbox({ database, ...(outboxClock === null ? {} : { clock: outboxClock }) });
  const delivery = createDelivery({
    ...base,
    outbox: metrics === null ? stored : metrics.count(stored),
    sender: mailer,
    random: Math.random,
  });
  const templates = createMailTemplates();
  return {
    mails: createMailWriter({ database }),
    makeMail: createMailMaker({ letters: templates, calendar, newId: randomUUID }),
    compile: templates.compile,
    mailTo: mail?.to ?? null,
    delivery,
    outbox,
    probe:
      mail === undefined || mailer === null
        ? null
        : createMailProbe({ mailer, server: `${mail.smtp.host}:${mail.smtp.port}`, to: mail.to, clock }),
    parts: [{ name: 'delivery', ...delivery }],
    ...(metrics === null ? {} : { metrics }),
    forget: forgetMails({ database }),
    close: () => mailer?.close(),
  };
}
