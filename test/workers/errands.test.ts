import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { workersCommand } from '../../src/workers/commands/workers.ts';
import { workerEntries } from '../../src/workers/entries.ts';
import { createErrands, type Question } from '../../src/workers/errands.ts';
import { createNewsDesk, type News } from '../../src/workers/news.ts';
import { viewWorkers } from '../../src/workers/pages/workers.ts';
import type { Member } from '../../src/workers/ports.ts';
import { shardOf } from '../../src/workers/shards.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { runCommands } from '../support/program.ts';

const NOON = Date.UTC(2026, 10, 27, 12);
const SECOND = 1_000;

function memberOf(worker: string, change: Partial<Member> = {}): Member {
  return {
    ...{ worker, host: `host-${worker}`, pid: 7, startedAt: NOON - 3_600_000, lastSeenAt: NOON, isLeaving: false },
    ...{ locked: [], read: [], lapsed: [] },
    ...change,
  };
}

const shard = shardOf('edge-1');
const other = shardOf('edge-2');

function setUp() {
  const clock = createManualClock(NOON);
  const sent: Question[] = [];
  const bugs: unknown[] = [];
  const errands = createErrands({
    whoHas: (device) => (device === 'nobody' ? null : 'b'),
    send: (question) => void sent.push(question),
    clock,
    onBug: (error) => void bugs.push(error),
  });
  return { clock, sent, bugs, errands, signal: new AbortController().signal };
}

describe('errands between workers', () => {
  it('ask the worker that has the device, and give what it saw', async () => {
    const { sent, errands, signal } = setUp();
    const seen = errands.ask('edge-1', 2_000, signal);
    assert.deepEqual(sent, [{ to: 'b', id: 1, device: 'edge-1', withinMs: 2_000 }]);
    errands.answered(1, { outcome: 'up' });
    assert.deepEqual(await seen, { outcome: 'up' });
  });

  it('give nothing when nobody has it, no answer comes in time, or the look is broken off', async () => {
    const { clock, sent, errands, signal } = setUp();
    assert.equal(await errands.ask('nobody', 2_000, signal), null);
    assert.equal(await errands.ask('edge-1', 2_000, AbortSignal.abort()), null);
    assert.deepEqual(sent, []);
    const late = errands.ask('edge-1', 2_000, signal);
    const aborter = new AbortController();
    const broken = errands.ask('edge-1', 2_000, aborter.signal);
    aborter.abort();
    assert.equal(await broken, null);
    clock.advance(2_500);
    assert.equal(await late, null);
    errands.answered(1, 'too late');
    assert.equal(clock.pending(), 0);
  });

  it('are answered with nothing before anybody looks, and by a bug', async () => {
    const { bugs, errands } = setUp();
    assert.equal(await errands.asked('edge-1', 2_000), null);
    const bug = new Error('a bug');
    errands.answer(() => Promise.reject(bug));
    assert.equal(await errands.asked('edge-1', 2_000), null);
    assert.deepEqual(bugs, [bug]);
    errands.answer(async (device, withinMs) => ({ device, withinMs }));
    assert.deepEqual(await errands.asked('edge-1', 10 ** 9), { device: 'edge-1', withinMs: 60_000 });
  });
});

describe('news of a worker', () => {
  const facts = { version: '7.20.1', board: null, identity: 'edge', bootedAt: NOON };

  it('is one message for a second of polls, with no more than others need', () => {
    const clock = createManualClock(NOON);
    const sent: News[] = [];
    const desk = createNewsDesk({ send: (news) => void sent.push(news), clock });
    const trouble = { code: 'ROUTER_TIMEOUT', message: 'no answer', advice: 'look', stack: 'a secret place' };
    desk.polled({ status: 'failed', router: 'edge-1', trouble }, 20_000);
    desk.polled(Object.assign({ status: 'booked', router: 'edge-2', facts } as const, { queues: 7 }), 12);
    desk.tell('health');
    desk.tell('health');
    assert.deepEqual(sent, []);
    clock.advance(SECOND);
    const words = { code: 'ROUTER_TIMEOUT', message: 'no answer', advice: 'look' };
    assert.deepEqual(sent, [
      {
        polls: [
          { poll: { status: 'failed', router: 'edge-1', trouble: words }, durationMs: 20_000 },
          { poll: { status: 'booked', router: 'edge-2', facts }, durationMs: 12 },
        ],
        topics: ['health'],
      },
    ]);
    clock.advance(10 * SECOND);
    assert.equal(sent.length, 1);
  });

  it('goes in parts when there is much of it', () => {
    const clock = createManualClock(NOON);
    const sent: News[] = [];
    const desk = createNewsDesk({ send: (news) => void sent.push(news), clock });
    for (let count = 0; count < 450; count += 1) desk.polled({ status: 'booked', router: `edge-${count}`, facts }, 1);
    clock.advance(SECOND);
    assert.deepEqual(
      sent.map(({ polls }) => polls.length),
      [200, 200, 50],
    );
  });
});

