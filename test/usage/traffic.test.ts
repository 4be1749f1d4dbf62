import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import type { UnobservedSpan } from '../../src/usage/ports.ts';
import { createUsageLedger } from '../../src/usage/store/usage-store.ts';
import { type TrafficParts, trafficDays, trafficOf } from '../../src/usage/traffic.ts';
import { baselineOf, bookingAt } from '../support/bookings.ts';
import { EVENING, freshRouter, type ServedPages, servePages, servePagesFor, TODAY, userDay } from '../support/pages.ts';

const HOUR = 3_600_000;
const GB = 1024n ** 3n;
const karachi = createCalendar('Asia/Karachi');
const kolkata = createCalendar('Asia/Kolkata');
/** Noon of a Friday in Karachi. */
const NOON = Date.parse('2026-11-20T07:00:00Z');

const share = (bytes: bigint) => ({ uploadBytes: bytes, downloadBytes: 2n * bytes });
const dayOf = (day: string, bytes: bigint) => ({ day, ...share(bytes) });
/** An hour so many hours before noon, with all its bytes on a day. */
const hourOf = (back: number, bytes: bigint, day = '2026-11-20') => ({
  day,
  hourAt: NOON - back * HOUR,
  ...share(bytes),
});

/** Seven days of which each has its hours, unless said otherwise. */
function parts(change: Partial<TrafficParts> = {}): TrafficParts {
  const { days } = trafficDays(NOON, karachi);
  return {
    now: NOON,
    days: days.map((day) => dayOf(day, 24n)),
    hours: [
      ...Array.from({ length: 24 }, (_, index) => hourOf(12 + 24 - index, 1n, '2026-11-19')),
      ...Array.from({ length: 12 }, (_, index) => hourOf(12 - index, 2n)),
    ],
    ...{ routers: 1, lost: [], notRead: [] },
    ...change,
  };
}

const lostFor = (router: string, from: number, to: number) => ({
  ...{ router, startAt: NOON - from * HOUR, endAt: NOON - to * HOUR },
});
const told = (change: Partial<TrafficParts>) =>
  trafficOf(parts(change), karachi).gaps.map(({ startAt, endAt, reason, routers }) =>
    [reason, (NOON - startAt) / HOUR, (NOON - endAt) / HOUR, ...routers].join(' '),
  );

