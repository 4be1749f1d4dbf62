import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { accountSample } from '../../src/usage/accounting/delta.ts';
import type { Account, AccountingEvent, QueueEntry } from '../../src/usage/accounting/draft.ts';
import { clip, type Span, spanMs } from '../../src/usage/accounting/span.ts';
import { createBooking } from '../../src/usage/booking.ts';
import { HOUR, live, MINUTE, queue, sampleAt, stampAt } from '../support/samples.ts';

/** Local midnight in Berlin, 10 June 2026; the tests' sample is read 30 min later. */
const MIDNIGHT = Date.UTC(2026, 5, 9, 22);
const SAMPLED_AT = MIDNIGHT + 30 * MINUTE;
const calendar = createCalendar('Europe/Berlin');

function entry(over: Partial<QueueEntry>): QueueEntry {
  return {
    name: 'bob',
    user: 'bob',
    isParent: false,
    comment: null,
    deltas: [],
    restarts: 0,
    unobserved: null,
    ...over,
  };
}

function delta(uploadBytes: bigint, downloadBytes: bigint, span: Span) {
  return { uploadBytes, downloadBytes, span };
}

function book(account: Partial<Account>, zone = calendar, sampledAt = SAMPLED_AT) {
  const sample = sampleAt(0, [queue('bob', 1, 2)], { sampledAt });
  return createBooking(
    {
      entries: [],
      changedBaselines: [],
      removedBaselineIds: [],
      serial: 'SERIAL-1',
      hadUnidentifiedRows: false,
      events: [],
      ...account,
    },
    sample,
    zone,
  );
}

/** A span by minutes from midnight on. */
function minutes(from: number, to: number): Span {
  return { startAt: MIDNIGHT + from * MINUTE, endAt: MIDNIGHT + to * MINUTE };
}

function daysOf(entries: readonly QueueEntry[], zone = calendar) {
  return [...book({ entries }, zone).usage].map(
    ({ name: _name, user: _user, isParent: _parent, comment: _comment, ...part }) => part,
  );
}

describe('a span over a midnight (rule 9)', () => {
  it('is split by elapsed time, and the parts sum to the delta', () => {
    const days = daysOf([entry({ deltas: [delta(1_001n, 40n, minutes(-3, 1))] })]);
    assert.deepEqual(
      days.map(({ day, uploadBytes, downloadBytes, estimatedBytes }) => [
        day,
        uploadBytes,
        downloadBytes,
        estimatedBytes,
      ]),
      [
        ['2026-06-09', 750n, 30n, 0n],
        ['2026-06-10', 251n, 10n, 0n],
      ],
    );
  });

  it('of 10 min is no estimate, of a millisecond more it is', () => {
    const estimatedIn = (span: Span) =>
      daysOf([entry({ deltas: [delta(60n, 40n, span)] })]).map(({ estimatedBytes }) => estimatedBytes);
    assert.deepEqual(estimatedIn(minutes(-5, 5)), [0n, 0n]);
    assert.deepEqual(estimatedIn({ ...minutes(-5, 5), startAt: MIDNIGHT - 5 * MINUTE - 1 }), [50n, 50n]);
  });

  it('is what makes an estimate: a long span within one day is none', () => {
    assert.deepEqual(
      daysOf([entry({ deltas: [delta(60n, 40n, minutes(0, 20 * 60))] })]).map(({ estimatedBytes }) => estimatedBytes),
      [0n],
    );
  });

  it('that only ends at midnight belongs to the day before, and is no estimate', () => {
    assert.deepEqual(
      daysOf([entry({ deltas: [delta(60n, 40n, minutes(-30, 0))] })]).map(({ day, estimatedBytes }) => [
        day,
        estimatedBytes,
      ]),
      [['2026-06-09', 0n]],
    );
  });

  it('shares a whole outage over its days, of 23 h when DST begins', () => {
    const startAt = calendar.startOf('2026-03-28');
    const days = daysOf([entry({ deltas: [delta(0n, 71_000n, { startAt, endAt: calendar.endOf('2026-03-30') })] })]);
    assert.deepEqual(
      days.map(({ day, downloadBytes }) => [day, downloadBytes]),
      [
        ['2026-03-28', 24_000n],
        ['2026-03-29', 23_000n],
        ['2026-03-30', 24_000n],
      ],
    );
  });

  it('shares it over 25 h when DST ends', () => {
    const startAt = calendar.startOf('2026-10-25');
    const days = daysOf([entry({ deltas: [delta(0n, 49_000n, { startAt, endAt: calendar.endOf('2026-10-26') })] })]);
    assert.deepEqual(
      days.map(({ day, downloadBytes }) => [day, downloadBytes]),
      [
        ['2026-10-25', 25_000n],
        ['2026-10-26', 24_000n],
      ],
    );
  });

  it('is split at the zone’s own midnight where its offset is 45 min', () => {
    const kathmandu = createCalendar('Asia/Kathmandu');
    const midnight = kathmandu.startOf('2026-06-10');
    const span = { startAt: midnight - MINUTE, endAt: midnight + 3 * MINUTE };
    assert.deepEqual(
      daysOf([entry({ deltas: [delta(4n, 400n, span)] })], kathmandu).map(({ day, downloadBytes }) => [
        day,
        downloadBytes,
      ]),
      [
        ['2026-06-09', 100n],
        ['2026-06-10', 300n],
      ],
    );
  });

  it('is split where the day begins on a day without midnight', () => {
    const cairo = createCalendar('Africa/Cairo');
    const span = { startAt: Date.UTC(2026, 3, 23, 21, 59), endAt: Date.UTC(2026, 3, 23, 22, 1) };
    assert.deepEqual(
      daysOf([entry({ deltas: [delta(0n, 10n, span)] })], cairo).map(({ day, downloadBytes }) => [day, downloadBytes]),
      [
        ['2026-04-23', 5n],
        ['2026-04-24', 5n],
      ],
    );
  });

  it('gives a byte that cannot be shared to one day, and no row to the other', () => {
    assert.deepEqual(
      daysOf([entry({ deltas: [delta(1n, 0n, minutes(-1, 1))] })]).map(({ day }) => day),
      ['2026-06-10'],
    );
  });
});

