import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { type JobBook, runJob } from '../runtime/jobs.ts';
import type { Logger } from '../runtime/logger.ts';
import type { TroubleLog } from '../runtime/trouble-log.ts';
import { BusyError } from './busy.ts';
import type { Channel, ClaimedNotice, LineOutcome, Outbox } from './ports.ts';
import { MAIL_CHANNEL } from './recipients.ts';
import { isOutdated, settleAnswer, settleOutdated, settleTrouble } from './settle.ts';

/** No other worker takes what is being sent: a try ends before, by the time its claim took and by the time for its note. */
export const LEASE_MS = 120_000;
/** What is left of the lease for the note of how a try went. */
const NOTE_MS = 15_000;
/** Another worker's notices are noticed no later than this. */
const LONGEST_SLEEP_MS = 30_000;
/** How long a notice that is under way may hold up the end of the worker. */
const DRAIN_MS = 5000;

export interface DeliveryDeps {
  readonly outbox: Outbox;
  readonly jobs: JobBook;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly troubles: TroubleLog;
  /** 0 (inclusive) to 1 (exclusive), for the jitter. */
  readonly random: () => number;
}

/** What one round of delivery came to, in messages: one that only some of its addresses still wait for is waiting. */
export interface DeliveryRound {
  readonly sent: number;
  /** Given up for good. */
  readonly failed: number;
  /** Tried without success; they wait for their next try. */
  readonly waiting: number;
}

export interface Delivery {
  /** Sends what is due, until nothing is or the channel cannot be used. Rejects with a `TroubleError` when the database is away. */
  deliverDue(): Promise<DeliveryRound>;
  /** To be called after a notice was written, so that it is sent at once when delivery runs. */
  wake(): void;
  start(): void;
  /** Takes up nothing further and waits for the notice being sent, 5 s at most. */
  stop(): Promise<void>;
}

/**
 * One channel's loop: sends its deliveries, each once; what the other side did not take is tried again, by any worker, until it is
 * outdated. What is outdated before its first try is closed unsent.
 */
