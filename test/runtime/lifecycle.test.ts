import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Part, runUntil } from '../../src/runtime/lifecycle.ts';
import { createLogger } from '../../src/runtime/logger.ts';

const logger = createLogger({ level: 'silent', isPretty: false });

function recorder(trail: string[]) {
  return (name: string, faults: { start?: boolean; stop?: boolean } = {}): Part => ({
    name,
    start() {
      trail.push(`start ${name}`);
      if (faults.start) throw new Error(`${name} cannot start`);
    },
    stop() {
      trail.push(`stop ${name}`);
      if (faults.stop) throw new Error(`${name} cannot stop`);
    },
  });
}

describe('running until a signal', () => {
  it('starts the parts in order and stops them in reverse, whatever one of them says', async () => {
    const trail: string[] = [];
    const part = recorder(trail);
    const aborter = new AbortController();
    const run = runUntil(aborter.signal, [part('a'), part('b', { stop: true }), part('c')], logger);
    aborter.abort();
    await run;
    assert.deepEqual(trail, ['start a', 'stop a']);

    trail.length = 0;
    const later = new AbortController();
    const last: Part = { name: 'last', start: () => later.abort(), stop: () => {} };
    await runUntil(later.signal, [part('a'), part('b', { stop: true }), part('c'), last], logger);
    assert.deepEqual(trail, ['start a', 'start b', 'start c', 'stop c', 'stop b', 'stop a']);
  });

  it('stops what it started when one part cannot start, and passes the failure on', async () => {
    const trail: string[] = [];
    const part = recorder(trail);
    const parts = [part('a'), part('b', { start: true }), part('c')];
    await assert.rejects(runUntil(new AbortController().signal, parts, logger), /b cannot start/);
    assert.deepEqual(trail, ['start a', 'start b', 'stop b', 'stop a']);
  });
});
