import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { type JobBook, runJob } from '../runtime/jobs.ts';
import type { Logger } from '../runtime/logger.ts';
import type { TroubleLog } from '../runtime/trouble-log.ts';
import type { ClaimedMail, MailSender, Outbox, Settlement } from './ports.ts';
import { settleAnswer, settleTrouble } from './settle.ts';

/** A try takes less: the sender's own deadlines see to that. Then no other worker can take a mail that is being sent. */
export const LEASE_MS = 120_000;
/** Another worker's mails are noticed no later than this. */
const LONGEST_SLEEP_MS = 30_000;
/** How long a mail that is under way may hold up the end of the worker. */
const DRAIN_MS = 5000;
const SUBJECT = 'mail server';

export interface DeliveryDeps {
  readonly outbox: Outbox;
  /** `null` when the configuration has no `mail`. */
  readonly sender: MailSender | null;
  readonly jobs: JobBook;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly troubles: TroubleLog;
  /** 0 (inclusive) to 1 (exclusive), for the jitter. */
  readonly random: () => number;
}

/** What one round of delivery came to. */
export interface DeliveryRound {
  readonly sent: number;
  /** Given up for good. */
  readonly failed: number;
  /** Tried without success; they wait for their next try. */
  readonly waiting: number;
}

export interface Delivery {
  /** Sends what is due, until nothing is or the server cannot be used. Rejects with a `TroubleError` when the database is away. */
  deliverDue(): Promise<DeliveryRound>;
  /** To be called after a mail was written, so that it is sent at once when delivery runs. */
  wake(): void;
  start(): void;
  /** Takes up no further mail and waits for the one being sent, 5 s at most. */
  stop(): Promise<void>;
}

/** Sends the outbox's mails, each once: what the mail server did not take is tried again, by any worker. */
export function createDelivery(deps: DeliveryDeps): Delivery {
  const { outbox, sender, clock, logger, troubles, random } = deps;
  let isRunning = false;
  let isStopping = false;
  let cancelTimer = () => {};
  let current: Promise<unknown> = Promise.resolve();
  /** Rounds that delivery began by itself, to their last question to the database. */
  let rounds: Promise<void> = Promise.resolve();
  let isServerUsable = true;
  /** The mail that was tried when the database went away, and what came of it: it must not be sent again. */
  let unsettled: { readonly mail: ClaimedMail; readonly settlement: Settlement } | null = null;
  let hurry = new AbortController();

  function deliverDue(): Promise<DeliveryRound> {
    const round = current.then(() => runJob(deps, 'delivery', deliverRound));
    current = round.catch(() => undefined);
    return round;
  }

  async function deliverRound(): Promise<DeliveryRound> {
    const round = { sent: 0, failed: 0, waiting: 0 };
    if (sender === null) return round;
    if (unsettled !== null) await settle(unsettled.mail, unsettled.settlement);
    while (!isStopping) {
      const claimedAt = await outbox.now();
      const claimedMs = clock.monotonicMs();
      const mail = await outbox.claim(claimedAt, LEASE_MS);
      if (mail === null) break;
      const tried = await tryToSend(sender, mail);
      const outboxNow = claimedAt + Math.round(clock.monotonicMs() - claimedMs);
      const settlement = { ...tried.settlement, dueAt: outboxNow + (tried.settlement.dueAt - tried.at) };
      await settle(mail, settlement);
      round[settlement.state === 'pending' ? 'waiting' : settlement.state] += 1;
      if (!isServerUsable) break;
    }
    return round;
  }

  /** The result, and its time on the worker's clock, which decides when a mail is given up. */
  async function tryToSend(by: MailSender, mail: ClaimedMail): Promise<{ settlement: Settlement; at: number }> {
    try {
      const refused = await by.send(mail, hurry.signal);
      isServerUsable = true;
      troubles.ended(SUBJECT);
      for (const { address, permanent, reason } of refused) {
        logger.warn({ mail: mail.id, address, permanent, reason }, 'mail refused for a recipient');
      }
      const at = clock.now();
      return { settlement: settleAnswer(mail, refused, at, random()), at };
    } catch (error) {
      if (!(error instanceof TroubleError)) throw error;
      isServerUsable = false;
      troubles.started(SUBJECT, error);
      const at = clock.now();
      return { settlement: settleTrouble(mail, error.message, at, random()), at };
    }
  }

  async function settle(mail: ClaimedMail, settlement: Settlement) {
    unsettled = { mail, settlement };
    const isOurs = await outbox.settle(mail, settlement);
    unsettled = null;
    if (!isOurs) logger.warn({ mail: mail.id }, 'the lease of a mail expired while it was being sent');
    else if (settlement.state === 'sent') logger.info({ mail: mail.id, attempts: mail.attempts }, 'mail sent');
    else if (settlement.state === 'failed') {
      logger.warn({ mail: mail.id, attempts: mail.attempts, trouble: settlement.trouble }, 'mail given up');
    }
  }

  async function runRound() {
    try {
      await deliverDue();
      if (!isRunning) return;
      const dueAt = await outbox.nextDueAt();
      schedule(sleepMs(dueAt === null ? null : dueAt - (await outbox.now())));
    } catch (error) {
      if (error instanceof TroubleError) logger.debug({ code: error.code }, 'no mail delivery: database unavailable');
      else logger.error({ err: error }, 'mail delivery failed');
      schedule(LONGEST_SLEEP_MS);
    }
  }

  function sleepMs(dueInMs: number | null): number {
    const untilDueMs = dueInMs ?? LONGEST_SLEEP_MS;
    // A server in trouble is asked for one mail at a time; and a mail that another worker is about to take must not make a busy loop.
    const shortestMs = isServerUsable ? 1000 : LONGEST_SLEEP_MS;
    return Math.min(Math.max(untilDueMs, shortestMs), LONGEST_SLEEP_MS);
  }

  function schedule(delayMs: number) {
    if (!isRunning) return;
    cancelTimer();
    cancelTimer = clock.after(delayMs, () => {
      rounds = Promise.all([rounds, runRound()]).then(() => undefined);
    });
  }

  return {
    deliverDue,
    wake: () => schedule(0),
    start() {
      if (sender === null) return;
      isRunning = true;
      isStopping = false;
      hurry = new AbortController();
      schedule(0);
    },
    async stop() {
      isRunning = false;
      isStopping = true;
      cancelTimer();
      const cancelHurry = clock.after(DRAIN_MS, () => hurry.abort());
      await Promise.all([current, rounds]);
      cancelHurry();
    },
  };
}