export function createChannelDelivery(channel: Channel, deps: DeliveryDeps): Delivery {
  const { outbox, clock, logger, troubles, random } = deps;
  const subject = `delivery by ${channel.name}`;
  // Each channel notes its own runs; programs know those of mail by the older name.
  const job = channel.name === MAIL_CHANNEL ? 'delivery' : subject;
  let isRunning = false;
  let isStopping = false;
  let isWoken = false;
  let cancelTimer = () => {};
  let current: Promise<unknown> = Promise.resolve();
  /** The round that the loop is in, to its last question to the database. */
  let round: Promise<void> | null = null;
  let isUsable = true;
  /** Until then the other side wants to be left alone, monotonic ms. */
  let quietUntilMs = Number.NEGATIVE_INFINITY;
  /** What was tried when the database went away, and what came of it: it must not be sent again. */
  let unsettled: { readonly claimed: ClaimedNotice; readonly outcomes: readonly LineOutcome[] } | null = null;
  let hurry = new AbortController();

  function deliverDue(): Promise<DeliveryRound> {
    const pass = current.then(() => runJob(deps, job, deliverRound));
    current = pass.catch(() => undefined);
    return pass;
  }

  async function deliverRound(): Promise<DeliveryRound> {
    const counts = { sent: 0, failed: 0, waiting: 0 };
    if (unsettled !== null) await settle(unsettled.claimed, unsettled.outcomes);
    while (!isStopping && clock.monotonicMs() >= quietUntilMs) {
      const askedMs = clock.monotonicMs();
      const claimed = await outbox.claim(channel, LEASE_MS);
      if (claimed === null) break;
      // The lease began somewhere within the claim, or within an earlier try of it whose answer was lost.
      const leftMs = LEASE_MS - NOTE_MS - (clock.monotonicMs() - askedMs);
      if (leftMs <= 0) {
        // It is taken again when the lease ends.
        logger.warn(
          { notice: claimed.notice.id, channel: channel.name },
          'a claim took so long that its lease is over',
        );
        continue;
      }
      const outcomes = isOutdated(claimed, clock.now()) ? settleOutdated(claimed) : await tryToSend(claimed, leftMs);
      await settle(claimed, outcomes);
      counts[resultOf(outcomes)] += 1;
      if (!isUsable) break;
    }
    return counts;
  }

  async function tryToSend(claimed: ClaimedNotice, withinMs: number): Promise<LineOutcome[]> {
    const late = new AbortController();
    const cancelDeadline = clock.after(withinMs, () => late.abort());
    const { notice, lines, replyTo } = claimed;
    try {
      const to = lines.map(({ address }) => address);
      const answer = await channel.send(notice, to, AbortSignal.any([hurry.signal, late.signal]), replyTo);
      isUsable = true;
      troubles.ended(subject);
      for (const { address, permanent, reason } of answer.refused) {
        logger.warn({ notice: notice.id, channel: channel.name, address, permanent, reason }, 'notice refused');
      }
      return settleAnswer(claimed, answer, { now: clock.now(), random: random() });
    } catch (error) {
      if (!(error instanceof TroubleError)) throw error;
      isUsable = false;
      troubles.started(subject, error);
      const busyMs = error instanceof BusyError ? error.retryInMs : 0;
      quietUntilMs = clock.monotonicMs() + busyMs;
      return settleTrouble(claimed, error.message, { now: clock.now(), random: random() }, busyMs);
    } finally {
      cancelDeadline();
    }
  }

  async function settle(claimed: ClaimedNotice, outcomes: readonly LineOutcome[]) {
    unsettled = { claimed, outcomes };
    const isOurs = await outbox.settle(claimed, outcomes);
    unsettled = null;
    const about = { notice: claimed.notice.id, channel: channel.name };
    if (!isOurs) logger.warn(about, 'the lease of a notice expired while it was being sent');
    for (const { address, state, trouble } of isOurs ? outcomes : []) {
      if (state === 'failed') logger.warn({ ...about, address, trouble }, 'notice given up');
    }
    if (isOurs && outcomes.some(({ state }) => state === 'sent')) logger.info(about, 'notice sent');
  }

  async function runRound() {
    isWoken = false;
    let sleepMs = LONGEST_SLEEP_MS;
    try {
      await deliverDue();
      if (!isRunning) return;
      sleepMs = sleepFor(await outbox.nextDueInMs(channel.name));
    } catch (error) {
      if (error instanceof TroubleError) logger.debug({ code: error.code }, 'no delivery: database unavailable');
      else logger.error({ err: error }, 'delivery failed');
    }
    round = null;
    // What was written while the last questions were asked may have been missed by them.
    schedule(isWoken ? 0 : sleepMs);
  }

  function sleepFor(dueInMs: number | null): number {
    const untilDueMs = dueInMs ?? LONGEST_SLEEP_MS;
    // A channel in trouble is tried with one notice at a time; and what another worker is about to take must not make a busy loop.
    const shortestMs = isUsable ? 1000 : LONGEST_SLEEP_MS;
    const sleepMs = Math.min(Math.max(untilDueMs, shortestMs), LONGEST_SLEEP_MS);
    return Math.max(sleepMs, quietUntilMs - clock.monotonicMs());
  }

  function schedule(delayMs: number) {
    if (!isRunning) return;
    cancelTimer();
    cancelTimer = clock.after(delayMs, () => {
      round = runRound();
    });
  }

  return {
    deliverDue,
    wake() {
      isWoken = true;
      if (round === null) schedule(0);
    },
    start() {
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
      await Promise.all([current, round]);
      round = null;
      cancelHurry();
    },
  };
}

/** All channels, each with its own loop and its own trouble: one that is dead holds up no other. */
export function createDelivery({
  channels,
  ...deps
}: DeliveryDeps & { readonly channels: readonly Channel[] }): Delivery {
  const each = channels.map((channel) => createChannelDelivery(channel, deps));
  return {
    async deliverDue() {
      const passes = each.map((delivery) => delivery.deliverDue());
      // Also those that go on while the first has failed.
      await Promise.allSettled(passes);
      const rounds = await Promise.all(passes);
      const sum = (result: keyof DeliveryRound) => rounds.reduce((total, round) => total + round[result], 0);
      return { sent: sum('sent'), failed: sum('failed'), waiting: sum('waiting') };
    },
    wake() {
      for (const delivery of each) delivery.wake();
    },
    start() {
      for (const delivery of each) delivery.start();
    },
    async stop() {
      await Promise.all(each.map((delivery) => delivery.stop()));
    },
  };
}

function resultOf(outcomes: readonly LineOutcome[]): keyof DeliveryRound {
  if (outcomes.some(({ state }) => state === 'pending')) return 'waiting';
  return outcomes.some(({ state }) => state === 'sent') ? 'sent' : 'failed';
}
