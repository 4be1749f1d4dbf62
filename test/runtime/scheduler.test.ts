import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLimiter } from '../../src/runtime/limiter.ts';
import { createScheduler } from '../../src/runtime/scheduler.ts';
import { createManualClock } from '../support/manual-clock.ts';

/** Lets everything that is already resolved go on. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function failLoudly(bug: unknown): void {
  assert.fail(String(bug));
}

const everyMinute = (at: number) => Math.floor(at / 60_000 + 1) * 60_000;

describe('the scheduler', () => {
  it('runs a job at each of its instants', async () => {
    const clock = createManualClock(30_000);
    const ranAt: number[] = [];
    const job = { nextAfter: everyMinute, run: async () => void ranAt.push(clock.now()) };
    const scheduler = createScheduler({ jobs: [job], clock, onBug: failLoudly });
    scheduler.start();
    for (let minute = 0; minute < 3; minute++) {
      clock.advance(60_000);
      await settle();
    }
    assert.deepEqual(ranAt, [60_000, 120_000, 180_000]);
    await scheduler.stop(0);
  });

  it('never overlaps a job with itself and skips the instants it overran', async () => {
    const clock = createManualClock(0);
    const gate = Promise.withResolvers<void>();
    let runs = 0;
    const job = {
      nextAfter: everyMinute,
      run: () => {
        runs++;
        return runs === 1 ? gate.promise : Promise.resolve();
      },
    };
    const scheduler = createScheduler({ jobs: [job], clock, onBug: failLoudly });
    scheduler.start();
    clock.advance(60_000);
    clock.advance(150_000);
    assert.equal(runs, 1);
    gate.resolve();
    await settle();
    clock.advance(30_000);
    assert.equal(runs, 2);
    await scheduler.stop(0);
  });

  it('is loud about a bug and goes on', async () => {
    const clock = createManualClock(0);
    const bugs: unknown[] = [];
    const job = { nextAfter: everyMinute, run: () => Promise.reject(new Error('bug')) };
    const scheduler = createScheduler({ jobs: [job], clock, onBug: (bug) => bugs.push(bug) });
    scheduler.start();
    for (let minute = 0; minute < 2; minute++) {
      clock.advance(60_000);
      await settle();
    }
    assert.equal(bugs.length, 2);
    await scheduler.stop(0);
  });

  it('waits on stop for a run in progress, aborts it after the grace, and starts none', async () => {
    const clock = createManualClock(0);
    let runs = 0;
    const job = {
      nextAfter: everyMinute,
      run: (signal: AbortSignal) => {
        runs++;
        return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      },
    };
    const scheduler = createScheduler({ jobs: [job], clock, onBug: failLoudly });
    scheduler.start();
    clock.advance(60_000);
    let stopped = false;
    const stopping = scheduler.stop(5_000).then(() => {
      stopped = true;
    });
    clock.advance(4_999);
    await settle();
    assert.equal(stopped, false);
    clock.advance(1);
    await stopping;
    clock.advance(600_000);
    assert.equal(runs, 1);
  });

  it('takes up a job that is added while it runs, and none after it was stopped', async () => {
    const clock = createManualClock(0);
    const ran: string[] = [];
    const job = (name: string) => ({ nextAfter: everyMinute, run: async () => void ran.push(name) });
    const scheduler = createScheduler({ jobs: [job('first')], clock, onBug: failLoudly });
    scheduler.start();
    clock.advance(30_000);
    scheduler.add(job('second'));
    clock.advance(30_000);
    await settle();
    assert.deepEqual(ran, ['first', 'second']);
    await scheduler.stop(0);
    scheduler.add(job('third'));
    clock.advance(600_000);
    await settle();
    assert.deepEqual(ran, ['first', 'second']);
  });

  it('starts a job that was added before the start with the others', async () => {
    const clock = createManualClock(0);
    let runs = 0;
    const scheduler = createScheduler({ jobs: [], clock, onBug: failLoudly });
    scheduler.add({ nextAfter: everyMinute, run: async () => void runs++ });
    clock.advance(120_000);
    assert.equal(runs, 0);
    scheduler.start();
    clock.advance(60_000);
    assert.equal(runs, 1);
    await settle();
    await scheduler.stop(0);
  });

  it('removes one job, waits for its run, aborts that after the grace, and leaves the others alone', async () => {
    const clock = createManualClock(0);
    const runs = { gone: 0, kept: 0 };
    const scheduler = createScheduler({ jobs: [], clock, onBug: failLoudly });
    const remove = scheduler.add({
      nextAfter: everyMinute,
      run(signal) {
        runs.gone++;
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
      },
    });
    scheduler.add({ nextAfter: everyMinute, run: async () => void runs.kept++ });
    scheduler.start();
    clock.advance(60_000);
    await settle();
    let removed = false;
    const removing = remove(5_000).then(() => {
      removed = true;
    });
    clock.advance(4_999);
    await settle();
    assert.equal(removed, false);
    clock.advance(1);
    await removing;
    clock.advance(60_000);
    await settle();
    assert.deepEqual(runs, { gone: 1, kept: 2 });
    await scheduler.stop(0);
  });
});

describe('the limiter', () => {
  it('lets no more than the set number run at once and keeps the order', async () => {
    const limiter = createLimiter(2);
    const gates = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
    const started: number[] = [];
    const tasks = gates.map((gate, index) =>
      limiter.run(() => {
        started.push(index);
        return gate.promise;
      }),
    );
    await settle();
    assert.deepEqual(started, [0, 1]);
    gates[1]?.resolve();
    await settle();
    assert.deepEqual(started, [0, 1, 2]);
    for (const gate of gates) gate.resolve();
    await Promise.all(tasks);
    assert.deepEqual(started, [0, 1, 2, 3]);
  });

  it('gives its place on when a task fails', async () => {
    const limiter = createLimiter(1);
    await assert.rejects(limiter.run(() => Promise.reject(new Error('bug'))));
    assert.equal(await limiter.run(async () => 'next'), 'next');
  });
});