describe('unobserved time', () => {
  it('is split at midnights too, to the millisecond', () => {
    assert.deepEqual(
      daysOf([entry({ unobserved: { startAt: MIDNIGHT - 1_234, endAt: MIDNIGHT + 4_321 } })]).map((part) => [
        part.day,
        part.unobservedMs,
      ]),
      [
        ['2026-06-09', 1_234],
        ['2026-06-10', 4_321],
      ],
    );
  });

  it('is 23 h on a day of 23 h', () => {
    const span = { startAt: calendar.startOf('2026-03-29'), endAt: calendar.endOf('2026-03-29') };
    assert.deepEqual(
      daysOf([entry({ unobserved: span })]).map((part) => [part.day, part.unobservedMs]),
      [['2026-03-29', 23 * HOUR]],
    );
  });
});

describe('the unobserved spans', () => {
  it('are whole, one of each queue that has any', () => {
    const account = {
      entries: [
        entry({ unobserved: minutes(-3, 2), user: 'robert', isParent: true }),
        entry({ name: 'eve', unobserved: minutes(5, 5), restarts: 1 }),
        entry({ name: 'amy', deltas: [delta(1n, 1n, minutes(0, 1))] }),
      ],
    };
    const { unobserved } = book(account);
    const all = [{ name: 'bob', user: 'robert', isParent: true, ...minutes(-3, 2) }];
    assert.deepEqual([...unobserved], all);
    assert.deepEqual([...unobserved], all);
  });

  it('cut at midnights are what the days say, for any span', () => {
    const instants = fc.integer({ min: -5_000 * MINUTE, max: 5_000 * MINUTE });
    fc.assert(
      fc.property(instants, instants, (one, other) => {
        const span = { startAt: MIDNIGHT + Math.min(one, other), endAt: MIDNIGHT + Math.max(one, other) };
        const { usage, unobserved } = book({ entries: [entry({ unobserved: span })] });
        const days = [...usage].map(({ day, unobservedMs }) => [day, unobservedMs]);
        const cut = days.map(([day]) => {
          const within = { startAt: calendar.startOf(String(day)), endAt: calendar.endOf(String(day)) };
          return [day, [...unobserved].reduce((ms, each) => ms + spanMs(clip(each, within) ?? minutes(0, 0)), 0)];
        });
        assert.deepEqual(cut, days);
        const sum = days.reduce((ms, [, ofDay]) => ms + Number(ofDay), 0);
        assert.equal(sum, spanMs(span));
      }),
    );
  });
});

