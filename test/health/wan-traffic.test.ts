import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { StoredSpan, WanSpan } from '../../src/health/ports.ts';
import { readWanTraffic } from '../../src/health/wan-traffic.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';

const HOUR_MS = 3_600_000;
const calendar = createCalendar('Europe/Berlin');
/** 14:30 in the zone; the clock was set back three weeks before. */
const NOW = Date.UTC(2026, 10, 20, 13, 30);
const LAST_HOUR = Date.UTC(2026, 10, 20, 13);

const spanOf = (startsAt: number, change: Partial<WanSpan> = {}): WanSpan => ({
  ...{ startsAt, routers: 10, seen: 10, seenMs: 10 * HOUR_MS, downloadBps: 5e6, uploadBps: 1e6 },
  ...change,
});

async function read(hours: readonly WanSpan[], { now = NOW, days = [] as readonly WanSpan[] } = {}) {
  const archive = {
    wan: async (length: 'hour' | 'day') => [...(length === 'hour' ? hours : days)],
    spans: async () => [],
  };
  return await readWanTraffic({ archive, calendar }, { router: null, now });
}

describe('the traffic of the internet lines', () => {
  it('has the last 24 hours and seven local days, whatever is known of them', async () => {
    const { hours, days } = await read([]);
    assert.deepEqual(
      [hours.length, hours.at(0)?.startsAt, hours.at(-1)?.endsAt],
      [24, LAST_HOUR - 23 * HOUR_MS, LAST_HOUR + HOUR_MS],
    );
    assert.deepEqual(
      [days.length, days[0]?.startsAt, days.at(-1)?.endsAt],
      [7, calendar.startOf('2026-11-14'), calendar.endOf('2026-11-20')],
    );
  });

  it('is not known, and not zero, where nothing is kept', async () => {
    const { hours } = await read([spanOf(LAST_HOUR - HOUR_MS, { downloadBps: 0, uploadBps: 0 })]);
    assert.deepEqual(
      hours.slice(-3).map(({ downloadBps, missingMs }) => [downloadBps, missingMs / 60_000]),
      [
        [null, 60],
        [0, 0],
        [null, 26],
      ],
    );
  });

  it('calls nothing missing of an hour so young that nobody can have been seen in it', async () => {
    const { hours } = await read([], { now: LAST_HOUR + 3 * 60_000 });
    assert.deepEqual([hours.at(-1)?.downloadBps, hours.at(-1)?.missingMs], [null, 0]);
  });

  it('says of how many routers it is, and for how long these were not seen, but for a moment', async () => {
    const { hours } = await read([
      spanOf(LAST_HOUR - 3 * HOUR_MS, { seen: 9, seenMs: 9 * HOUR_MS }),
      spanOf(LAST_HOUR - 2 * HOUR_MS, { seenMs: 5 * HOUR_MS }),
      spanOf(LAST_HOUR - HOUR_MS, { seenMs: 10 * (HOUR_MS - 200_000) }),
      spanOf(LAST_HOUR, { seenMs: 10 * 25 * 60_000 }),
    ]);
    assert.deepEqual(
      hours.slice(-4).map(({ seen, routers, missingMs }) => [seen, routers, missingMs / 60_000]),
      [
        [9, 10, 0],
        [10, 10, 30],
        [10, 10, 0],
        [10, 10, 0],
      ],
    );
  });

  it('of one router is its own: its means while it was seen', async () => {
    const tally = (sum: number) => ({ count: 4, min: 0, sum, max: sum });
    const own: StoredSpan = {
      ...{ startsAt: LAST_HOUR, upMs: 600_000, downMs: 0, unknownMs: 0 },
      figures: new Map([
        ['downloadBps', tally(8e6)],
        ['uploadBps', tally(4e6)],
      ]),
    };
    const dark: StoredSpan = { ...own, startsAt: LAST_HOUR - HOUR_MS, figures: new Map() };
    const asked: string[] = [];
    const archive = {
      wan: () => Promise.reject(new Error('only one was asked for')),
      spans: async (device: string, length: string) => {
        asked.push(`${device} ${length}`);
        return length === 'hour' ? [dark, own] : [];
      },
    };
    const { hours } = await readWanTraffic({ archive, calendar }, { router: 'edge-1', now: NOW });
    assert.deepEqual(asked, ['edge-1 hour', 'edge-1 day']);
    assert.deepEqual(
      hours.slice(-2).map(({ downloadBps, uploadBps, seen, routers }) => [downloadBps, uploadBps, seen, routers]),
      [
        [null, null, 0, null],
        [2e6, 1e6, 1, 1],
      ],
    );
  });

  it('has of each time one bar, without holes, and no missing time beyond it, in any zone at any instant', async () => {
    const zones = ['Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns', 'Australia/Lord_Howe'].map(createCalendar);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...zones),
        fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2030, 0) }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0 }))),
        async (zone, now, known) => {
          const endAt = Math.floor(now / HOUR_MS) * HOUR_MS;
          const spans = known.map(([back, seen, seenMs]) =>
            spanOf(endAt - back * HOUR_MS, { seen, routers: 50, seenMs }),
          );
          const archive = { wan: async () => spans, spans: async () => [] };
          const { hours, days } = await readWanTraffic({ archive, calendar: zone }, { router: null, now });
          for (const bars of [hours, days]) {
            bars.forEach((bar, index) => {
              const before = bars[index - 1];
              assert.ok(before === undefined || before.endsAt === bar.startsAt);
              assert.ok(bar.missingMs >= 0 && bar.missingMs <= bar.endsAt - bar.startsAt);
              assert.equal(bar.routers === null, bar.downloadBps === null);
            });
            const last = bars.at(-1);
            assert.ok(last !== undefined && last.startsAt <= now && now < last.endsAt);
          }
        },
      ),
    );
  });
});
