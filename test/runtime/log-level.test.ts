import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLevelSwitch } from '../../src/runtime/log-level.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';

function setUp(level: string) {
  const clock = createManualClock(0);
  const aborter = new AbortController();
  const logger = Object.assign(createMemoryLogger(), { level });
  const press = createLevelSwitch({ logger, clock, signal: aborter.signal });
  return { clock, aborter, logger, press };
}

describe('the switch of the log level', () => {
  it('raises it for an hour', () => {
    const { clock, logger, press } = setUp('warn');
    press();
    assert.equal(logger.level, 'debug');
    clock.advance(3_600_000 - 1);
    assert.equal(logger.level, 'debug');
    clock.advance(1);
    assert.equal(logger.level, 'warn');
  });

  it('takes it back when it is pressed again, and raises it again for a whole hour', () => {
    const { clock, logger, press } = setUp('info');
    press();
    clock.advance(1_800_000);
    press();
    assert.equal(logger.level, 'info');
    assert.equal(clock.pending(), 0);
    press();
    clock.advance(3_599_999);
    assert.equal(logger.level, 'debug');
  });

  it('leaves no timer to a worker that stops', () => {
    const { clock, aborter, press } = setUp('info');
    press();
    aborter.abort();
    assert.equal(clock.pending(), 0);
    press();
    assert.equal(clock.pending(), 0);
  });
});
