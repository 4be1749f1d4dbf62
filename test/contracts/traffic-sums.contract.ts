import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TrafficSums } from '../../src/usage/read-traffic.ts';
import { createTrafficSums } from '../../src/usage/store/traffic-sums.ts';
import { createUsageLedger } from '../../src/usage/store/usage-store.ts';
import { baselineOf, bookingAt, DAY, NOON, partOf } from '../support/bookings.ts';
import { type FreshDatabase, migrated } from '../support/databases.ts';

const HOUR = 3_600_000;
const NEXT = '2026-05-05';
const LARGE = 2n ** 60n + 1n;

/** What the sums of traffic must be on every store; `fresh` gives it an empty database. */
export function describeTrafficSums(store: string, fresh: FreshDatabase): void {
  describe(`sums of traffic on ${store}`, () => {
    let test: Awaited<ReturnType<typeof migrated>>;
    let sums: TrafficSums;
    before(async () => {
      test = await migrated(fresh);
      const { database } = test;
      sums = createTrafficSums({ database });
      const ledger = createUsageLedger({ database });
      const hour = (after: number, bytes: bigint) => ({
        hourAt: NOON + after * HOUR,
        uploadBytes: bytes,
        downloadBytes: 2n,
      });
      for (const router of ['edge', 'edge ', 'EDGE']) {
        const lost = (name: string, from: number, to: number) => {
          return { name, user: name, isParent: false, startAt: NOON + from * HOUR, endAt: NOON + to * HOUR };
        };
        await ledger.book(router, () =>
          bookingAt(NOON, {
            changedBaselines: ['bob', 'amy', 'all'].map((name) => baselineOf(name)),
            usage: [
              partOf('bob', { uploadBytes: LARGE, hours: [hour(0, LARGE), hour(1, 5n)] }),
              partOf('amy', { uploadBytes: LARGE, hours: [hour(0, LARGE)], comment: 'first' }),
              partOf('amy', { day: NEXT, uploadBytes: 7n, hours: [hour(1, 7n)], comment: 'first' }),
              partOf('bob', { day: NEXT, uploadBytes: 1n, comment: 'other' }),
              partOf('all', { isParent: true, uploadBytes: 9n, hours: [hour(0, 9n)] }),
            ],
            unobserved: [lost('bob', 0, 1), lost('amy', 0, 1), lost('bob', 3, 4)],
          }),
        );
      }
    });
    after(() => test.drop());

    const idsOf = async (name: string) =>
      (await sums.queues({ fromDay: DAY, toDay: NEXT, router: 'edge' }))
        .filter(({ queue }) => queue === name)
        .map(({ queueId }) => queueId);
    const day = { day: DAY, startAt: NOON, endAt: NOON + 2 * HOUR };

    it('are of all queues that are no parents, of one router, or of some queues, exact beyond 2^53', async () => {
      const first = { day: DAY, hourAt: NOON };
      const sumsOf = async (filter: object) =>
        (await sums.hours({ ...day, ...filter })).toSorted((a, b) => a.hourAt - b.hourAt);
      assert.deepEqual(await sumsOf({}), [
        { ...first, uploadBytes: 6n * LARGE, downloadBytes: 12n },
        { day: DAY, hourAt: NOON + HOUR, uploadBytes: 15n, downloadBytes: 6n },
      ]);
      assert.deepEqual(await sumsOf({ router: 'edge', endAt: NOON + 1 }), [
        { ...first, uploadBytes: 2n * LARGE, downloadBytes: 4n },
      ]);
      assert.deepEqual(await sumsOf({ only: (await idsOf('amy')).slice(0, 1) }), [
        { ...first, uploadBytes: LARGE, downloadBytes: 2n },
      ]);
      assert.deepEqual(await sumsOf({ router: 'none' }), []);
      assert.deepEqual(await sumsOf({ only: [] }), []);
    });

    it('are by hour of one day and by day, both ends as asked', async () => {
      assert.deepEqual(await sums.hours({ ...day, startAt: NOON + 1, day: NEXT, router: 'edge' }), [
        { day: NEXT, hourAt: NOON + HOUR, uploadBytes: 7n, downloadBytes: 2n },
      ]);
      const days = await sums.days({ fromDay: DAY, toDay: NEXT, router: 'edge' });
      assert.deepEqual(
        days.toSorted((a, b) => (a.day < b.day ? -1 : 1)),
        [
          { day: DAY, uploadBytes: 2n * LARGE, downloadBytes: 4n },
          { day: NEXT, uploadBytes: 8n, downloadBytes: 4n },
        ],
      );
      assert.deepEqual(await sums.days({ fromDay: NEXT, toDay: NEXT }), [
        { day: NEXT, uploadBytes: 24n, downloadBytes: 12n },
      ]);
    });

    it('name the queues that are no parents, with the days of each comment', async () => {
      const found = await sums.queues({ fromDay: DAY, toDay: NEXT, router: 'edge' });
      assert.deepEqual(found.map(({ queue, comment, days }) => [queue, comment, ...days.toSorted()].join(' ')).sort(), [
        `amy first ${DAY} ${NEXT}`,
        `bob  ${DAY}`,
        `bob other ${NEXT}`,
      ]);
      assert.equal((await sums.queues({ fromDay: NEXT, toDay: NEXT })).length, 6);
    });

    it('tell when at least half of the queues of a router were lost in one go', async () => {
      const lost = await sums.lost({ startAt: NOON, endAt: NOON + 9 * HOUR });
      const span = { startAt: NOON, endAt: NOON + HOUR };
      assert.deepEqual(
        lost.toSorted((a, b) => (a.router < b.router ? -1 : 1)),
        ['EDGE', 'edge', 'edge '].map((router) => ({ router, ...span })),
      );
      assert.deepEqual(await sums.lost({ ...span, router: 'edge ' }), [{ router: 'edge ', ...span }]);
      assert.deepEqual(await sums.lost({ startAt: NOON + HOUR, endAt: NOON + 9 * HOUR }), []);
      assert.deepEqual(await sums.lost({ startAt: NOON, endAt: NOON + HOUR - 1 }), []);
    });
  });
}
