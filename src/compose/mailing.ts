import { randomUUID } from 'node:crypto';
import type { Conditions } from '../devices/conditions.ts';
import { createBlindWatch } from '../incidents/blind.ts';
import { createWatchStore } from '../incidents/store/watch-store.ts';
import type { Mailer } from '../notices/channels/mail/mailer.ts';
import { createMailTemplates } from '../notices/channels/mail/templates.ts';
import { createDelivery, type Delivery, type DeliveryRound } from '../notices/deliver.ts';
import { createMailMaker } from '../notices/mails.ts';
import type { Outbox } from '../notices/ports.ts';
import { createMailWriter } from '../notices/store/mail-writer.ts';
import { createOutbox } from '../notices/store/outbox-store.ts';
import type { Config } from '../platform/config/schema.ts';
import type { Database } from '../platform/store/database.ts';
import { createAlertEvaluator } from '../quotas/evaluate.ts';
import type { AlertArchive } from '../quotas/ports.ts';
import { createBreachStore } from '../quotas/store/breach-store.ts';
import { createQuotaHistoryStore } from '../quotas/store/quota-history-store.ts';
import { createTotalsStore } from '../quotas/store/totals-store.ts';
import { createReporter, type Reporter } from '../reports/report.ts';
import { createReportArchive, createReportBook } from '../reports/store/report-store.ts';
import { createReportTemplate } from '../reports/template.ts';
import type { Clock } from '../runtime/clock.ts';
import type { JobBook } from '../runtime/jobs.ts';
import type { Part } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logger.ts';
import type { TroubleLog } from '../runtime/trouble-log.ts';
import type { Calendar } from '../usage/accounting/day.ts';
import type { PollListener } from '../usage/ports.ts';
import { createPageLinks } from './page-links.ts';

/** What follows once usage is booked: breaches, blind routers, reports, and the mails about them. */
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
  const templates = createMailTemplates();
  const totals = createTotalsStore({ database });
  const mails = createMailWriter({ database });
  const breaches = createBreachStore({ database, mails });
  const outbox = deps.watchOutbox(createOutbox({ database, ...deps.outboxClock }));

  const delivery = createDelivery({ outbox, sender: mailer, jobs, clock, logger, troubles, random: Math.random });
  const mailTo = config.mail?.to ?? null;
  const pages = config.publicUrl === undefined ? undefined : createPageLinks(config.publicUrl);
  const shared = { calendar, mailTo, pages, postman: delivery, jobs, clock, logger };
  const makeMail = createMailMaker({ letters: templates, calendar, newId: randomUUID });
  const evaluator = createAlertEvaluator({
    ...shared,
    quotas,
    weekStartsOn,
    totals,
    history: totals,
    breaches,
    quotaHistory: createQuotaHistoryStore({ database }),
    makeMail,
  });
  const blind = createBlindWatch({
    ...shared,
    conditions,
    blindAfterMs: config.alerts.blindAfterMinutes * 60_000,
    watches: createWatchStore({ database, mails }),
    makeMail,
  });
  const reporter = createReporter({
    ...shared,
    reports: config.report,
    quotas,
    weekStartsOn,
    retentionDays: config.retention.days,
    conditions,
    archive: createReportArchive({ database }),
    book: createReportBook({ database, mails }),
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
