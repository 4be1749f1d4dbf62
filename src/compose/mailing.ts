import { randomUUID } from 'node:crypto';
import type { Conditions } from '../devices/conditions.ts';
import { createBlindWatch } from '../incidents/blind.ts';
import { createIncidentStore } from '../incidents/store/incident-store.ts';
import { createWatchStore } from '../incidents/store/watch-store.ts';
import type { Mailer } from '../notices/channels/mail/mailer.ts';
import { createMailTemplates } from '../notices/channels/mail/templates.ts';
import { createMailChannel } from '../notices/channels/mail.ts';
import { createDelivery, type Delivery, type DeliveryRound } from '../notices/delivery.ts';
import { createNoticeMaker } from '../notices/make-notice.ts';
import type { Channel, Outbox } from '../notices/ports.ts';
import { createRecipients } from '../notices/recipients.ts';
import { createNoticeWriter } from '../notices/store/notice-writer.ts';
import { createOutbox } from '../notices/store/outbox-store.ts';
import type { Database } from '../platform/store/database.ts';
import { createAlertEvaluator } from '../quotas/evaluate.ts';
import type { AlertArchive } from '../quotas/ports.ts';
import { createBreachStore } from '../quotas/store/breach-store.ts';
import { createQuotaHistoryStore } from '../quotas/store/quota-history-store.ts';
import { createReporter, type Reporter } from '../reports/report.ts';
import { createReportBook } from '../reports/store/report-store.ts';
import { createReportTemplate } from '../reports/template.ts';
import type { Clock } from '../runtime/clock.ts';
import type { JobBook } from '../runtime/jobs.ts';
import type { Part } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logger.ts';
import type { TroubleLog } from '../runtime/trouble-log.ts';
import type { Config } from '../settings.ts';
import type { Calendar } from '../usage/accounting/day.ts';
import { readDays } from '../usage/days-usage.ts';
import type { PollListener } from '../usage/ports.ts';
import { createUsageSums } from '../usage/store/usage-sums.ts';
import { createPageLinks } from './page-links.ts';

/** What follows once usage is booked: breaches, blind routers, reports, and the notices about them. */
export interface Mailing {
  readonly alerts: AlertArchive;
  readonly reporter: Reporter;
  readonly delivery: Delivery;
  readonly listeners: readonly PollListener[];
  /** In the order they are to be started; they need the schema. */
  readonly parts: readonly Part[];
  /** Everything that is due now, once: for a worker that does not run on. */
  settle(): Promise<DeliveryRound>;
}

export interface MailingDeps {
  readonly database: Database;
  readonly mailer: Mailer | null;
  readonly jobs: JobBook;
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly troubles: TroubleLog;
  readonly conditions: Pick<Conditions, 'all'>;
  /** Empty, or the clock that takes the place of the database's own. */
  readonly outboxClock: { readonly clock?: Clock };
  /** Stands between the outbox and its delivery. */
  readonly watchOutbox: (outbox: Outbox) => Outbox;
  /** Calls back every minute until the returned function is called. */
  readonly everyMinute: (run: () => void) => () => void;
}

export function createMailing(config: Config, deps: MailingDeps): Mailing {
  const { database, mailer, jobs, calendar, clock, logger, troubles } = deps;
  const conditions = deps.conditions.all;
  const { quotas, weekStartsOn } = config;
  const retentionDays = config.retention.days;
  const templates = createMailTemplates();
  const sums = createUsageSums({ database });
  const notices = createNoticeWriter({ database });
  const breaches = createBreachStore({ database, notices });
  const outbox = deps.watchOutbox(createOutbox({ database, ...deps.outboxClock }));

  // Every way to tell people: a line each.
  const channels: Channel[] = [];
  if (mailer !== null)
    channels.push(createMailChannel({ sender: mailer, letters: templates, to: config.mail?.to ?? [] }));
  const delivery = createDelivery({ channels, outbox, jobs, clock, logger, troubles, random: Math.random });
  const recipients = createRecipients(channels);
  const makeNotice = createNoticeMaker({ calendar, newId: randomUUID });
  const pages = config.publicUrl === undefined ? undefined : createPageLinks(config.publicUrl);
  const shared = { calendar, recipients, makeNotice, pages, postman: delivery, jobs, clock, logger };
  const evaluator = createAlertEvaluator({
    ...shared,
    quotas,
    weekStartsOn,
    totals: sums,
    history: sums,
    breaches,
    quotaHistory: createQuotaHistoryStore({ database }),
  });
  const blind = createBlindWatch({
    ...shared,
    conditions,
    blindAfterMs: config.alerts.blindAfterMinutes * 60_000,
    watches: createWatchStore({ database }),
    incidents: createIncidentStore({ database, notices }),
  });
  const reporter = createReporter({
    ...shared,
    reports: config.report,
    weekStartsOn,
    retentionDays,
    conditions,
    usageOf: (now, coverage) => readDays(now, coverage, { archive: sums, calendar, quotas, retentionDays }),
    book: createReportBook({ database, notices }),
    template: createReportTemplate(templates),
    newId: randomUUID,
    everyMinute: deps.everyMinute,
  });
  const firstRoundMs = (config.collect.everySeconds + config.collect.timeoutSeconds) * 1000;

  return {
    alerts: breaches,
    reporter,
    delivery,
    listeners: [{ booked: (router) => evaluator.wake(router) }],
    parts: [
      { name: 'delivery', ...delivery },
      { name: 'alerts', ...evaluator },
      { name: 'blind watch', ...blind },
      afterwards(clock, firstRoundMs, { name: 'reports', ...reporter }),
    ],
    async settle() {
      await evaluator.evaluate();
      await blind.look();
      await reporter.mailDue();
      return await delivery.deliverDue();
    },
  };
}

/** Starts a part later: a report that is caught up must not be made before the routers have been read. */
function afterwards(clock: Clock, delayMs: number, part: Part): Part {
  let cancel = () => {};
  let isStarted = false;
  return {
    name: part.name,
    start() {
      cancel = clock.after(delayMs, () => {
        isStarted = true;
        void part.start();
      });
    },
    async stop() {
      cancel();
      if (isStarted) await part.stop();
    },
  };
}
