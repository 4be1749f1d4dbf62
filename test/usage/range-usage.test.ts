import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import type { UsageArchive } from '../../src/usage/ports.ts';
import { usageByQueue, usageByUser } from '../../src/usage/query.ts';
import { queueUsageOfRange, userUsageOfRange } from '../../src/usage/range-usage.ts';
import { createMemoryArchive, queueDay } from '../support/usage-archive.ts';

const RANGE = { fromDay: '2026-11-16', toDay: '2026-11-20' };
const calendar = createCalendar('Asia/Karachi');

function byUser(archive: UsageArchive, change: object = {}) {
  return userUsageOfRange(
    { archive, policies: [{ match: 'total*', ignore: true }, { dailyGb: 1 }], calendar },
    {
      ...RANGE,
      ...change,
    },
  );
}

describe('usage of a range by user', () => {
  it('has one entry with exactly the fields of the contract, in their order, and none of a daily limit', async () => {
    const days = [
      queueDay({ day: '2026-11-17', queue: 'b', user: 'bob', uploadBytes: 1n, downloadBytes: 2n ** 63n, restarts: 1 }),
      queueDay({ day: '2026-11-19', queue: 'a', user: 'bob', downloadBytes: 5n, estimatedBytes: 2n, unobservedMs: 1 }),
      queueDay({ day: '2026-11-19', queue: 'up', user: 'bob', isParent: true, downloadBytes: 99n }),
      queueDay({ day: '2026-11-19', queue: 'total-1', user: 'bob', downloadBytes: 99n }),
      queueDay({ day: '2026-11-21', queue: 'a', user: 'bob', downloadBytes: 99n }),
    ];
    const rows = await byUser(createMemoryArchive({ days }));
    assert.equal(rows.length, 1);
    assert.deepEqual(Object.entries(rows[0] ?? {}), [
      ['from', '2026-11-16'],
      ['to', '2026-11-20'],
      ['router', 'edge-1'],
      ['user', 'bob'],
      ['queues', ['a', 'b']],
      ['uploadBytes', 1n],
      ['downloadBytes', 2n ** 63n + 5n],
      ['totalBytes', 2n ** 63n + 6n],
      ['estimatedBytes', 2n],
      ['unobservedSeconds', 1],
      ['restarts', 1],
    ]);
  });

  it('adds up the unobserved time of the days, each the union over the queues', async () => {
    const at = (day: string, seconds: number) => calendar.startOf(day) + seconds * 1000;
    const days = ['2026-11-17', '2026-11-18'].flatMap((day) =>
      ['tv', 'pc'].map((queue) => queueDay({ day, queue, user: 'bob', unobservedMs: 60_000 })),
    );
    const unobserved = ['tv', 'pc'].map((queue) => ({
      ...{ router: 'edge-1', queue, user: 'bob', isParent: false },
      ...{ startAt: at('2026-11-18', -60), endAt: at('2026-11-18', 60) },
    }));
    const [row] = await byUser(createMemoryArchive({ days, unobserved }));
    assert.equal(row?.unobservedSeconds, 120);
  });

  it('sorts by total descending, then router, then user', async () => {
    const days = [
      queueDay({ day: '2026-11-16', queue: 'b', downloadBytes: 1n }),
      queueDay({ day: '2026-11-17', queue: 'a', downloadBytes: 1n, router: 'edge-2' }),
      queueDay({ day: '2026-11-18', queue: 'a', downloadBytes: 1n }),
      queueDay({ day: '2026-11-16', queue: 'most', downloadBytes: 1n }),
      queueDay({ day: '2026-11-18', queue: 'most', downloadBytes: 1n }),
    ];
    const rows = await byUser(createMemoryArchive({ days }));
    assert.deepEqual(
      rows.map(({ router, user }) => `${router} ${user}`),
      ['edge-1 most', 'edge-1 a', 'edge-1 b', 'edge-2 a'],
    );
  });

  it('shows a user of whom one queue fits with all days and queues', async () => {
    const days = [
      queueDay({ day: '2026-11-16', queue: 'pc', user: 'bob', downloadBytes: 1n }),
      queueDay({ day: '2026-11-18', queue: 'tv', user: 'bob', downloadBytes: 2n }),
      queueDay({ day: '2026-11-18', queue: 'eve', downloadBytes: 4n }),
    ];
    const rows = await byUser(createMemoryArchive({ days }), { match: 'tv*' });
    assert.deepEqual(
      rows.map(({ user, totalBytes }) => [user, totalBytes]),
      [['bob', 3n]],
    );
  });

  it('holds the rows of one day at a time', async () => {
    const days = ['2026-11-16', '2026-11-17', '2026-11-18'].map((day) => queueDay({ day, downloadBytes: 1n }));
    const memory = createMemoryArchive({ days });
    const asked: string[] = [];
    const archive: UsageArchive = {
      ...memory,
      queueDays(filter) {
        asked.push(`${filter.fromDay} ${filter.toDay}`);
        return memory.queueDays(filter);
      },
    };
    await byUser(archive);
    await queueUsageOfRange(archive, RANGE);
    const each = ['2026-11-16 2026-11-16', '2026-11-17 2026-11-17', '2026-11-18 2026-11-18'];
    assert.deepEqual(asked, [...each, ...each]);
  });
});

