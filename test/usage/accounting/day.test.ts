import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createCalendar, splitAmount } from '../../../src/usage/accounting/day.ts';
import { spanMs } from '../../../src/usage/accounting/span.ts';
import { HOUR, MINUTE } from '../../support/samples.ts';

function instant(text: string): number {
  return Temporal.Instant.from(text).epochMilliseconds;
}

describe('a day', () => {
  for (const { zone, day, startsAt, hours, why } of [
    { zone: 'UTC', day: '2026-06-10', startsAt: '2026-06-10T00:00Z', hours: 24, why: 'plain' },
    { zone: 'Asia/Karachi', day: '2026-06-10', startsAt: '2026-06-09T19:00Z', hours: 24, why: 'no DST' },
    { zone: 'Europe/Berlin', day: '2026-03-29', startsAt: '2026-03-28T23:00Z', hours: 23, why: 'DST begins' },
    { zone: 'Europe/Berlin', day: '2026-10-25', startsAt: '2026-10-24T22:00Z', hours: 25, why: 'DST ends' },
    { zone: 'Asia/Kolkata', day: '2026-06-10', startsAt: '2026-06-09T18:30Z', hours: 24, why: 'offset of 5 h 30 min' },
    {
      zone: 'Asia/Kathmandu',
      day: '2026-06-10',
      startsAt: '2026-06-09T18:15Z',
      hours: 24,
      why: 'offset of 5 h 45 min',
    },
    {
      zone: 'Australia/Lord_Howe',
      day: '2026-04-05',
      startsAt: '2026-04-04T13:00Z',
      hours: 24.5,
      why: 'DST of 30 min',
    },
    { zone: 'Africa/Cairo', day: '2026-04-24', startsAt: '2026-04-23T22:00Z', hours: 23, why: 'it has no midnight' },
    {
      zone: 'America/Santiago',
      day: '2026-09-06',
      startsAt: '2026-09-06T04:00Z',
      hours: 23,
      why: 'it has no midnight',
    },
    {
      zone: 'America/Havana',
      day: '2026-11-01',
      startsAt: '2026-11-01T04:00Z',
      hours: 25,
      why: 'it has two midnights',
    },
    {
      zone: 'Asia/Beirut',
      day: '2026-10-24',
      startsAt: '2026-10-23T21:00Z',
      hours: 25,
      why: 'midnight comes an hour late',
    },
    {
      zone: 'Pacific/Apia',
      day: '2011-12-29',
      startsAt: '2011-12-29T10:00Z',
      hours: 24,
      why: 'the next one was left out',
    },
  ]) {
    it(`of ${hours} hours: ${day} in ${zone} (${why})`, () => {
      const calendar = createCalendar(zone);
      const startAt = instant(startsAt);
      assert.equal(calendar.startOf(day), startAt);
      assert.equal(calendar.endOf(day), startAt + hours * HOUR);
      assert.equal(calendar.dayOf(startAt), day);
      assert.equal(calendar.dayOf(startAt + hours * HOUR - 1), day);
      assert.notEqual(calendar.dayOf(startAt - 1), day);
      assert.notEqual(calendar.dayOf(startAt + hours * HOUR), day);
    });
  }

  it('that the zone left out has no length, and no instant falls in it', () => {
    const calendar = createCalendar('Pacific/Apia');
    assert.equal(calendar.startOf('2011-12-30'), calendar.endOf('2011-12-30'));
    assert.equal(calendar.dayOf(calendar.startOf('2011-12-30')), '2011-12-31');
  });

  it('does not come back when clocks are set back just after midnight', () => {
    // St. John's set its clocks from 00:01 back to 23:01 of the day before.
    const calendar = () => createCalendar('America/St_Johns');
    const startAt = calendar().startOf('2010-11-07');
    assert.equal(startAt, instant('2010-11-07T02:30Z'));
    for (const at of [startAt, startAt + 2 * MINUTE, startAt + HOUR, startAt + 2 * HOUR])
      assert.equal(calendar().dayOf(at), '2010-11-07');
    const span = { startAt: startAt + 2 * MINUTE, endAt: startAt + 3 * MINUTE };
    assert.deepEqual(calendar().segments(span), [{ ...span, day: '2010-11-07', hourAt: instant('2010-11-07T02:00Z') }]);
  });

  it('is found so many days on over months, years and leap days', () => {
    const calendar = createCalendar('Europe/Berlin');
    assert.equal(calendar.addDays('2028-02-28', 1), '2028-02-29');
    assert.equal(calendar.addDays('2026-12-31', 1), '2027-01-01');
    assert.equal(calendar.addDays('2026-03-01', -1), '2026-02-28');
  });

  it('needs a zone that is known', () => {
    assert.throws(() => createCalendar('Mars/Olympus'), RangeError);
  });
});

