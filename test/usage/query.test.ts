import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import type { QuotaPolicy } from '../../src/usage/accounting/quota.ts';
import type { QueueSpan } from '../../src/usage/accounting/unobserved.ts';
import type { UsageArchive } from '../../src/usage/ports.ts';
import {
  queueUsageByDay,
  type UsageQuery,
  usageByQueue,
  usageByUser as usageByUserWith,
} from '../../src/usage/query.ts';
import { createMemoryArchive, queueDay } from '../support/usage-archive.ts';

const GB = 1024n ** 3n;
const DAY = { fromDay: '2026-11-19', toDay: '2026-11-19' };
const LIMIT = [{ dailyGb: 10 }];
const calendar = createCalendar('Asia/Karachi');

function usageByUser(archive: UsageArchive, policies: readonly QuotaPolicy[], query: UsageQuery) {
  return usageByUserWith({ archive, policies, calendar }, query);
}

describe('usage by queue', () => {
  it('gives each queue with exactly the fields of the contract, in their order', async () => {
    const days = [
      queueDay({
        queue: 'bob-1',
        user: 'bob',
        comment: 'flat 12',
        uploadBytes: 1n,
        downloadBytes: 2n ** 63n,
        estimatedBytes: 5n,
        unobservedMs: 60_000,
        restarts: 2,
      }),
    ];
    const [row] = await usageByQueue(createMemoryArchive({ days }), DAY);
    assert.deepEqual(Object.entries(row ?? {}), [
      ['day', '2026-11-19'],
      ['router', 'edge-1'],
      ['queue', 'bob-1'],
      ['user', 'bob'],
      ['comment', 'flat 12'],
      ['uploadBytes', 1n],
      ['downloadBytes', 2n ** 63n],
      ['totalBytes', 2n ** 63n + 1n],
      ['estimatedBytes', 5n],
      ['unobservedSeconds', 60],
      ['restarts', 2],
      ['parent', false],
    ]);
  });

  it('sorts by day, then total descending, then router, then queue', async () => {
    const days = [
      queueDay({ queue: 'z', day: '2026-11-20', downloadBytes: 9n }),
      queueDay({ queue: 'b', downloadBytes: 1n }),
      queueDay({ queue: 'a', router: 'edge-2', downloadBytes: 1n }),
      queueDay({ queue: 'B', uploadBytes: 1n }),
      queueDay({ queue: 'most', uploadBytes: 1n, downloadBytes: 1n }),
    ];
    const rows = await usageByQueue(createMemoryArchive({ days }), { fromDay: '2026-11-19', toDay: '2026-11-20' });
    assert.deepEqual(
      rows.map((row) => `${row.day} ${row.router} ${row.queue}`),
      [
        '2026-11-19 edge-1 most',
        '2026-11-19 edge-1 B',
        '2026-11-19 edge-1 b',
        '2026-11-19 edge-2 a',
        '2026-11-20 edge-1 z',
      ],
    );
  });

  it('has a row when a byte moved, the counter restarted or time was unobserved, and else none', async () => {
    const days = [
      queueDay({ queue: 'idle' }),
      queueDay({ queue: 'moved', uploadBytes: 1n }),
      queueDay({ queue: 'restarted', restarts: 1 }),
      queueDay({ queue: 'unseen', unobservedMs: 1 }),
    ];
    const rows = await usageByQueue(createMemoryArchive({ days }), DAY);
    assert.deepEqual(rows.map((row) => row.queue).sort(), ['moved', 'restarted', 'unseen']);
    assert.equal(rows.find((row) => row.queue === 'unseen')?.unobservedSeconds, 1, 'less than a second is not nothing');
  });

  it('shows parents, marked', async () => {
    const days = [queueDay({ isParent: true, uploadBytes: 1n })];
    assert.equal((await usageByQueue(createMemoryArchive({ days }), DAY))[0]?.parent, true);
  });

  it('matches on the name of the queue or of its user', async () => {
    const days = [
      queueDay({ queue: 'vip-1', user: 'x', uploadBytes: 1n }),
      queueDay({ queue: 'y', user: 'vip-2', uploadBytes: 1n }),
      queueDay({ queue: 'z', user: 'z', uploadBytes: 1n }),
    ];
    const rows = await usageByQueue(createMemoryArchive({ days }), { ...DAY, match: 'vip-*' });
    assert.deepEqual(rows.map((row) => row.queue).sort(), ['vip-1', 'y']);
  });
});

