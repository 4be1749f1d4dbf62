import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCalendar } from '../../../src/usage/accounting/day.ts';
import { createBooking } from '../../../src/usage/booking.ts';
import {
  counterIn,
  eventsOf,
  HOUR,
  type Lived,
  live,
  MINUTE,
  moved,
  NOTHING,
  queue,
  START_AT,
  saidOf,
  sampleAt,
} from '../../support/samples.ts';

const DAY = 24 * HOUR;
const GB = 1024 ** 3;
const two = { reader: 'two', monotonicMs: 3, askedMs: 3 };
const calendar = createCalendar('Europe/Berlin');

/** Days to which anything is booked. */
function daysOf({ account }: Lived, sample: Parameters<typeof createBooking>[1]): string[] {
  if (account === null) throw new Error('the sample was dropped');
  return [...createBooking(account, sample, calendar).usage].map(({ day }) => day);
}

describe('a wall clock that jumps between two processes (rule 2)', () => {
  const before = sampleAt(0, [queue('bob', 0, 12 * GB)], { uptimeMs: HOUR });

  it('makes no reboot where both ran in one boot of the machine', () => {
    const { stored, sample } = { stored: { ...before, bootId: 'boot' }, sample: { bootId: 'boot', reader: 'two' } };
    const lived = live([
      stored,
      sampleAt(5 * HOUR, [queue('bob', 0, 12 * GB + 7)], {
        ...sample,
        uptimeMs: HOUR + MINUTE,
        monotonicMs: stored.monotonicMs + MINUTE,
      }),
    ]);
    assert.deepEqual(saidOf(lived, 'bob'), moved(0, 7, 5 * HOUR - MINUTE, 5 * HOUR));
    assert.deepEqual(eventsOf(lived), []);
  });

  it('makes no reboot that would have been before the last sample', () => {
    const lived = live([before, sampleAt(HOUR, [queue('bob', 0, 12 * GB + 7)], { ...two, uptimeMs: HOUR + MINUTE })]);
    assert.deepEqual(saidOf(lived, 'bob'), moved(0, 7, HOUR - MINUTE, HOUR));
    assert.deepEqual(eventsOf(lived), []);
  });

  it('books no more than the difference where a reboot would have been possible, and says that it cannot be seen', () => {
    const lived = live([
      before,
      sampleAt(5 * HOUR, [queue('bob', 0, 12 * GB + 7)], { ...two, uptimeMs: HOUR + MINUTE }),
    ]);
    assert.deepEqual(saidOf(lived, 'bob'), {
      ...moved(0, 7, 4 * HOUR - MINUTE, 5 * HOUR),
      unobserved: [0, 5 * HOUR],
    });
    assert.deepEqual(eventsOf(lived), ['REBOOT_UNCERTAIN']);
    assert.deepEqual(counterIn(lived, '*bob'), { uploadBytes: 0n, downloadBytes: BigInt(12 * GB + 7) });
  });

  it('books the whole counter of a row of which either counter fell, and of a new one', () => {
    const lived = live([
      sampleAt(0, [queue('bob', 10, 100), queue('eve', 5, 5)], { uptimeMs: HOUR }),
      sampleAt(5 * HOUR, [queue('bob', 9, 200), queue('joe', 3, 4)], { ...two, uptimeMs: 2 * HOUR }),
    ]);
    const since = [3 * HOUR, 5 * HOUR] as const;
    const unobserved = [0, 5 * HOUR] as const;
    assert.deepEqual(saidOf(lived, 'bob'), { ...moved(9, 200, ...since), restarts: 1, unobserved });
    assert.deepEqual(saidOf(lived, 'joe'), { ...moved(3, 4, ...since), unobserved });
    assert.deepEqual(saidOf(lived, 'eve'), { ...NOTHING, unobserved });
    assert.deepEqual(eventsOf(lived), ['COUNTER_RESTARTED bob', 'QUEUE_GONE eve', 'REBOOT_UNCERTAIN']);
  });

  it('lets no line be too fast that was fast enough since the boot', () => {
    const lived = live(
      [
        sampleAt(0, [queue('bob', 0, 10 * GB)], { uptimeMs: HOUR }),
        sampleAt(5 * HOUR, [queue('bob', 0, 9 * GB)], { ...two, uptimeMs: HOUR + MINUTE }),
      ],
      { lineMbps: 30 },
    );
    assert.equal(saidOf(lived, 'bob').deltas[0]?.download, 9 * GB);
  });
});

