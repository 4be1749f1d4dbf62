import assert from 'node:assert/strict';
import { it } from 'node:test';
import { TroubleError } from '../../src/runtime/errors.ts';
import { createPollLog } from '../../src/usage/poll-log.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';

it('each poll has a line of level debug: how many queues, or what was wrong, and how long it took', () => {
  const logger = createMemoryLogger();
  const { polled } = createPollLog(logger);
  const facts = { version: '7.20.1', board: null, identity: null, bootedAt: 0 };
  polled({ status: 'booked', router: 'edge-1', queues: 12, facts }, 34.6);
  polled({ status: 'failed', router: 'edge-2', trouble: new TroubleError('ROUTER_TIMEOUT', 'away', 'look') }, 5_000);
  assert.deepEqual(logger.entries, [
    {
      level: 'debug',
      fields: { router: 'edge-1', status: 'booked', queues: 12, durationMs: 35 },
      message: 'router polled',
    },
    {
      level: 'debug',
      fields: { router: 'edge-2', status: 'failed', code: 'ROUTER_TIMEOUT', durationMs: 5_000 },
      message: 'router polled',
    },
  ]);
});
