import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { createLevelSwitch } from '../../src/runtime/log-level.ts';
import { createManualClock } from '../support/manual-clock.ts';

const HOUR = 3_600_000;

/** `said`: what was logged at a level that is written then. */
function setUp(level: string) {
  const clock = createManualClock(1_000);
  const aborter = new AbortController();
  const said: string[] = [];
  const write = (line: string) => {
    const { level: _level, time: _time, pid: _pid, hostname: _hostname, msg, ...fields } = JSON.parse(line);
    said.push(`${msg} ${JSON.stringify(fields)}`);
  };
  const logger = pino({ level }, { write });
  return { clock, aborter, logger, said, levels: createLevelSwitch({ logger, clock, signal: aborter.signal }) };
}

describe('the switch of the log level', () => {
  it('raises it for an hour', () => {
    const { clock, logger, levels } = setUp('warn');
    levels.toggle();
    assert.equal(logger.level, 'debug');
    assert.deepEqual(levels.state(), { level: 'debug', configured: 'warn', backAt: 1_000 + HOUR });
    clock.advance(HOUR - 1);
    assert.equal(logger.level, 'debug');
    clock.advance(1);
    assert.equal(logger.level, 'warn');
    assert.deepEqual(levels.state(), { level: 'warn', configured: 'warn', backAt: null });
  });

  it('takes it back when it is pressed again, and raises it again for a whole hour', () => {
    const { clock, logger, levels } = setUp('info');
    levels.toggle();
    clock.advance(HOUR / 2);
    levels.toggle();
    assert.equal(logger.level, 'info');
    assert.equal(clock.pending(), 0);
    levels.toggle();
    clock.advance(HOUR - 1);
    assert.equal(logger.level, 'debug');
  });

  it('sets any level for an hour from the last time on, and the configured one at once', () => {
    const { clock, logger, levels } = setUp('info');
    levels.set('error');
    assert.equal(logger.level, 'error');
    clock.advance(HOUR - 1);
    levels.set('debug');
    clock.advance(HOUR - 1);
    assert.equal(logger.level, 'debug');
    levels.set('info');
    assert.equal(logger.level, 'info');
    assert.equal(clock.pending(), 0);
    levels.set('info');
    assert.equal(clock.pending(), 0);
  });

  it('says each change once, at the level that shows more', () => {
    const { clock, levels, said } = setUp('info');
    levels.set('error');
    clock.advance(HOUR);
    levels.set('debug');
    levels.set('info');
    levels.set('info');
    const forHour = (level: string) =>
      `log level changed; SIGUSR2 takes it back {"logLevel":"${level}","forMinutes":60}`;
    const back = 'log level is the configured one again {"logLevel":"info"}';
    assert.deepEqual(said, [forHour('error'), back, forHour('debug'), back]);
  });

  it('leaves no timer to a worker that stops', () => {
    const { clock, aborter, levels } = setUp('info');
    levels.toggle();
    aborter.abort();
    assert.equal(clock.pending(), 0);
    levels.toggle();
    levels.set('warn');
    assert.equal(clock.pending(), 0);
  });
});