describe('traffic of the last hours and days', () => {
  it('is the last 24 hours, the one that goes on among them, and seven days', () => {
    const { hours, days, gaps, unplacedBytes, within } = trafficOf(parts(), karachi);
    assert.equal(within.endAt, NOON + HOUR);
    assert.deepEqual([hours.length, hours[0]?.hourAt, hours.at(-1)?.hourAt], [24, NOON - 23 * HOUR, NOON]);
    assert.deepEqual(hours.map(({ uploadBytes }) => uploadBytes).join(''), `${'1'.repeat(11)}${'2'.repeat(12)}0`);
    assert.deepEqual([days.length, days[0]?.day, days.at(-1)?.day], [7, '2026-11-14', '2026-11-20']);
    assert.deepEqual([gaps, unplacedBytes], [[], 0n]);
  });

  it('shows no hour as zero in which nobody could see, and says why', () => {
    const hours = parts().hours.filter(({ hourAt }) => hourAt < NOON - 5 * HOUR || hourAt >= NOON - 2 * HOUR);
    const without = (change: Partial<TrafficParts>) => {
      const traffic = trafficOf(parts({ hours, ...change }), karachi);
      return traffic.hours.map(({ hourAt }) => (hourAt - NOON) / HOUR).filter((hour) => -6 < hour && hour < 0);
    };
    // Bytes of the day lie in none of its hours: they may have been moved in these.
    assert.deepEqual(without({}), [-2, -1]);
    assert.deepEqual(told({ hours }), ['hour-unknown 5 2']);
    assert.equal(trafficOf(parts({ hours }), karachi).unplacedBytes, 18n);
    // … or in the last ones, with none known after them.
    const early = hours.filter(({ hourAt }) => hourAt < NOON - 5 * HOUR);
    assert.deepEqual(told({ hours: early }), ['hour-unknown 5 0']);
    // All bytes of the day are in its other hours: nothing was moved in these.
    const days = parts().days.map((day) => (day.day === '2026-11-20' ? dayOf(day.day, 18n) : day));
    assert.deepEqual(without({ days }), [-5, -4, -3, -2, -1]);
    assert.deepEqual(told({ hours, days }), []);
    // … unless they were lost, or are still to be read.
    assert.deepEqual(without({ days, lost: [lostFor('edge', 4.5, 4)] }), [-4, -3, -2, -1]);
    assert.deepEqual(without({ days, notRead: [lostFor('edge', 3.5, 0)] }), [-5, -2, -1]);
  });

  it('has a gap where at least half of the routers were not observed, with their names', () => {
    const lost = [lostFor('a', 9, 7), lostFor('a', 8, 6), lostFor('b', 7.5, 5), lostFor('c', 2, 1)];
    assert.deepEqual(told({ routers: 1, lost }), ['lost 9 5 a b', 'lost 2 1 c']);
    assert.deepEqual(told({ routers: 2, lost }), ['lost 9 5 a b', 'lost 2 1 c']);
    assert.deepEqual(told({ routers: 3, lost }), ['lost 7.5 6 a b']);
    assert.deepEqual(told({ routers: 5, lost }), []);
    assert.deepEqual(told({ routers: 2, lost: [], notRead: [lostFor('d', 1, 0)] }), ['not-read 1 0 d']);
  });

  it('has a gap where one router of many was not observed and the others moved nothing: no zero is made of it', () => {
    const hours = parts().hours.filter(({ hourAt }) => hourAt < NOON - 4 * HOUR || hourAt >= NOON - 2 * HOUR);
    const days = parts().days.map((day) => (day.day === '2026-11-20' ? dayOf(day.day, 20n) : day));
    for (const [reason, change] of [
      ['lost', { lost: [lostFor('a', 6, 3.5)] }],
      ['not-read', { notRead: [lostFor('a', 6, 3.5)] }],
    ] as const) {
      const quiet = { routers: 5, hours, days, ...change };
      assert.deepEqual(told(quiet), [`${reason} 4 3.5 a`]);
      const known = trafficOf(parts(quiet), karachi).hours.map(({ hourAt }) => (hourAt - NOON) / HOUR);
      assert.deepEqual([known.includes(-4), known.includes(-3)], [false, true]);
    }
    // Nor of a day; where the others moved something its bytes are shown, and most of them are known.
    const without = parts().days.filter(({ day }) => day !== '2026-11-17');
    assert.deepEqual(told({ routers: 5, days: without, lost: [lostFor('a', 66, 60)] }), ['lost 66 60 a']);
    assert.deepEqual(told({ routers: 5, lost: [lostFor('a', 66, 60)] }), []);
    const zero = [...without, dayOf('2026-11-17', 0n)];
    for (const [from, shown] of [
      [84, false],
      [83, true],
    ] as const) {
      const lost = [lostFor('a', from, 60)];
      for (const each of [without, zero]) {
        const traffic = trafficOf(parts({ days: each, lost }), karachi);
        assert.equal(
          traffic.days.some(({ day }) => day === '2026-11-17'),
          shown,
        );
      }
    }
  });

  it('says of the hour that goes on once why it is not known', () => {
    const now = NOON + HOUR / 2;
    const hours = parts().hours.filter(({ hourAt }) => hourAt < NOON - HOUR);
    const notRead = [{ router: 'a', startAt: NOON - HOUR, endAt: now }];
    const { gaps } = trafficOf({ ...parts({ hours, notRead }), now }, karachi);
    assert.deepEqual(
      gaps.map(({ reason }) => reason),
      ['not-read'],
    );
  });

  it('begins with no data where nothing was on record before, not with zeros', () => {
    const days = [dayOf('2026-11-20', 4n)];
    const hours = [hourOf(2, 2n), hourOf(0, 2n)];
    const traffic = trafficOf(parts({ days, hours }), karachi);
    assert.deepEqual(
      traffic.hours.map(({ hourAt }) => (hourAt - NOON) / HOUR),
      [-2, -1, 0],
    );
    assert.deepEqual(traffic.days, days);
    assert.deepEqual(told({ days, hours }), ['no-data 156 2']);
    assert.deepEqual(told({ days: [], hours: [] }), ['no-data 156 0']);
    const nothing = trafficOf(parts({ days: [], hours: [] }), karachi);
    assert.deepEqual([nothing.days, nothing.hours], [[], []]);
  });

  it('adds up an hour that midnight cuts', () => {
    const midnight = kolkata.startOf('2026-11-20');
    const hourAt = midnight - HOUR / 2;
    const hours = [
      { day: '2026-11-19', hourAt, ...share(3n) },
      { day: '2026-11-20', hourAt, ...share(4n) },
    ];
    const days = [dayOf('2026-11-19', 3n), dayOf('2026-11-20', 4n)];
    const traffic = trafficOf({ ...parts({ days, hours }), now: midnight + HOUR }, kolkata);
    assert.deepEqual(traffic.hours[0], { hourAt, ...share(7n) });
    assert.equal(traffic.unplacedBytes, 0n);
  });

  it('holds all bytes of its days once, in an hour or as bytes without one, in any zone at any time', () => {
    const zones = ['Asia/Karachi', 'Asia/Kolkata', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe'];
    const span = fc.record({ router: fc.constantFrom('a', 'b'), from: fc.nat(200), hours: fc.nat(30) });
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2027-01-01') }),
        fc.array(fc.tuple(fc.nat(60), fc.nat(9)), { maxLength: 60 }),
        fc.array(fc.nat(9), { maxLength: 3 }),
        fc.array(span, { maxLength: 4 }),
        (zone, now, moved, unplaced, lost) => {
          const calendar = createCalendar(zone);
          const { ofHours, days, within } = trafficDays(now, calendar);
          const hours = moved.flatMap(([back, bytes]) => {
            const at = now - back * HOUR;
            const day = calendar.dayOf(at);
            return ofHours.includes(day)
              ? [{ day, hourAt: Math.floor(at / HOUR) * HOUR, ...share(BigInt(bytes)) }]
              : [];
          });
          const bytesOf = (rows: readonly { readonly uploadBytes: bigint; readonly downloadBytes: bigint }[]) =>
            rows.reduce((sum, row) => sum + row.uploadBytes + row.downloadBytes, 0n);
          const onRecord = days.flatMap((day, index) => {
            const extra = BigInt(unplaced[days.length - 1 - index] ?? 0);
            const bytes = bytesOf(hours.filter((hour) => hour.day === day)) / 3n + extra;
            return bytes === 0n ? [] : [dayOf(day, bytes)];
          });
          const spans = lost.flatMap(({ router, from, hours: long }) => {
            const startAt = now - from * HOUR;
            return from === 0 || long === 0 ? [] : [{ router, startAt, endAt: Math.min(now, startAt + long * HOUR) }];
          });
          const traffic = trafficOf(
            { ...{ now, hours, days: onRecord, routers: 3, notRead: [], lost: spans } },
            calendar,
          );
          assert.equal(bytesOf(traffic.days), bytesOf(onRecord));
          const inside = hours.filter(({ hourAt }) => hourAt >= within.startAt);
          assert.equal(bytesOf(traffic.hours), bytesOf(inside));
          const ofTheseDays = onRecord.filter(({ day }) => ofHours.includes(day));
          assert.equal(bytesOf(ofTheseDays), bytesOf(hours) + traffic.unplacedBytes);
          for (const { startAt, endAt } of traffic.gaps) assert.ok(startAt < endAt && endAt <= now);
          for (const { hourAt, uploadBytes, downloadBytes } of traffic.hours) {
            if (uploadBytes + downloadBytes > 0n || inside.some((hour) => hour.hourAt === hourAt)) continue;
            const isYoung = hourAt === within.endAt - HOUR;
            const touched = [...traffic.gaps, ...(isYoung ? [] : spans)].some(
              ({ startAt, endAt }) => startAt < Math.min(hourAt + HOUR, now) && endAt > hourAt,
            );
            assert.equal(touched, false, 'an hour is shown as zero in which somebody was not seen');
          }
        },
      ),
    );
  });
});

