import { randomUUID } from 'node:crypto';
import { createMailer } from '../../src/notices/channels/mail/mailer.ts';
import { createDelivery, LEASE_MS } from '../../src/notices/delivery.ts';
import { createNoticeMaker } from '../../src/notices/make-notice.ts';
import { createOutbox } from '../../src/notices/store/outbox-store.ts';
import { openDatabase } from '../../src/platform/store/database.ts';
import { createJobStore } from '../../src/platform/store/job-store.ts';
import { createAlertEvaluator } from '../../src/quotas/evaluate.ts';
import { createQuotaHistoryStore } from '../../src/quotas/store/quota-history-store.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createTroubleLog } from '../../src/runtime/trouble-log.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { createUsageLedger } from '../../src/usage/store/usage-store.ts';
import { createUsageSums } from '../../src/usage/store/usage-sums.ts';
import { bookingAt, partOf } from './bookings.ts';
import { createMemoryLogger } from './memory-logger.ts';
import { mailChannel, mailRecipients } from './notices.ts';
import { createBreachStore } from './stores.ts';

/**
 * A worker that books a breach, evaluates and delivers it, and dies by SIGKILL at one point of it, or at none:
 * `mail-and-crash.ts URL PORT (book|evaluate|send|none) [GB]`. Without GB nothing is booked: it goes on where another one died.
 */
const [url = '', port = '', dieAfter = 'none', gb = '0'] = process.argv.slice(2);

function dieIf(point: string) {
  if (dieAfter === point) process.kill(process.pid, 'SIGKILL');
}

const database = openDatabase({ url });
const clock = systemClock;
const logger = createMemoryLogger();
const jobs = createJobStore({ database });
const calendar = createCalendar('UTC');
const totals = createUsageSums({ database });
// The lease of the worker that died is over.
const later = gb === '0' ? { ...clock, now: () => clock.now() + LEASE_MS } : clock;
const outbox = createOutbox({ database, clock: later });
const mailer = createMailer({
  from: 'netsentinel@example.com',
  smtp: { host: '127.0.0.1', port: Number(port), secure: false, tls: { required: false, insecure: false } },
});
const delivery = createDelivery({
  outbox: {
    ...outbox,
    settle(claimed, outcomes) {
      dieIf('send');
      return outbox.settle(claimed, outcomes);
    },
  },
  channels: [mailChannel(mailer)],
  jobs,
  clock,
  logger,
  troubles: createTroubleLog({ logger, clock }),
  random: Math.random,
});
const evaluator = createAlertEvaluator({
  quotas: [{ dailyGb: 1 }],
  weekStartsOn: 'monday',
  calendar,
  recipients: mailRecipients('admin@example.com'),
  totals,
  history: totals,
  breaches: createBreachStore({ database }),
  quotaHistory: createQuotaHistoryStore({ database }),
  makeNotice: createNoticeMaker({ calendar, newId: randomUUID }),
  postman: delivery,
  jobs,
  clock,
  logger,
});

if (gb !== '0') {
  const part = partOf('bob', { day: calendar.dayOf(clock.now()), downloadBytes: BigInt(gb) * 1024n ** 3n });
  await createUsageLedger({ database }).book('edge-1', () => bookingAt(clock.now(), { usage: [part] }));
}
dieIf('book');
await evaluator.evaluate();
dieIf('evaluate');
await delivery.deliverDue();
mailer.close();
await database.close();
