import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { explainQueue } from '../../src/usage/explain.ts';
import { createMemoryArchive, queueDay } from '../support/usage-archive.ts';

const calendar = createCalendar('Asia/Karachi');
const day = '2026-11-19';
const START = calendar.startOf(day);
const HOUR = 3_600_000;

function hour(index: number, fields: object = {}) {
  return {
    router: 'edge-1',
    queue: 'bob',
    user: 'bob',
    isParent: false,
    hourAt: START + index * HOUR,
    uploadBytes: 1n,
    downloadBytes: 2n,
    ...fields,
  };
}

describe('explainQueue', () => {
  it('gives an account for each router that has the queue', async () => {
    const days = [
      queueDay({ router: 'edge-2', downloadBytes: 1n }),
      queueDay({ router: 'edge-1', downloadBytes: 2n }),
      queueDay({ router: 'edge-3', queue: 'other', downloadBytes: 3n }),
    ];
    const accounts = await explainQueue({ archive: createMemoryArchive({ days }), calendar }, { queue: 'bob', day });
    assert.deepEqual(
      accounts.map((account) => [account.router, account.downloadBytes]),
      [
        ['edge-1', 2n],
        ['edge-2', 1n],
      ],
    );
  });

  it('adds up what the queue was in the course of the day', async () => {
    const days = [
      queueDay({ user: 'al', uploadBytes: 1n, restarts: 1 }),
      queueDay({ user: 'bob', uploadBytes: 2n, unobservedMs: 5, estimatedBytes: 1n, comment: 'x', isParent: true }),
    ];
    const [account] = await explainQueue({ archive: createMemoryArchive({ days }), calendar }, { queue: 'bob', day });
    assert.deepEqual(account, {
      router: 'edge-1',
      queue: 'bob',
      day,
      startAt: START,
      endAt: START + 24 * HOUR,
      users: ['al', 'bob'],
      comment: 'x',
      wasParent: true,
      uploadBytes: 3n,
      downloadBytes: 0n,
      estimatedBytes: 1n,
      unobservedMs: 5,
      unobserved: [],
      restarts: 1,
      hours: [],
      unplacedBytes: 3n,
      events: [],
    });
  });

  it('gives the times when it was not observed, within the day', async () => {
    const days = [queueDay({ unobservedMs: 3 * HOUR }), queueDay({ router: 'edge-2', unobservedMs: 1 })];
    const lost = (from: number, to: number, fields: object = {}) => ({
      ...{ router: 'edge-1', queue: 'bob', user: 'bob', isParent: false },
      startAt: START + from * HOUR,
      endAt: START + to * HOUR,
      ...fields,
    });
    const unobserved = [
      lost(23, 30),
      lost(-2, 1),
      ...[lost(5, 6), lost(6, 7, { user: 'al' })],
      lost(8, 9, { router: 'edge-2' }),
      lost(10, 11, { queue: 'eve' }),
    ];
    const accounts = await explainQueue(
      { archive: createMemoryArchive({ days, unobserved }), calendar },
      { queue: 'bob', day },
    );
    assert.deepEqual(
      accounts.map((account) =>
        account.unobserved.map(({ startAt, endAt }) => [(startAt - START) / HOUR, (endAt - START) / HOUR]),
      ),
      [
        [
          [0, 1],
          [5, 7],
          [23, 24],
        ],
        [[8, 9]],
      ],
    );
  });

  it('orders the hours and gives how many bytes belong to none', async () => {
    const days = [queueDay({ uploadBytes: 10n, downloadBytes: 10n })];
    const hours = [hour(5), hour(2), hour(5, { user: 'al' }), hour(3, { router: 'edge-2' })];
    const [account] = await explainQueue(
      { archive: createMemoryArchive({ days, hours }), calendar },
      { queue: 'bob', day },
    );
    assert.deepEqual(account?.hours, [
      { hourAt: START + 2 * HOUR, uploadBytes: 1n, downloadBytes: 2n },
      { hourAt: START + 5 * HOUR, uploadBytes: 2n, downloadBytes: 4n },
    ]);
    assert.equal(account?.unplacedBytes, 11n);
  });

  it('invents no bytes less than none when a poll was booked after the day was read and before its hours', async () => {
    const days = [queueDay({ uploadBytes: 1n, downloadBytes: 2n })];
    const hours = [hour(2), hour(5)];
    const [account] = await explainQueue(
      { archive: createMemoryArchive({ days, hours }), calendar },
      { queue: 'bob', day },
    );
    assert.equal(account?.unplacedBytes, 0n);
  });

  it('gives the events of the queue and of its whole router, of that day', async () => {
    const event = { at: START, code: 'X', queue: null, router: 'edge-1', detail: '' };
    const events = [
      { ...event, detail: 'router' },
      { ...event, queue: 'bob', detail: 'queue' },
      { ...event, queue: 'al', detail: 'other queue' },
      { ...event, router: 'edge-2', detail: 'other router' },
      { ...event, at: START - 1, detail: 'day before' },
      { ...event, at: START + 24 * HOUR, detail: 'day after' },
    ];
    const archive = createMemoryArchive({ days: [queueDay({ restarts: 1 })], events });
    const [account] = await explainQueue({ archive, calendar }, { queue: 'bob', day });
    assert.deepEqual(
      account?.events.map(({ detail }) => detail),
      ['router', 'queue'],
    );
  });
});
