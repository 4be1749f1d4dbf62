import assert from 'node:assert/strict';
import { afterEach, describe, it, mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { everyMinute } from '../../src/runtime/cron.ts';

describe('everyMinute', () => {
  afterEach(() => mock.timers.reset());

  it('calls at the start of each minute until it is stopped', async () => {
    mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: Date.UTC(2026, 10, 20, 13, 14, 30) });
    const calledAt: string[] = [];
    const stop = everyMinute(() => calledAt.push(new Date().toISOString().slice(11, 19)));
    await pass(100);
    stop();
    await pass(100);
    assert.deepEqual(calledAt, ['13:15:00', '13:16:00']);
  });

  async function pass(seconds: number) {
    for (let second = 0; second < seconds; second += 1) {
      mock.timers.tick(1000);
      await turn();
    }
  }
});
