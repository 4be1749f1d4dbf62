import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { createDaysReader } from '../../src/usage/days-usage.ts';
import type { HistoryDeps } from '../../src/usage/history.ts';
import { createMemoryUsage, type UsageRow, usageRow } from '../support/memory-usage.ts';

const TODAY = '2026-11-20';
const YESTERDAY = '2026-11-19';
const HOUR = 3_600_000;
const calendar = createCalendar('UTC');
const NOW = calendar.startOf(TODAY) + 18 * HOUR + HOUR / 4;

function reader(rows: readonly UsageRow[], quotas: HistoryDeps['quotas'] = []) {
  const archive = createMemoryUsage(rows);
  let reads = 0;
  const counted = {
    ...archive,
    hourShares(filter: Parameters<typeof archive.hourShares>[0]) {
      reads += 1;
      return archive.hourShares(filter);
    },
  };
  const read = createDaysReader({ archive: counted, calendar, quotas, retentionDays: 14 });
  return { read, reads: () => reads };
}

const at = (hour: number, downloadBytes: bigint) => ({
  hourAt: calendar.startOf(YESTERDAY) + hour * HOUR,
  uploadBytes: 0n,
  downloadBytes,
});

describe('today', () => {
  it('ranks the users of one router or of all', async () => {
    const { read } = reader([
      usageRow({ day: TODAY, user: 'ann', downloadBytes: 5n }),
      usageRow({ day: TODAY, user: 'bob', router: 'hill', downloadBytes: 9n }),
    ]);
    const today = await read(NOW);
    assert.deepEqual(
      today.model().rows.map(({ user, rank }) => `${rank} ${user}`),
      ['1 bob', '2 ann'],
    );
    assert.deepEqual(
      today.model('edge-1').rows.map(({ user, rank }) => `${rank} ${user}`),
      ['1 ann'],
    );
  });

  it('knows what the day before had come to by this time, with its share of the hour', async () => {
    const { read } = reader([
      usageRow({ day: YESTERDAY, user: 'ann', downloadBytes: 1000n, hours: [at(3, 100n), at(18, 400n), at(22, 500n)] }),
    ]);
    assert.deepEqual((await read(NOW)).before.get('edge-1'), { wholeBytes: 1000n, sameTimeBytes: 200n });
  });

  it('shares an hour that midnight cuts by the part of it that is of the day', async () => {
    const india = createCalendar('Asia/Kolkata');
    const startAt = india.startOf(YESTERDAY);
    const cut = (hourAt: number) => ({ hourAt, uploadBytes: 0n, downloadBytes: 300n });
    const hours = [cut(startAt - HOUR / 2), cut(startAt + 23.5 * HOUR)];
    const archive = createMemoryUsage([usageRow({ day: YESTERDAY, user: 'ann', downloadBytes: 600n, hours })]);
    for (const [sinceMidnight, expected] of [
      [HOUR / 6, 100n],
      [23.75 * HOUR, 450n],
    ] as const) {
      const deps = { archive, calendar: india, quotas: [], weekStartsOn: 'monday' as const, retentionDays: 14 };
      const { before } = await createDaysReader(deps)(india.startOf(TODAY) + sinceMidnight);
      assert.equal(before.get('edge-1')?.sameTimeBytes, expected);
    }
  });

  it('does not guess when the hours of the day before are not known', async () => {
    const { read } = reader([usageRow({ day: YESTERDAY, user: 'ann', downloadBytes: 1000n, hours: [at(3, 100n)] })]);
    assert.deepEqual((await read(NOW)).before.get('edge-1'), { wholeBytes: 1000n, sameTimeBytes: null });
  });

  it('leaves parents and what is ignored out of the day before too', async () => {
    const { read } = reader(
      [
        usageRow({ day: YESTERDAY, user: 'ann', downloadBytes: 10n, hours: [at(1, 10n)] }),
        usageRow({ day: YESTERDAY, user: 'all', isParent: true, downloadBytes: 500n, hours: [at(1, 500n)] }),
        usageRow({ day: YESTERDAY, user: 'lab', downloadBytes: 700n, hours: [at(1, 700n)] }),
      ],
      [{ match: 'lab', ignore: true }],
    );
    assert.deepEqual((await read(NOW)).before.get('edge-1'), { wholeBytes: 10n, sameTimeBytes: 10n });
  });

  it('reads the day before once in ten minutes, and anew on another day', async () => {
    const { read, reads } = reader([usageRow({ day: YESTERDAY, user: 'ann', downloadBytes: 1n })]);
    await read(NOW);
    await read(NOW + 599_999);
    assert.equal(reads(), 1);
    await read(NOW + 600_000);
    assert.equal(reads(), 2);
    await read(calendar.endOf(TODAY) - 1);
    await read(calendar.endOf(TODAY));
    assert.equal(reads(), 4);
  });
});