describe('what an earlier version dated by a clock that was not set', () => {
  const in1970 = { sampledAt: 5 * HOUR };

  it('dates nothing: what moved since is booked to the time that the uptime says', () => {
    const next = sampleAt(0, [queue('bob', 0, 12 * GB + 7)], { ...two, uptimeMs: 2 * HOUR });
    const lived = live([sampleAt(-HOUR, [queue('bob', 0, 12 * GB)], { uptimeMs: HOUR, ...in1970 }), next], {
      earliestAt: START_AT - DAY,
    });
    assert.deepEqual(saidOf(lived, 'bob'), moved(0, 7, -HOUR, 0));
  });

  it('leaves no day since 1970 unobserved when the router rebooted or was replaced, or a row had gone', () => {
    for (const over of [{ uptimeMs: MINUTE }, { serial: 'SERIAL-2' }]) {
      const next = sampleAt(0, [queue('bob', 0, 1)], { ...two, ...over });
      const lived = live(
        [
          sampleAt(-2 * HOUR, [queue('bob', 0, 9), queue('eve', 1, 1)], in1970),
          {
            ...sampleAt(-HOUR, [queue('bob', 0, 9)], { sampledAt: 6 * HOUR }),
            unreadable: [{ id: '*eve', name: 'eve' }],
          },
          next,
        ],
        { earliestAt: START_AT - DAY },
      );
      assert.ok(daysOf(lived, next).every((day) => day >= '2026-06-09'));
    }
  });
});

describe('a clock that is wrong by decades', () => {
  it('leaves a year unobserved at most', () => {
    const next = sampleAt(73 * 365 * DAY, [queue('bob', 0, 1)], { ...two, uptimeMs: MINUTE });
    const lived = live([sampleAt(0, [queue('bob', 0, 12)]), next]);
    assert.ok(daysOf(lived, next).length <= 367);
  });
});

describe('a missing row (rule 6)', () => {
  it('is not forgotten because the clock stepped forward: its counter is not booked a second time', () => {
    const rows = [queue('bob', 0, 12 * GB), queue('eve', 0, 1)];
    const after = (minutes: number) => ({
      uptimeMs: 50 * HOUR + minutes * MINUTE,
      monotonicMs: 7_000_000 + minutes * MINUTE,
      askedMs: 7_000_000 + minutes * MINUTE,
    });
    const lived = live([
      sampleAt(0, rows),
      sampleAt(MINUTE, rows.slice(1)),
      sampleAt(30 * HOUR, rows.slice(1), after(2)),
      sampleAt(30 * HOUR + MINUTE, rows.slice(1), after(3)),
      sampleAt(30 * HOUR + 2 * MINUTE, [queue('bob', 0, 12 * GB + 7), queue('eve', 0, 1)], after(4)),
    ]);
    assert.equal(saidOf(lived, 'bob').deltas[0]?.download, 7);
  });

  it('is forgotten after 24 h though the clock stepped back', () => {
    const rows = [queue('bob', 0, 12), queue('eve', 0, 1)];
    const lived = live([
      sampleAt(0, rows),
      sampleAt(MINUTE, rows.slice(1)),
      sampleAt(-300 * HOUR, rows.slice(1), {
        ...sampleAt(2 * MINUTE, []),
        sampledAt: START_AT - 300 * HOUR,
        queues: rows.slice(1),
      }),
      sampleAt(-275 * HOUR, rows.slice(1), {
        ...sampleAt(25 * HOUR + 2 * MINUTE, []),
        sampledAt: START_AT - 275 * HOUR,
        queues: rows.slice(1),
      }),
    ]);
    assert.equal(counterIn(lived, '*bob'), null);
  });
});