describe('usage of a range by queue', () => {
  it('has one entry with exactly the fields of the contract, in their order, with the last comment', async () => {
    const days = [
      queueDay({ day: '2026-11-16', comment: 'old', uploadBytes: 1n }),
      queueDay({ day: '2026-11-17', comment: 'new', downloadBytes: 2n, unobservedMs: 1500 }),
      queueDay({ day: '2026-11-18', downloadBytes: 4n, restarts: 2, estimatedBytes: 1n, unobservedMs: 1500 }),
    ];
    const rows = await queueUsageOfRange(createMemoryArchive({ days }), RANGE);
    assert.equal(rows.length, 1);
    assert.deepEqual(Object.entries(rows[0] ?? {}), [
      ['from', '2026-11-16'],
      ['to', '2026-11-20'],
      ['router', 'edge-1'],
      ['queue', 'bob'],
      ['user', 'bob'],
      ['comment', 'new'],
      ['uploadBytes', 1n],
      ['downloadBytes', 6n],
      ['totalBytes', 7n],
      ['estimatedBytes', 1n],
      ['unobservedSeconds', 3],
      ['restarts', 2],
      ['parent', false],
    ]);
  });

  it('keeps what a queue counted as a parent, or for another user, apart', async () => {
    const days = [
      queueDay({ day: '2026-11-16', uploadBytes: 1n }),
      queueDay({ day: '2026-11-17', uploadBytes: 2n, isParent: true }),
      queueDay({ day: '2026-11-18', uploadBytes: 4n, user: 'eve' }),
    ];
    const rows = await queueUsageOfRange(createMemoryArchive({ days }), RANGE);
    assert.deepEqual(
      rows.map(({ user, parent, totalBytes }) => [user, parent, totalBytes]),
      [
        ['eve', false, 4n],
        ['bob', true, 2n],
        ['bob', false, 1n],
      ],
    );
  });
});

describe('usage of a range', () => {
  it('is what its days sum to, to the byte, by user and by queue', async () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const row = fc.record({
      day: fc.constantFrom('2026-11-15', '2026-11-16', '2026-11-18', '2026-11-20'),
      queue: name,
      user: name,
      isParent: fc.boolean(),
      uploadBytes: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      downloadBytes: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row), async (rows) => {
        const archive = createMemoryArchive({ days: rows.map(queueDay) });
        const sums = (of: readonly { user: string; totalBytes: bigint }[]) =>
          Object.fromEntries(
            [...Map.groupBy(of, ({ user }) => user)]
              .map(([user, own]) => [user, own.reduce((sum, { totalBytes }) => sum + totalBytes, 0n)] as const)
              .sort(),
          );
        const policies = [{ dailyGb: 1 }];
        assert.deepEqual(
          sums(await userUsageOfRange({ archive, policies, calendar }, RANGE)),
          sums(await usageByUser({ archive, policies, calendar }, RANGE)),
        );
        assert.deepEqual(sums(await queueUsageOfRange(archive, RANGE)), sums(await usageByQueue(archive, RANGE)));
      }),
    );
  });
});
