import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { readUserHistory } from '../../src/usage/user-history.ts';
import { createMemoryArchive, queueDay } from '../support/usage-archive.ts';

const GB = 1024n ** 3n;
const QUESTION = { router: 'edge-1', user: 'bob', fromDay: '2026-11-06', toDay: '2026-11-20' };
const day = (text: string, downloadBytes: bigint, more = {}) =>
  queueDay({ day: text, user: 'bob', downloadBytes, uploadBytes: GB, ...more });

const calendar = createCalendar('Asia/Karachi');

describe("a user's history", () => {
  it('adds up the week and the month of the last day against their limits', async () => {
    const archive = createMemoryArchive({
      days: [day('2026-11-15', 9n * GB), day('2026-11-16', 3n * GB), day('2026-11-20', 4n * GB)],
    });
    const policies = [{ dailyGb: 10, weeklyGb: 7, monthlyGb: 20, counts: 'download' as const }];
    const history = await readUserHistory({ archive, policies, weekStartsOn: 'monday', calendar }, QUESTION);
    assert.deepEqual(
      history.days.map((each) => `${each.day} ${each.usedPercent}`),
      ['2026-11-15 90', '2026-11-16 30', '2026-11-20 40'],
    );
    const { week, month } = history;
    assert.deepEqual(
      [week.startDay, week.countedBytes, week.usedPercent, week.breached],
      ['2026-11-16', 7n * GB, 100, false],
    );
    assert.deepEqual([month.startDay, month.countedBytes, month.usedPercent], ['2026-11-01', 16n * GB, 80]);
    assert.deepEqual([week.knownFromDay, month.knownFromDay], ['2026-11-16', '2026-11-06']);
  });

  it('begins the month when the rule says so', async () => {
    const archive = createMemoryArchive({ days: [day('2026-11-14', 5n * GB), day('2026-11-15', 2n * GB)] });
    const policies = [{ monthlyGb: 1, monthStartsOn: 15, counts: 'upload' as const }];
    const { month, counts } = await readUserHistory({ archive, policies, weekStartsOn: 'monday', calendar }, QUESTION);
    assert.deepEqual([month.startDay, month.countedBytes, counts], ['2026-11-15', GB, 'upload']);
  });

  it('keeps parents out of the sums and shows them among the queues', async () => {
    const archive = createMemoryArchive({
      days: [day('2026-11-20', 2n * GB, { queue: 'a' }), day('2026-11-20', 90n * GB, { queue: 'b', isParent: true })],
    });
    const history = await readUserHistory({ archive, policies: [], weekStartsOn: 'monday', calendar }, QUESTION);
    assert.equal(history.week.downloadBytes, 2n * GB);
    assert.deepEqual(
      history.queues.map(({ queue }) => queue),
      ['a', 'b'],
    );
  });
});