const QUOTAS = [
  { router: 'closed', ignore: true },
  { match: 'server*', ignore: true },
  { comment: 'test*', ignore: true },
  { dailyGb: 10 },
];

interface Moved {
  readonly uploadBytes: number;
  readonly downloadBytes: number;
}

const sumOf = (rows: readonly Moved[]) => ({
  uploadBytes: rows.reduce((sum, row) => sum + row.uploadBytes, 0),
  downloadBytes: rows.reduce((sum, row) => sum + row.downloadBytes, 0),
});

async function json(url: string) {
  const response = await fetch(url);
  assert.equal(response.status, 200, url);
  return JSON.parse(await response.text());
}

describe('the chart of traffic', () => {
  /** For tests that only look. */
  let looked: ServedPages;
  before(async () => {
    looked = await fill(await servePages({ password: null, quotas: QUOTAS }));
  });
  after(() => looked.close());

  async function fill(pages: ServedPages): Promise<ServedPages> {
    const { book, conditions } = pages;
    conditions.push(freshRouter('edge-2'));
    for (const [index, router] of ['edge-1', 'edge-2', 'closed'].entries()) {
      for (let back = 8; back >= 0; back -= 1) {
        const day = karachi.addDays(TODAY, -back);
        const bytes = GB + BigInt(back * 1_000_003 + index);
        await book(router, [
          userDay('bob', day, bytes),
          userDay('amy', day, bytes / 3n, { comment: back % 2 === 0 ? 'test line' : 'line' }),
          userDay('server-1', day, 7n * bytes),
          userDay('all', day, 20n * bytes, { isParent: true }),
          // Read after a long gap: in no hour.
          ...(back === 1
            ? [{ ...userDay('late', day, 0n), uploadBytes: 5_000_000n, downloadBytes: 9_000_000n, hours: [] }]
            : []),
        ]);
      }
    }
    return pages;
  }

  it('has the numbers of `usage`, for all routers and for each, parents and ignored queues left out by the day', async () => {
    const { url } = looked;
    const usage: (Moved & { readonly day: string; readonly router: string })[] = await json(
      `${url}/api/v1/usage?from=2026-11-14&to=${TODAY}`,
    );
    for (const router of [null, 'edge-1', 'edge-2', 'closed']) {
      const today = await json(`${url}/api/v1/today?router=${router ?? ''}`);
      const { traffic } = today;
      const own = usage.filter((entry) => router === null || entry.router === router);
      const days = [...Map.groupBy(own, ({ day }) => day)].map(([day, rows]) => ({ day, ...sumOf(rows) }));
      const shown = traffic.days.map(({ day, uploadBytes, downloadBytes }: Moved & { readonly day: string }) => ({
        ...{ day, uploadBytes, downloadBytes },
      }));
      if (router === 'closed') {
        assert.deepEqual(sumOf(shown), sumOf([]));
        continue;
      }
      assert.deepEqual(
        shown,
        days.toSorted((a, b) => (a.day < b.day ? -1 : 1)),
      );
      assert.deepEqual(sumOf(shown.slice(-1)), sumOf([today]));
      if (router === null) continue;
      assert.deepEqual((await json(`${url}/api/v1/routers/${router}`)).traffic, traffic);
    }
  });

  it('has the hours of each user, and tells of bytes that are in none', async () => {
    const { url } = looked;
    const { traffic } = await json(`${url}/api/v1/routers/edge-1`);
    const hours = new Map<number, Moved[]>();
    for (const user of ['bob', 'amy']) {
      for (const day of user === 'amy' ? ['2026-11-19'] : ['2026-11-19', TODAY]) {
        const { chosenDay } = await json(`${url}/api/v1/users/edge-1/${user}?day=${day}`);
        for (const hour of chosenDay.hours) hours.set(hour.hourAt, [...(hours.get(hour.hourAt) ?? []), hour]);
      }
    }
    const [from, to] = [Date.parse(traffic.from), Date.parse(traffic.to)];
    const expected = [...hours].filter(([hourAt]) => from <= hourAt && hourAt < to).sort(([a], [b]) => a - b);
    assert.deepEqual(
      traffic.hours,
      expected.map(([hourAt, rows]) => ({ hourAt, ...sumOf(rows) })),
    );
    assert.equal(traffic.hours.length, 24);
    assert.equal(traffic.unplacedBytes, 14_000_000);
    const page = await (await fetch(`${url}/d/edge-1`)).text();
    const note = '13.4 MB of these days are in no hour of the chart: they were read after a long gap.';
    assert.equal(/[^>]*read after a long gap\./.exec(page)?.[0], note);
  });

  it('follows what is booked, and keeps the past for half an hour', async (t) => {
    const { url, book, clock } = await fill(await servePagesFor(t, { password: null, quotas: QUOTAS }));
    const read = async () => (await json(`${url}/api/v1/routers/edge-1`)).traffic;
    const before = await read();
    const hour = { hourAt: EVENING - (EVENING % HOUR), uploadBytes: 10n, downloadBytes: 20n };
    await book('edge-1', [
      { ...userDay('bob', TODAY, 0n), hours: [hour], uploadBytes: 10n, downloadBytes: 20n },
      { ...userDay('bob', '2026-11-19', 0n), hours: [], uploadBytes: 1n, downloadBytes: 0n },
    ]);
    const [now, older] = [await read(), before.days.at(-2)];
    assert.equal(now.days.at(-1).uploadBytes - before.days.at(-1).uploadBytes, 10);
    assert.equal(now.hours.at(-1).downloadBytes - before.hours.at(-1).downloadBytes, 20);
    assert.deepEqual(now.days.at(-2), older);
    clock.advance(30 * 60_000);
    assert.equal((await read()).days.at(-2).uploadBytes - older.uploadBytes, 1);
  });

  it('marks the time in which a router lost data, and since when it is not read, on its page', async (t) => {
    const { url, database, conditions } = await servePagesFor(t, { password: null, quotas: QUOTAS });
    const lost = (name: string, from: number, to: number): UnobservedSpan => {
      const at = (hours: number) => karachi.startOf(TODAY) + hours * HOUR;
      return { ...{ name, user: name, isParent: false }, startAt: at(from), endAt: at(to) };
    };
    const names = ['bob', 'amy', 'server-1'];
    await createUsageLedger({ database }).book('edge-1', () =>
      bookingAt(EVENING, {
        changedBaselines: names.map((name) => baselineOf(name)),
        usage: [
          userDay('bob', '2026-11-14', GB),
          ...names.map((name) => userDay(name, TODAY, 0n, { hours: [], unobservedMs: 180_000 })),
        ],
        // One queue alone is no gap of the router.
        unobserved: [...names.map((name) => lost(name, 9, 9.05)), lost('amy', 11, 12)],
      }),
    );
    const row = freshRouter('edge-1', { isFresh: false, ageMs: 2 * HOUR, lastReadAt: EVENING - 2 * HOUR });
    conditions.splice(0, 1, row);
    const { traffic } = await json(`${url}/api/v1/routers/edge-1`);
    assert.deepEqual(traffic.gaps, [
      { from: '2026-11-20T04:00:00.000Z', to: '2026-11-20T04:03:00.000Z', reason: 'lost', routers: ['edge-1'] },
      { from: '2026-11-20T11:15:00.000Z', to: '2026-11-20T13:15:00.000Z', reason: 'not-read', routers: ['edge-1'] },
    ]);
    const page = await (await fetch(`${url}/d/edge-1`)).text();
    const bands = [...page.matchAll(/<rect class="unseen" x="([\d.]+)" width="([\d.]+)" height="100"><title>([^<]*)/g)];
    assert.deepEqual(
      bands.map(([, x, width, title]) => [x, width, title]),
      [
        ['840', '3', '09:00 to 09:03 data missing (edge-1)'],
        ['1275', '120', '16:15 to now not read yet (edge-1)'],
      ],
    );
  });

  it('is on the page of today alone, not on those of other days', async () => {
    const { url } = looked;
    const linksOf = async (path: string) => {
      const page = (await (await fetch(url + path)).text()).replaceAll('&#x3D;', '=').replaceAll('&amp;', '&');
      return [...page.matchAll(/<a href="([^"]*)" aria-label="\w+ \d+ Nov: /g)].map(([, href]) => href);
    };
    assert.deepEqual([(await linksOf('/')).length, (await linksOf('/')).slice(-2)], [7, ['/?day=2026-11-19', '/']]);
    assert.equal((await linksOf('/?router=edge-2')).at(-2), '/?router=edge-2&day=2026-11-19');
    assert.deepEqual(await linksOf('/?period=week'), []);
    assert.equal((await json(`${url}/api/v1/today?day=2026-11-19`)).traffic, null);
  });
});