describe('the segments of a span', () => {
  const calendar = createCalendar('Asia/Kathmandu');
  const midnight = instant('2026-06-09T18:15Z');

  it('are cut at local midnights and at UTC hours', () => {
    assert.deepEqual(calendar.segments({ startAt: midnight - 30 * MINUTE, endAt: midnight + HOUR }), [
      {
        day: '2026-06-09',
        hourAt: instant('2026-06-09T17:00Z'),
        startAt: midnight - 30 * MINUTE,
        endAt: midnight - 15 * MINUTE,
      },
      { day: '2026-06-09', hourAt: instant('2026-06-09T18:00Z'), startAt: midnight - 15 * MINUTE, endAt: midnight },
      { day: '2026-06-10', hourAt: instant('2026-06-09T18:00Z'), startAt: midnight, endAt: midnight + 45 * MINUTE },
      {
        day: '2026-06-10',
        hourAt: instant('2026-06-09T19:00Z'),
        startAt: midnight + 45 * MINUTE,
        endAt: midnight + HOUR,
      },
    ]);
  });

  it('lie in the old day up to midnight itself, and in the new one from there on', () => {
    const daysOf = (startAt: number, endAt: number) => calendar.segments({ startAt, endAt }).map(({ day }) => day);
    assert.deepEqual(daysOf(midnight - MINUTE, midnight), ['2026-06-09']);
    assert.deepEqual(daysOf(midnight, midnight + MINUTE), ['2026-06-10']);
    assert.deepEqual(daysOf(midnight - 1, midnight + 1), ['2026-06-09', '2026-06-10']);
  });

  it('are a single one where the span has no length, in the day that begins there', () => {
    assert.deepEqual(calendar.segments({ startAt: midnight, endAt: midnight }), [
      { day: '2026-06-10', hourAt: instant('2026-06-09T18:00Z'), startAt: midnight, endAt: midnight },
    ]);
  });
});

describe('an amount split over segments', () => {
  const hours = (...bounds: number[]) =>
    bounds.slice(1).map((end, index) => ({
      day: `day ${index}`,
      hourAt: 0,
      startAt: (bounds[index] ?? 0) * HOUR,
      endAt: end * HOUR,
    }));

  for (const { it: name, amount, segments, parts } of [
    { it: 'goes by elapsed time', amount: 1_000n, segments: hours(0, 1, 4), parts: [250n, 750n] },
    {
      it: 'is rounded down up to each cut, and the last part takes the rest',
      amount: 10n,
      segments: hours(0, 1, 2, 3),
      parts: [3n, 3n, 4n],
    },
    { it: 'of one byte falls to the last', amount: 1n, segments: hours(0, 1, 2), parts: [0n, 1n] },
    { it: 'of nothing is nothing everywhere', amount: 0n, segments: hours(0, 1, 2), parts: [0n, 0n] },
    {
      it: 'goes whole to a single segment, also to one without length',
      amount: 7n,
      segments: hours(3, 3),
      parts: [7n],
    },
    {
      it: 'of 64 bits is exact',
      amount: 2n ** 64n - 1n,
      segments: hours(0, 1, 3),
      parts: [6148914691236517205n, 12297829382473034410n],
    },
  ])
    it(name, () => assert.deepEqual(splitAmount(amount, segments), parts));

  it('needs a segment', () => {
    assert.throws(() => splitAmount(1n, []), RangeError);
  });
});

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'Europe/Lisbon',
  'Asia/Karachi',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Asia/Tehran',
  'Asia/Beirut',
  'Asia/Gaza',
  'Africa/Cairo',
  'Africa/Casablanca',
  'America/New_York',
  'America/St_Johns',
  'America/Havana',
  'America/Santiago',
  'America/Asuncion',
  'America/Sao_Paulo',
  'America/Nuuk',
  'Atlantic/Azores',
  'Australia/Lord_Howe',
  'Australia/Adelaide',
  'Pacific/Chatham',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'Antarctica/Troll',
];
const zone = fc.constantFrom(...ZONES);
const at = fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2037, 11) });
const lengthMs = fc.oneof(fc.integer({ min: 0, max: 3 * HOUR }), fc.integer({ min: 0, max: 20 * 24 * HOUR }));
const calendars = new Map(ZONES.map((name) => [name, createCalendar(name)]));
function calendarOf(name: string) {
  return calendars.get(name) ?? createCalendar(name);
}

