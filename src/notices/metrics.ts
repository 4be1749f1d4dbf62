import { Counter, Gauge, type Registry } from 'prom-client';
import type { Clock } from '../runtime/clock.ts';
import type { LineOutcome, Outbox, OutboxWatch } from './ports.ts';
import { MAIL_CHANNEL } from './recipients.ts';

export interface NoticeMetrics {
  /** The same outbox; results are counted once they are stored. */
  count(outbox: Outbox): Outbox;
  /** Asks how much waits, and gives what shows it. */
  ask(): Promise<() => void>;
  /** It is not known how much waits. */
  forget(): void;
}

const RESULTS = ['sent', 'failed', 'retried'] as const;

interface Deps {
  readonly outbox: Pick<OutboxWatch, 'waiting' | 'channels'>;
  /** Names of the channels of the configuration. */
  readonly channels: readonly string[];
  readonly clock: Clock;
}

export function createNoticeMetrics(registry: Registry, { outbox, channels, clock }: Deps): NoticeMetrics {
  const registers = [registry];
  const mails = new Counter({
    name: 'netsentinel_mails_total',
    help: 'Tries to send a mail: sent, failed (given up for good), retried (waits for the next try).',
    labelNames: ['result'],
    registers,
  });
  const depth = new Gauge({ name: 'netsentinel_outbox_mails', help: 'Mails waiting to be sent.', registers });
  const age = new Gauge({
    name: 'netsentinel_outbox_oldest_age_seconds',
    help: 'Age of the oldest waiting mail; 0 if none waits.',
    registers,
  });
  for (const result of RESULTS) mails.inc({ result }, 0);
  const tries = new Counter({
    name: 'netsentinel_deliveries_total',
    help: 'Tries to send a notice by a channel: sent, failed (given up for good), retried (waits for the next try).',
    labelNames: ['channel', 'result'],
    registers,
  });
  const waitingLines = new Gauge({
    name: 'netsentinel_deliveries_waiting',
    help: 'Deliveries waiting for a channel, one for each notice and address.',
    labelNames: ['channel'],
    registers,
  });
  const oldestLine = new Gauge({
    name: 'netsentinel_deliveries_oldest_age_seconds',
    help: 'Age of the oldest notice that waits for a channel; 0 if none waits.',
    labelNames: ['channel'],
    registers,
  });
  for (const channel of channels) for (const result of RESULTS) tries.inc({ channel, result }, 0);
  const ageOf = (at: number | null) => (at === null ? 0 : Math.max(0, clock.now() - at) / 1000);

  return {
    count: (counted) => ({
      ...counted,
      async settle(claimed, outcomes) {
        const isOurs = await counted.settle(claimed, outcomes);
        if (isOurs) tries.inc({ channel: claimed.channel, result: resultOf(outcomes) });
        if (isOurs && claimed.channel === MAIL_CHANNEL) mails.inc({ result: resultOf(outcomes) });
        return isOurs;
      },
    }),
    async ask() {
      const waiting = await outbox.waiting();
      const records = await outbox.channels();
      return () => {
        for (const channel of channels) {
          const record = records.find((each) => each.channel === channel);
          waitingLines.set({ channel }, record?.waiting ?? 0);
          oldestLine.set({ channel }, ageOf(record?.oldestAt ?? null));
        }
        depth.set(waiting.mails);
        age.set(ageOf(waiting.oldestAt));
      };
    },
    forget() {
      depth.remove();
      age.remove();
      waitingLines.reset();
      oldestLine.reset();
    },
  };
}

/** Of a try as a whole, by what is written down of each address. */
function resultOf(outcomes: readonly LineOutcome[]): (typeof RESULTS)[number] {
  if (outcomes.some(({ state }) => state === 'pending')) return 'retried';
  return outcomes.some(({ state }) => state === 'sent') ? 'sent' : 'failed';
}
