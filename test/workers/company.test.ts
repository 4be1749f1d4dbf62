import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createCompany } from '../../src/workers/company.ts';
import type { Member } from '../../src/workers/ports.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';

function memberOf(worker: string): Member {
  return {
    ...{ worker, host: `host-${worker}`, pid: 7, startedAt: 0, lastSeenAt: 0, isLeaving: false },
    ...{ locked: [], read: [], lapsed: [] },
  };
}

it('tells which workers join, leave and are lost, once each, and not who was there before', () => {
  const logger = createMemoryLogger();
  const company = createCompany(logger);
  const [a, b, c] = [memberOf('a'), memberOf('b'), memberOf('c')];
  const said = (others: readonly Member[], listed: readonly Member[]) => {
    const before = logger.entries.length;
    company.seen(others, listed);
    return logger.entries.slice(before).map(({ level, fields, message }) => [level, fields['other'], message]);
  };
  assert.deepEqual(said([a], [a]), []);
  assert.deepEqual(said([a, b, c], [a, b, c]), [
    ['info', 'b', 'another worker has joined'],
    ['info', 'c', 'another worker has joined'],
  ]);
  assert.deepEqual(said([c, b, a], [a, b, c]), []);
  assert.deepEqual(said([c], [b, c]), [
    ['warn', 'b', 'another worker is lost: the others take over its routers'],
    ['info', 'a', 'another worker has left'],
  ]);
  assert.deepEqual(said([c], [c]), []);
  assert.deepEqual(said([a, c], [a, c]), [['info', 'a', 'another worker has joined']]);
});