describe('the list of workers', () => {
  const call = {
    now: NOON,
    members: [
      memberOf('b', { locked: [other], startedAt: NOON - 60_000, isLeaving: true }),
      memberOf('a', { locked: [shard] }),
      memberOf('c', { locked: [shard, 63], lastSeenAt: NOON - 10_000, startedAt: NOON - 50_000 }),
      memberOf('d', { lapsed: [63], lastSeenAt: NOON - 9_999, startedAt: NOON - 40_000 }),
    ],
  };
  const entries = workerEntries(call, ['edge-2', 'edge-1']);

  it('says who polls what, in order of their start, and of a lost one what nobody has taken up', () => {
    assert.deepEqual(
      entries.map(({ worker, state, shards, routers }) => ({ worker, state, shards, routers })),
      [
        { worker: 'a', state: 'active', shards: 1, routers: ['edge-1'] },
        { worker: 'b', state: 'leaving', shards: 1, routers: ['edge-2'] },
        { worker: 'c', state: 'lost', shards: 1, routers: [] },
        { worker: 'd', state: 'active', shards: 1, routers: [] },
      ],
    );
  });

  it('says of routers of a lost worker that nobody polls them', async () => {
    const unread = workerEntries(
      { now: NOON, members: [memberOf('c', { locked: [shardOf('edge-1')], lastSeenAt: 0 })] },
      ['edge-1'],
    );
    const view = viewWorkers(unread, { me: 'a', now: NOON, timeZone: 'UTC' });
    assert.deepEqual(
      view.rows.map(({ state, routers }) => [state, routers]),
      [['lost', '1 router not polled']],
    );
    const command = workersCommand({
      open: async () => ({ workers: async () => unread, calendar: { timeZone: 'UTC' }, close: async () => {} }),
    });
    assert.match((await runCommands(['workers'], [command])).stdout, /^c .* lost +1 +1 not polled /m);
  });

  it('has its fields in the order of the manual', () => {
    assert.deepEqual(entries[0], {
      ...{ worker: 'a', host: 'host-a', pid: 7, startedAt: '2026-11-27T11:00:00.000Z' },
      ...{ lastSeenAt: '2026-11-27T12:00:00.000Z', state: 'active', shards: 1, routers: ['edge-1'] },
    });
    assert.deepEqual(Object.keys(entries[0] ?? {}), [
      ...['worker', 'host', 'pid', 'startedAt', 'lastSeenAt', 'state', 'shards', 'routers'],
    ]);
  });

  it('is printed as a table, as JSON and as CSV; with one worker alone it says so', async () => {
    const books = (workers: (() => Promise<typeof entries>) | null) =>
      workersCommand({ open: async () => ({ workers, calendar: { timeZone: 'UTC' }, close: async () => {} }) });
    const all = [books(async () => entries)];
    const table = await runCommands(['workers'], all);
    assert.match(table.stdout, /^Worker +Host +Process +State +Shards +Routers/m);
    assert.match(table.stdout, /^c +host-c +7 +lost +1 +0 /m);
    assert.deepEqual(JSON.parse((await runCommands(['workers', '--format', 'json'], all)).stdout), entries);
    const csv = await runCommands(['workers', '--format', 'csv'], all);
    assert.match(csv.stdout, /^a,host-a,7,2026-11-27T11:00:00\.000Z,2026-11-27T12:00:00\.000Z,active,1,edge-1\r?$/m);
    assert.match((await runCommands(['workers'], [books(null)])).stdout, /There is one worker/);
    assert.deepEqual(JSON.parse((await runCommands(['workers', '--format', 'json'], [books(null)])).stdout), []);
  });

  it('is a page that marks the worker it comes from, and says when Redis is away', () => {
    const view = viewWorkers(entries, { me: 'a', now: NOON, timeZone: 'UTC' });
    assert.equal(view.period, '2 active workers, 1 lost · this page comes from a');
    assert.deepEqual(
      view.rows.map(({ worker, isMe, routers, shards }) => [worker, isMe, routers, shards]),
      [
        ['a', true, '1 router', '1 of 64 shards'],
        ['b', false, '1 router', '1 of 64 shards'],
        ['c', false, '0 routers', '1 of 64 shards'],
        ['d', false, '0 routers', '1 of 64 shards'],
      ],
    );
    const trouble = { code: 'REDIS_UNREACHABLE', message: 'Redis does not answer', advice: 'Start Redis.' };
    assert.deepEqual(viewWorkers(trouble, { me: 'a', now: NOON, timeZone: 'UTC' }).trouble, trouble);
  });
});