describe('the stored stamp', () => {
  it('keeps the last serial number known when a sample could not read it', () => {
    const stored = live([sampleAt(0, [], { serial: 'SERIAL-1' })]).state;
    const sample = sampleAt(MINUTE, [], { serial: null });
    const account = accountSample(stored, sample, {
      lineMbps: 1,
      dayStartAt: 0,
      nowAt: sample.sampledAt,
      nowMonotonicMs: sample.monotonicMs,
      earliestAt: 0,
    });
    assert.ok(account);
    assert.equal(createBooking(account, sample, calendar).stamp.serial, 'SERIAL-1');
  });
});

describe('a restart', () => {
  it('counts on the day of the sample, though the time lost lies before midnight', () => {
    const days = daysOf([entry({ restarts: 1, unobserved: minutes(-20, -10) })]);
    assert.deepEqual(
      days.map(({ day, restarts, unobservedMs }) => [day, restarts, unobservedMs]),
      [
        ['2026-06-09', 0, 10 * MINUTE],
        ['2026-06-10', 1, 0],
      ],
    );
  });
});

describe('the hours', () => {
  const hoursOf = (span: Span, bytes = 120n) =>
    daysOf([entry({ deltas: [delta(0n, bytes, span)] })]).flatMap((part) =>
      part.hours.map((hour) => [(hour.hourAt - MIDNIGHT) / HOUR, hour.downloadBytes]),
    );

  it('are UTC hours, shared by elapsed time', () => {
    assert.deepEqual(hoursOf(minutes(50, 80)), [
      [0, 40n],
      [1, 80n],
    ]);
  });

  it('are known for a span of up to 1 h', () => {
    assert.deepEqual(hoursOf(minutes(30, 90)), [
      [0, 60n],
      [1, 60n],
    ]);
  });

  it('are not known for a longer one; its bytes are in the day only', () => {
    const [part] = daysOf([
      entry({ deltas: [delta(0n, 120n, { ...minutes(30, 90), endAt: MIDNIGHT + 90 * MINUTE + 1 })] }),
    ]);
    assert.equal(part?.downloadBytes, 120n);
    assert.deepEqual(part?.hours, []);
  });

  it('of one UTC hour are two parts where local midnight cuts it', () => {
    const kolkata = createCalendar('Asia/Kolkata');
    const midnight = kolkata.startOf('2026-06-10');
    const span = { startAt: midnight - MINUTE, endAt: midnight + MINUTE };
    assert.deepEqual(
      daysOf([entry({ deltas: [delta(0n, 10n, span)] })], kolkata).map(({ day, hours }) => [day, hours]),
      [
        ['2026-06-09', [{ hourAt: midnight - 30 * MINUTE, uploadBytes: 0n, downloadBytes: 5n }]],
        ['2026-06-10', [{ hourAt: midnight - 30 * MINUTE, uploadBytes: 0n, downloadBytes: 5n }]],
      ],
    );
  });

  it('add up over two rows of one name', () => {
    const [part] = daysOf([entry({ deltas: [delta(1n, 2n, minutes(5, 6)), delta(10n, 20n, minutes(7, 8))] })]);
    assert.deepEqual(part?.hours, [{ hourAt: MIDNIGHT, uploadBytes: 11n, downloadBytes: 22n }]);
    assert.deepEqual([part?.uploadBytes, part?.downloadBytes], [11n, 22n]);
  });
});

