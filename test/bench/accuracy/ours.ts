import type { QueueReading, RouterState, Sample } from '../../../src/usage/accounting/counter.ts';
import { createCalendar } from '../../../src/usage/accounting/day.ts';
import { accountSample } from '../../../src/usage/accounting/delta.ts';
import { createBooking } from '../../../src/usage/booking.ts';
import { nextState } from '../../support/truth-model.ts';
import { type Router, START_AT, startOfDay, TIME_ZONE } from './month.ts';

/** How long the list takes to come, ms. */
const LIST_MS = 200;

const calendar = createCalendar(TIME_ZONE);

/** The worker's own rules on one router: what is read goes through the code that books it in production. */
export function createOurBooks(): (router: Router, at: number, outages: number) => Map<string, number> {
  let state: RouterState | null = null;

  /** Bytes that this reading adds, by queue name. */
  return (router, at, outages) => {
    const uptimeMs = Math.floor((at - router.bootAt) / 1000) * 1000;
    const sample: Sample = {
      sampledAt: at,
      uptimeMs,
      endUptimeMs: uptimeMs + LIST_MS + 1000,
      reader: `process ${outages}`,
      monotonicMs: at - START_AT,
      askedMs: at - START_AT,
      bootId: null,
      serial: 'SERIAL',
      queues: router.queues.map(
        (queue): QueueReading => ({
          id: queue.id,
          name: queue.name,
          user: queue.name,
          dynamic: queue.isPppoe,
          isParent: false,
          comment: null,
          uploadBytes: BigInt(queue.upload),
          downloadBytes: BigInt(queue.download),
        }),
      ),
      unreadable: [],
    };
    const account = accountSample(state, sample, {
      lineMbps: 10_000,
      dayStartAt: startOfDay(at),
      nowAt: at,
      nowMonotonicMs: at - START_AT,
      earliestAt: 0,
    });
    const booked = new Map<string, number>();
    if (account === null) return booked;
    for (const part of createBooking(account, sample, calendar).usage) {
      const bytes = Number(part.uploadBytes + part.downloadBytes);
      booked.set(part.name, (booked.get(part.name) ?? 0) + bytes);
    }
    state = nextState(state, sample, account);
    return booked;
  };
}