describe('usage day by day', () => {
  it('asks for stored days only, and for each when the one before has been taken', async () => {
    const days = ['2026-11-17', '2026-11-19', '2026-11-20'].map((day) => queueDay({ day, uploadBytes: 1n }));
    const asked: string[] = [];
    const memory = createMemoryArchive({ days });
    const archive: UsageArchive = {
      ...memory,
      queueDays(filter) {
        asked.push(`${filter.fromDay} ${filter.toDay} ${filter.router}`);
        return memory.queueDays(filter);
      },
    };
    const taken: string[] = [];
    for await (const entries of queueUsageByDay(archive, {
      fromDay: '2000-01-01',
      toDay: '2026-11-19',
      router: 'edge-1',
    })) {
      taken.push(...entries.map(({ day }) => day));
      assert.equal(asked.length, taken.length);
    }
    assert.deepEqual(taken, ['2026-11-17', '2026-11-19']);
    assert.deepEqual(asked, ['2026-11-17 2026-11-17 edge-1', '2026-11-19 2026-11-19 edge-1']);
  });

  it('asks once for all days of one user', async () => {
    const days = ['2026-11-20', '2026-11-17', '2026-11-19'].flatMap((day) =>
      ['bob', 'ann'].map((queue) => queueDay({ day, queue, uploadBytes: 1n })),
    );
    const memory = createMemoryArchive({ days });
    let asked = 0;
    const archive: UsageArchive = {
      daysOnRecord: () => assert.fail('one question is enough'),
      routersOnRecord: () => assert.fail('one question is enough'),
      unobserved: () => assert.fail('nothing was unobserved'),
      queueDays(filter) {
        asked += 1;
        return memory.queueDays(filter);
      },
    };
    const rows = await usageByUser(archive, [], { fromDay: '2026-11-17', toDay: '2026-11-20', user: 'bob' });
    assert.equal(asked, 1);
    assert.deepEqual(
      rows.map(({ day, user }) => `${day} ${user}`),
      ['2026-11-17 bob', '2026-11-19 bob', '2026-11-20 bob'],
    );
  });
});