describe('a booking', () => {
  it('has no row for a queue that neither moved a byte nor restarted nor was unobserved', () => {
    assert.deepEqual(daysOf([entry({}), entry({ name: 'eve', unobserved: minutes(5, 5) })]), []);
  });

  it('says of each part whose it is', () => {
    const booking = book({
      entries: [entry({ user: 'robert', isParent: true, comment: 'flat 7', deltas: [delta(1n, 1n, minutes(-1, 1))] })],
    });
    assert.deepEqual(
      [...booking.usage].map(({ name, user, isParent, comment }) => ({ name, user, isParent, comment })),
      [{ name: 'bob', user: 'robert', isParent: true, comment: 'flat 7' }],
    );
  });

  it('carries the stamp of the sample without its rows', () => {
    const { askedMs: _askedMs, ...stamp } = stampAt(0, { sampledAt: SAMPLED_AT });
    assert.deepEqual(book({}).stamp, stamp);
  });

  it('sums to the deltas of a whole account, day by day', () => {
    const samples = [sampleAt(0, [queue('bob', 5, 5)]), sampleAt(40 * HOUR, [queue('bob', 1_000_006, 7)])];
    const { account } = live(samples);
    const [, sample] = samples;
    if (account === null || sample === undefined) throw new Error('dropped');
    const usage = [...createBooking(account, sample, calendar).usage];
    assert.equal(usage.length, 3);
    assert.equal(
      usage.reduce((sum, part) => sum + part.uploadBytes, 0n),
      1_000_001n,
    );
    assert.equal(
      usage.reduce((sum, part) => sum + part.estimatedBytes, 0n),
      1_000_003n,
    );
  });
});

describe('the events', () => {
  const restarted = (count: number): AccountingEvent[] =>
    Array.from({ length: count }, (_, index) => ({
      code: 'COUNTER_RESTARTED',
      queue: `q${index}`,
      span: minutes(index === 3 ? -120 : 29, 30),
    }));

  it('are logged one by one up to 20 of a kind', () => {
    const { events } = book({ events: restarted(20) });
    assert.equal(events.length, 20);
    assert.deepEqual(events[0], {
      at: SAMPLED_AT,
      code: 'COUNTER_RESTARTED',
      queue: 'q0',
      detail: 'the counter restarted from 0; up to 1 min of data missing before it',
    });
  });

  it('are logged in one line from 21 of a kind on, with the longest time of missing data', () => {
    const { events } = book({
      events: [...restarted(21), { code: 'ROUTER_FIRST_READ', queue: null, span: minutes(0, 0) }],
    });
    assert.deepEqual(events, [
      {
        at: SAMPLED_AT,
        code: 'COUNTER_RESTARTED',
        queue: null,
        detail: 'the counters of 21 queues restarted from 0; up to 2 h 30 min of data missing before it',
      },
      { at: SAMPLED_AT, code: 'ROUTER_FIRST_READ', queue: null, detail: 'first reading of this router' },
    ]);
  });

  for (const [code, one, many] of [
    [
      'COUNTER_IMPLAUSIBLE',
      'the counter grew faster than the link allows; 1 min not counted',
      'the counters of 21 queues grew faster than the link allows; 1 min not counted',
    ],
    [
      'QUEUE_GONE',
      'the queue was removed; up to 1 min of data missing before it',
      '21 queues were removed; up to 1 min of data missing before it',
    ],
  ] as const) {
    it(`say what ${code} means for one queue and for many`, () => {
      const events = (count: number): AccountingEvent[] =>
        Array.from({ length: count }, () => ({ code, queue: 'bob', span: minutes(29, 30) }));
      assert.equal(book({ events: events(1) }).events[0]?.detail, one);
      assert.equal(book({ events: events(21) }).events[0]?.detail, many);
    });
  }

  for (const [code, detail] of [
    ['ROUTER_REBOOTED', 'the router rebooted; 5 min of data missing before it'],
    [
      'REBOOT_UNCERTAIN',
      'the router may have rebooted: only wall clocks indicate it; growth of counters is counted as usual, up to 5 min of data missing',
    ],
    ['ROUTER_REPLACED', 'another device answers; 5 min of data missing, its counters are the new start'],
    ['CLOCK_STEPPED', 'the clock of the NetSentinel server was set back; the last sample was dated in the future'],
  ] as const) {
    it(`say what ${code} means for the router`, () => {
      const { events } = book({ events: [{ code, queue: null, span: minutes(-5, 0) }] });
      assert.deepEqual(events, [{ at: SAMPLED_AT, code, queue: null, detail }]);
    });
  }
});
