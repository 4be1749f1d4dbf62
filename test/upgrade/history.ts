import type { Database } from '../../src/platform/store/database.ts';
import type { QueueReading, Sample } from '../../src/usage/accounting/counter.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { accountSample } from '../../src/usage/accounting/delta.ts';
import { createBooking } from '../../src/usage/booking.ts';
import { createUsageLedger } from '../../src/usage/store/usage-store.ts';
import { HOUR, queue, sampleAt } from '../support/samples.ts';

const calendar = createCalendar('Europe/Berlin');

export const ROUTERS = ['edge-1', 'Büro "2"'];

/** Names that a careless migration would lose or put together. */
const NAMES = ['bob', 'bob ', 'BOB', '<pppoe-eve@isp>', "o'neill; --", 'größe 😀'];

/** What the routers show after so many hours; counters of any size, a reset of `BOB` in hour 5, and a queue that goes in hour 30. */
function queuesAt(hour: number): QueueReading[] {
  return NAMES.filter((name) => name !== 'bob ' || hour < 30).map((name, index) => {
    const since = name === 'BOB' && hour >= 5 ? hour - 5 : hour;
    const base = index === 3 ? 2 ** 52 : 0;
    return queue(name, base + since * 1_000_003 * (index + 1), base + since * 10_000_019 * (index + 1), {
      comment: index === 0 ? 'the first' : null,
    });
  });
}

export function sampleOfHour(hour: number, reader = 'maker'): Sample {
  return sampleAt(hour * HOUR, queuesAt(hour), { reader });
}

/** Books one sample as the worker does. */
export async function bookHour(database: Database, router: string, hour: number, reader?: string): Promise<void> {
  const sample = sampleOfHour(hour, reader);
  const dayStartAt = calendar.startOf(calendar.dayOf(sample.sampledAt));
  await createUsageLedger({ database }).book(router, (state) => {
    const account = accountSample(state, sample, {
      lineMbps: 10_000,
      dayStartAt,
      nowAt: sample.sampledAt,
      nowMonotonicMs: sample.monotonicMs,
      earliestAt: 0,
    });
    return account === null ? null : createBooking(account, sample, calendar);
  });
}

/** The last hour that every fixture holds. */
export const LAST_HOUR = 50;
