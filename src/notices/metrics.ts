import { Counter, Gauge, type Registry } from 'prom-client';
import type { Clock } from '../runtime/clock.ts';
import type { LineOutcome, Outbox, OutboxWatch } from './ports.ts';
import { MAIL_CHANNEL } from './recipients.ts';

export interface MailMetrics {
  /** The same outbox; results of its mails are counted once they are stored. */
  count(outbox: Outbox): Outbox;
  /** Asks how much waits, and gives what shows it. */
  ask(): Promise<() => void>;
  /** It is not known how much waits. */
  forget(): void;
}

const RESULTS = ['sent', 'failed', 'retried'] as const;

export function createMailMetrics(
  registry: Registry,
  { outbox, clock }: { readonly outbox: Pick<OutboxWatch, 'waiting'>; readonly clock: Clock },
): MailMetrics {
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

  return {
    count: (counted) => ({
      ...counted,
      async settle(claimed, outcomes) {
        const isOurs = await counted.settle(claimed, outcomes);
        if (isOurs && claimed.channel === MAIL_CHANNEL) mails.inc({ result: resultOf(outcomes) });
        return isOurs;
      },
    }),
    async ask() {
      const waiting = await outbox.waiting();
      return () => {
        depth.set(waiting.mails);
        age.set(waiting.oldestAt === null ? 0 : Math.max(0, clock.now() - waiting.oldestAt) / 1000);
      };
    },
    forget() {
      depth.remove();
      age.remove();
    },
  };
}

/** Of a try as a whole, by what is written down of each address. */
function resultOf(outcomes: readonly LineOutcome[]): (typeof RESULTS)[number] {
  if (outcomes.some(({ state }) => state === 'pending')) return 'retried';
  return outcomes.some(({ state }) => state === 'sent') ? 'sent' : 'failed';
}
