import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createScheduledBackups, dueBackups, type Schedule } from '../../src/backups/schedule.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { aDevice, createRouterShell } from '../support/shells.ts';

const berlin = createCalendar('Europe/Berlin');
const due = (schedules: readonly Schedule[], instant: string) => dueBackups(schedules, Date.parse(instant), berlin);
const daily: Schedule = { every: 'day', at: '02:00' };

describe('schedules of backups', () => {
  const cases: [string, Schedule, string, number][] = [
    ['a daily one before its time', daily, '2026-11-26T00:59:59Z', 0],
    ['a daily one from its time on', daily, '2026-11-26T01:00:00Z', 1],
    ['a daily one in the evening', daily, '2026-11-26T22:00:00Z', 1],
    ['a weekly one on its day', { every: 'week', on: 'thursday', at: '02:00' }, '2026-11-26T01:00:00Z', 1],
    ['a weekly one on another day', { every: 'week', on: 'friday', at: '02:00' }, '2026-11-26T01:00:00Z', 0],
    ['a monthly one on its day', { every: 'month', on: 26, at: '02:00' }, '2026-11-26T01:00:00Z', 1],
    ['a monthly one on another day', { every: 'month', on: 25, at: '02:00' }, '2026-11-26T01:00:00Z', 0],
    [
      'a monthly one on the last day of a short month',
      { every: 'month', on: 31, at: '02:00' },
      '2026-11-30T01:00:00Z',
      1,
    ],
    ['a time that the clock skips', { every: 'day', at: '02:30' }, '2026-03-29T01:29:00Z', 0],
    ['a time that the clock skips, after the gap', { every: 'day', at: '02:30' }, '2026-03-29T01:30:00Z', 1],
  ];
  for (const [what, schedule, instant, count] of cases) {
    it(`finds ${what} ${count === 1 ? 'due' : 'not due'}`, () => assert.equal(due([schedule], instant).length, count));
  }

  it('names a run by its schedule and its day, the same for all workers', () => {
    const [first] = due([daily], '2026-11-26T01:00:00Z');
    assert.match(first?.run ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.equal(due([daily], '2026-11-26T09:00:00Z')[0]?.run, first?.run);
    assert.notEqual(due([daily], '2026-11-27T01:00:00Z')[0]?.run, first?.run);
    assert.notEqual(due([{ ...daily, tag: 'lte' }], '2026-11-26T09:00:00Z')[0]?.run, first?.run);
  });

  it('backs up the devices of a schedule once, and what is stopped is aborted', async () => {
    const claimed: string[][] = [];
    const signals: AbortSignal[] = [];
    const clock = createManualClock(Date.parse('2026-11-26T12:00:00Z'));
    const scheduled = createScheduledBackups({
      schedules: [daily, { ...daily, tag: 'lte' }, { ...daily, device: 'none-*' }],
      devices: () => [aDevice('a', createRouterShell(), { tags: ['lte'] }), aDevice('b', createRouterShell())],
      runner: {
        claim: async (_run, devices, signal) => {
          claimed.push(devices.map(({ name }) => name));
          signals.push(signal);
          return 'finished';
        },
      },
      ...{ calendar: berlin, clock, logger: createMemoryLogger() },
      jobs: { note: async () => {}, lastRuns: async () => [] },
    });
    scheduled.start();
    clock.advance(60_000);
    while (claimed.length < 2) await new Promise((resolve) => setImmediate(resolve));
    await scheduled.stop();
    assert.deepEqual(claimed, [['a', 'b'], ['a']]);
    assert.ok(signals.every(({ aborted }) => aborted));
    await scheduled.look();
    assert.equal(claimed.length, 2);
  });

  it('asks again for a run that another worker makes, until it is finished', async () => {
    const answers = ['held', 'finished'] as const;
    let asked = 0;
    const scheduled = createScheduledBackups({
      schedules: [daily],
      devices: () => [aDevice('a', createRouterShell())],
      runner: { claim: async () => answers[asked++] ?? 'finished' },
      ...{ calendar: berlin, clock: createManualClock(Date.parse('2026-11-26T12:00:00Z')) },
      ...{ logger: createMemoryLogger(), jobs: { note: async () => {}, lastRuns: async () => [] } },
    });
    for (let minute = 0; minute < 3; minute += 1) await scheduled.look();
    assert.equal(asked, 2);
  });
});