describe('for any span in any zone', () => {
  it('segments cover it without gap or overlap, each within its day and its UTC hour', () => {
    fc.assert(
      fc.property(zone, at, lengthMs, (name, startAt, ms) => {
        const calendar = calendarOf(name);
        const segments = calendar.segments({ startAt, endAt: startAt + ms });
        assert.equal(segments[0]?.startAt, startAt);
        assert.equal(segments.at(-1)?.endAt, startAt + ms);
        for (const [index, segment] of segments.entries()) {
          if (index > 0) assert.equal(segment.startAt, segments[index - 1]?.endAt);
          assert.ok(spanMs(segment) > 0 || ms === 0);
          assert.equal(segment.hourAt % HOUR, 0);
          assert.ok(segment.hourAt <= segment.startAt && segment.endAt <= segment.hourAt + HOUR);
          assert.ok(calendar.startOf(segment.day) <= segment.startAt && segment.endAt <= calendar.endOf(segment.day));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('parts sum to the amount to the byte, none is negative, and none is ahead of its time', () => {
    const amount = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(zone, at, fc.integer({ min: 1, max: 4 * 24 * HOUR }), amount, (name, startAt, ms, bytes) => {
        const segments = calendarOf(name).segments({ startAt, endAt: startAt + ms });
        const parts = splitAmount(bytes, segments);
        assert.equal(parts.length, segments.length);
        let given = 0n;
        for (const [index, part] of parts.entries()) {
          assert.ok(part >= 0n);
          given += part;
          const elapsedMs = BigInt((segments[index]?.endAt ?? 0) - startAt);
          const due = bytes * elapsedMs;
          assert.ok(given * BigInt(ms) <= due && due < (given + 1n) * BigInt(ms));
        }
        assert.equal(given, bytes);
      }),
    );
  });

  it('a greater amount is at no cut behind a smaller one', () => {
    const amount = fc.bigInt({ min: 0n, max: 2n ** 40n });
    fc.assert(
      fc.property(zone, at, fc.integer({ min: 1, max: 48 * HOUR }), amount, amount, (name, startAt, ms, less, more) => {
        const segments = calendarOf(name).segments({ startAt, endAt: startAt + ms });
        const fewer = runningSums(splitAmount(less, segments));
        const greater = runningSums(splitAmount(less + more, segments));
        for (const [index, sum] of fewer.entries()) assert.ok(sum <= (greater[index] ?? 0n));
      }),
    );
  });
});

function runningSums(parts: readonly bigint[]): bigint[] {
  let sum = 0n;
  return parts.map((part) => {
    sum += part;
    return sum;
  });
}

describe('for any instant in any zone', () => {
  it('the day holds it, ends where the next begins, and begins at the first instant that Temporal gives that date', () => {
    fc.assert(
      fc.property(zone, at, (name, instantAt) => {
        const calendar = calendarOf(name);
        const day = calendar.dayOf(instantAt);
        const startAt = calendar.startOf(day);
        assert.ok(startAt <= instantAt && instantAt < calendar.endOf(day));
        assert.equal(calendar.endOf(day), calendar.startOf(calendar.addDays(day, 1)));
        const local = Temporal.Instant.fromEpochMilliseconds(startAt).toZonedDateTimeISO(name);
        assert.equal(local.toPlainDate().toString(), day);
        assert.equal(local.startOfDay().epochMilliseconds, startAt);
        const before = Temporal.Instant.fromEpochMilliseconds(startAt - 1).toZonedDateTimeISO(name);
        assert.ok(before.toPlainDate().toString() < day);
      }),
    );
  });

  it('is in the date that Temporal gives, but for the hour in which a zone shows a past date again', () => {
    fc.assert(
      fc.property(zone, at, (name, instantAt) => {
        const date = Temporal.Instant.fromEpochMilliseconds(instantAt).toZonedDateTimeISO(name).toPlainDate();
        const shownAgain = instantAt >= date.add({ days: 1 }).toZonedDateTime(name).epochMilliseconds;
        const expected = shownAgain ? date.add({ days: 1 }) : date;
        assert.equal(calendarOf(name).dayOf(instantAt), expected.toString());
      }),
    );
  });

  it('is in no day before that of an earlier one, whatever was asked in between', () => {
    fc.assert(
      fc.property(zone, at, lengthMs, at, (name, instantAt, ms, other) => {
        const calendar = calendarOf(name);
        const day = calendar.dayOf(instantAt);
        calendar.dayOf(other);
        assert.ok(day <= calendar.dayOf(instantAt + ms));
        assert.equal(calendar.dayOf(instantAt), day);
      }),
    );
  });
});