describe('usage by user', () => {
  it('adds up their leaf queues with exactly the fields of the contract, in their order', async () => {
    const days = [
      queueDay({
        queue: 'bob-2',
        user: 'bob',
        uploadBytes: GB,
        downloadBytes: 4n * GB,
        unobservedMs: 1500,
        restarts: 1,
      }),
      queueDay({
        queue: 'bob-1',
        user: 'bob',
        uploadBytes: GB,
        downloadBytes: 4n * GB,
        unobservedMs: 1500,
        estimatedBytes: 3n,
      }),
      queueDay({ queue: 'bob', user: 'bob', isParent: true, downloadBytes: 100n * GB }),
    ];
    const rows = await usageByUser(createMemoryArchive({ days }), LIMIT, DAY);
    assert.equal(rows.length, 1);
    assert.deepEqual(Object.entries(rows[0] ?? {}), [
      ['day', '2026-11-19'],
      ['router', 'edge-1'],
      ['user', 'bob'],
      ['queues', ['bob-1', 'bob-2']],
      ['uploadBytes', 2n * GB],
      ['downloadBytes', 8n * GB],
      ['totalBytes', 10n * GB],
      ['estimatedBytes', 3n],
      ['unobservedSeconds', 3],
      ['restarts', 1],
      ['countedBytes', 8n * GB],
      ['limitBytes', 10n * GB],
      ['usedPercent', 80],
      ['breached', false],
    ]);
  });

  it('gives for how long any of their queues was not observed: neither the sum nor the longest', async () => {
    const at = (seconds: number) => calendar.startOf('2026-11-19') + seconds * 1000;
    const span = (queue: string, from: number, to: number, change: Partial<QueueSpan> = {}): QueueSpan => ({
      ...{ router: 'edge-1', queue, user: 'bob', isParent: false, startAt: at(from), endAt: at(to) },
      ...change,
    });
    const days = [
      queueDay({ queue: 'tv', user: 'bob', unobservedMs: 90_000 }),
      queueDay({ queue: 'pc', user: 'bob', unobservedMs: 60_000 }),
      queueDay({ queue: 'pc', user: 'eve', unobservedMs: 60_000 }),
      queueDay({ queue: 'tv', user: 'bob', day: '2026-11-18', unobservedMs: 30_000 }),
    ];
    const unobserved = [span('tv', -30, 90), span('pc', 60, 120), span('pc', 500, 560, { user: 'eve' })];
    const rows = await usageByUser(createMemoryArchive({ days, unobserved }), [], { ...DAY, fromDay: '2026-11-18' });
    assert.deepEqual(
      rows.map(({ day, user, unobservedSeconds }) => [day, user, unobservedSeconds]),
      [
        ['2026-11-18', 'bob', 30],
        ['2026-11-19', 'bob', 120],
        ['2026-11-19', 'eve', 60],
      ],
    );
  });

  it('keeps routers and days apart', async () => {
    const days = [
      queueDay({ uploadBytes: 1n }),
      queueDay({ uploadBytes: 1n, router: 'edge-2' }),
      queueDay({ uploadBytes: 1n, day: '2026-11-20' }),
    ];
    const rows = await usageByUser(createMemoryArchive({ days }), [], { fromDay: '2026-11-19', toDay: '2026-11-20' });
    assert.deepEqual(
      rows.map((row) => [row.day, row.router, row.totalBytes]),
      [
        ['2026-11-19', 'edge-1', 1n],
        ['2026-11-19', 'edge-2', 1n],
        ['2026-11-20', 'edge-1', 1n],
      ],
    );
  });

  it('is breached by more than the limit, not by the limit itself', async () => {
    const used = async (downloadBytes: bigint) => {
      const archive = createMemoryArchive({ days: [queueDay({ downloadBytes })] });
      const [row] = await usageByUser(archive, LIMIT, DAY);
      return [row?.usedPercent, row?.breached];
    };
    assert.deepEqual(await used(10n * GB), [100, false]);
    assert.deepEqual(await used(10n * GB + 1n), [100, true]);
  });

  it('counts what the rule says, and gives percents with one decimal', async () => {
    const days = [queueDay({ uploadBytes: GB, downloadBytes: 2n * GB })];
    const counted = async (counts: 'upload' | 'download' | 'total') => {
      const [row] = await usageByUser(createMemoryArchive({ days }), [{ dailyGb: 9, counts }], DAY);
      return [row?.countedBytes, row?.usedPercent];
    };
    assert.deepEqual(await counted('upload'), [GB, 11.1]);
    assert.deepEqual(await counted('download'), [2n * GB, 22.2]);
    assert.deepEqual(await counted('total'), [3n * GB, 33.3]);
  });

  it('has no limit without a rule, for the unlimited, and where the rule has only longer periods', async () => {
    const days = [queueDay({ downloadBytes: 50n * GB })];
    for (const policies of [[], [{ unlimited: true }], [{ weeklyGb: 1 }], [{ match: 'alice', dailyGb: 1 }]]) {
      const [row] = await usageByUser(createMemoryArchive({ days }), policies, DAY);
      assert.deepEqual(
        [row?.countedBytes, row?.limitBytes, row?.usedPercent, row?.breached],
        [50n * GB, null, null, false],
      );
    }
  });

  it('leaves out queues that a rule ignores, and users who have no other', async () => {
    const days = [
      queueDay({ queue: 'total-1', user: 'bob', downloadBytes: 5n }),
      queueDay({ queue: 'bob-1', user: 'bob', downloadBytes: 2n }),
      queueDay({ queue: 'total-2', downloadBytes: 7n }),
    ];
    const rows = await usageByUser(createMemoryArchive({ days }), [{ match: 'total-*', ignore: true }], DAY);
    assert.deepEqual(
      rows.map((row) => [row.user, row.queues, row.totalBytes]),
      [['bob', ['bob-1'], 2n]],
    );
  });

  it('shows a user who matches with all their queues, so that their percents are right', async () => {
    const days = [
      queueDay({ queue: 'tv-bob', user: 'bob', downloadBytes: 1n }),
      queueDay({ queue: 'pc-bob', user: 'bob', downloadBytes: 2n }),
      queueDay({ queue: 'pc-al', user: 'al', downloadBytes: 4n }),
    ];
    const rows = await usageByUser(createMemoryArchive({ days }), [], { ...DAY, match: 'tv-*' });
    assert.deepEqual(
      rows.map((row) => [row.user, row.totalBytes]),
      [['bob', 3n]],
    );
  });

  it('does not confuse names, whatever is in them', async () => {
    const days = [
      queueDay({ user: 'a","b', router: 'c', uploadBytes: 1n }),
      queueDay({ user: 'b', router: 'c","a', uploadBytes: 1n }),
      queueDay({ user: 'bob', uploadBytes: 1n }),
      queueDay({ user: 'bob ', uploadBytes: 1n }),
      queueDay({ user: '__proto__', uploadBytes: 1n }),
    ];
    assert.equal((await usageByUser(createMemoryArchive({ days }), [], DAY)).length, 5);
  });

  it('sums to what its leaf queues sum to, to the byte', async () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd');
    const day = fc.record({
      queue: name,
      user: name,
      isParent: fc.boolean(),
      downloadBytes: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(day), async (rows) => {
        const archive = createMemoryArchive({ days: rows.map(queueDay) });
        const leaves = (await usageByQueue(archive, DAY)).filter((row) => !row.parent);
        const users = await usageByUser(archive, [], DAY);
        const total = (of: readonly { totalBytes: bigint }[]) => of.reduce((sum, row) => sum + row.totalBytes, 0n);
        assert.equal(total(users), total(leaves));
      }),
    );
  });
});
