import { randomUUID } from 'node:crypto';
import type { Calendar } from '../accounting/day.ts';
import type { Mailer } from '../adapters/mail/mailer.ts';
import { createMailTemplates } from '../adapters/mail/templates.ts';
import { createBreachStore } from '../adapters/store/breach-store.ts';
import type { Database } from '../adapters/store/database.ts';
import { createOutbox } from '../adapters/store/outbox-store.ts';
import { createQuotaHistoryStore } from '../adapters/store/quota-history-store.ts';
import { createReportStore } from '../adapters/store/report-store.ts';
import { createTotalsStore } from '../adapters/store/totals-store.ts';
import { createWatchStore } from '../adapters/store/watch-store.ts';
import type { Config } from '../config/schema.ts';
import { createBlindWatch } from '../features/alerts/blind.ts';
import { createAlertEvaluator } from '../features/alerts/evaluate.ts';
import type { AlertArchive } from '../features/alerts/ports.ts';
import { createTroubleBoard } from '../features/alerts/trouble-board.ts';
import { createDelivery, type Delivery, type DeliveryRound } from '../features/delivery/deliver.ts';
import type { Outbox } from '../features/delivery/ports.ts';
import { createReporter, type Reporter } from '../features/reports/report.ts';
import type { CollectionMeter } from '../features/usage/ports.ts';
import type { Clock } from '../runtime/clock.ts';
import type { JobBook } from '../runtime/jobs.ts';
import type { Part } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logger.ts';
import type { TroubleLog } from '../runtime/trouble-log.ts';

/** What becomes of the books once they are written: breaches, blind routers, reports, and the mails about them. */
export interface Mailing {
  readonly alerts: AlertArchive;
  readonly reporter: Reporter;
  readonly delivery: Delivery;
  /** Hears of every poll and booking. */
  readonly meter: CollectionMeter;
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
  /** Names of the routers that are polled now. */
  readonly routers: () => readonly string[];
  /** Empty, or the clock that takes the place of the database's own. */
  readonly outboxClock: { readonly clock?: Clock };
  /** Stands between the outbox and its delivery. */
  readonly watchOutbox: (outbox: Outbox) => Outbox;
  /** Calls back every minute until the returned function is called. */
  readonly everyMinute: (run: () => void) => () => void;
}

export function createMailing(config: Config, deps: MailingDeps): Mailing {
  const { database, mailer, jobs, calendar, clock, logger, troubles, routers } = deps;
  const { quotas, weekStartsOn } = config;
  const templates = createMailTemplates();
  const totals = createTotalsStore({ database });
  const breaches = createBreachStore({ database });
  const reports = createReportStore({ database });
  const outbox = deps.watchOutbox(createOutbox({ database, ...deps.outboxClock }));

  const delivery = createDelivery({ outbox, sender: mailer, jobs, clock, logger, troubles, random: Math.random });
  const mailTo = config.mail?.to ?? null;
  const shared = { calendar, mailTo, postman: delivery, jobs, clock, logger, newId: randomUUID };
  const evaluator = createAlertEvaluator({
    ...shared,
    quotas,
    weekStartsOn,
    totals,
    history: totals,
    breaches,
    quotaHistory: createQuotaHistoryStore({ database }),
    letters: templates,
  });
  const board = createTroubleBoard();
  const blind = createBlindWatch({
    ...shared,
    routers,
    blindAfterMs: config.alerts.blindAfterMinutes * 60_000,
    watches: createWatchStore({ database }),
    troubles: board,
    letters: templates,
  });
  const reporter = createReporter({
    ...shared,
    reports: config.report,
    quotas,
    weekStartsOn,
    retentionDays: config.retention.days,
    routers,
    archive: reports,
    book: reports,
    template: templates,
    everyMinute: deps.everyMinute,
  });
  const firstRoundMs = (config.collect.everySeconds + config.collect.timeoutSeconds) * 1000;

  return {
    alerts: breaches,
    reporter,
    delivery,
    meter: {
      polled: (outcome) => board.note(outcome.router, outcome.status === 'failed' ? outcome.trouble : null),
      booked: (router) => evaluator.wake(router),
    },
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
