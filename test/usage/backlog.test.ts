import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Sample } from '../../src/usage/accounting/counter.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { type Backlog, createBacklog } from '../../src/usage/backlog.ts';

const calendar = createCalendar('UTC');
const EVENING = Date.UTC(2026, 5, 10, 23, 50);

/** One queue; counters and uptime as given. */
function sample(minute: number, bytes: bigint, uptimeMs = 1_000_000 + minute * 60_000): Sample {
  const queue = { id: '*1', name: 'bob', user: 'bob', dynamic: false, isParent: false, comment: null };
  return {
    sampledAt: EVENING + minute * 60_000,
    uptimeMs,
    endUptimeMs: uptimeMs + 1_000,
    reader: 'process-1',
    monotonicMs: minute * 60_000,
    askedMs: minute * 60_000,
    bootId: null,
    serial: null,
    unreadable: [],
    queues: [{ ...queue, uploadBytes: 0n, downloadBytes: bytes }],
  };
}

function drain(backlog: Backlog, router = 'edge-1'): Sample[] {
  const samples: Sample[] = [];
  for (let next = backlog.first(router); next !== undefined; next = backlog.first(router)) {
    samples.push(next);
    backlog.take(router, next);
  }
  return samples;
}

function minutes(samples: readonly Sample[]): number[] {
  return samples.map((each) => (each.sampledAt - EVENING) / 60_000);
}

describe('the backlog', () => {
  it('shows what it holds, so that another one can take it over', () => {
    const backlog = createBacklog({ maxRows: 100, calendar });
    for (const minute of [0, 1, 2]) {
      backlog.push('edge-1', sample(minute, BigInt(minute)));
      backlog.push('edge-2', sample(minute, BigInt(minute)));
    }
    const oldest = backlog.first('edge-1');
    assert.ok(oldest);
    backlog.take('edge-1', oldest);
    const next = createBacklog({ maxRows: 100, calendar });
    for (const { router, sample: each } of backlog.held()) next.push(router, each);
    assert.equal(next.size(), 5);
    assert.deepEqual(minutes(drain(next, 'edge-1')), [1, 2]);
    assert.deepEqual(minutes(drain(next, 'edge-2')), [0, 1, 2]);
  });

  it('gives samples back in the order they came', () => {
    const backlog = createBacklog({ maxRows: 100, calendar });
    for (const minute of [0, 1, 2]) backlog.push('edge-1', sample(minute, BigInt(minute)));
    assert.equal(backlog.size(), 3);
    assert.deepEqual(minutes(drain(backlog)), [0, 1, 2]);
    assert.equal(backlog.size(), 0);
  });

  it('drops spare samples first: oldest first, never the newest', () => {
    const backlog = createBacklog({ maxRows: 6, calendar });
    for (const minute of [0, 1, 2, 3, 4]) backlog.push('edge-1', sample(minute, BigInt(minute)));
    assert.deepEqual(minutes(drain(backlog)), [0, 3, 4]);
    assert.deepEqual(backlog.dropped(), { spare: 2, needed: 0 });
  });

  it('keeps the samples on either side of a reset, a reboot and a midnight', () => {
    const backlog = createBacklog({ maxRows: 14, calendar });
    const bytes = [10n, 20n, 30n, 5n, 15n, 25n, 35n, 40n, 50n, 60n, 70n, 80n, 90n];
    for (const [minute, amount] of bytes.entries()) {
      backlog.push('edge-1', sample(minute, amount, minute >= 7 ? minute * 60_000 - 400_000 : undefined));
    }
    // reset 2→3, reboot 6→7, midnight after 23:59 = between minute 9 and 10
    assert.deepEqual(minutes(drain(backlog)), [2, 3, 6, 7, 9, 10, 12]);
    assert.equal(backlog.dropped().needed, 1);
  });

  it('does not take another sample out when the committed one was dropped meanwhile', () => {
    const backlog = createBacklog({ maxRows: 6, calendar });
    for (const minute of [0, 1, 2]) backlog.push('edge-1', sample(minute, BigInt(minute)));
    const oldest = backlog.first('edge-1');
    assert.ok(oldest);
    backlog.take('edge-1', oldest);
    const underWay = backlog.first('edge-1');
    assert.ok(underWay);
    for (const minute of [3, 4]) backlog.push('edge-2', sample(minute, 1n));
    assert.notEqual(backlog.first('edge-1'), underWay, 'it was not dropped');
    backlog.take('edge-1', underWay);
    assert.deepEqual(minutes(drain(backlog, 'edge-1')), [2]);
  });

  it('always keeps the newest of each router, whatever the bound', () => {
    const backlog = createBacklog({ maxRows: 1, calendar });
    for (const router of ['a', 'b', 'c']) backlog.push(router, sample(0, 1n));
    assert.equal(backlog.size(), 3);
  });
});
