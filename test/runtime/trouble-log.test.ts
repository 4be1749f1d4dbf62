import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TroubleError } from '../../src/runtime/errors.ts';
import { createTroubleLog } from '../../src/runtime/trouble-log.ts';
import { createManualClock } from '../support/manual-clock.ts';

const REFUSED = new TroubleError('ROUTER_REFUSED', 'edge-1 refused the connection', 'Is the API service on?');
const LOGIN = new TroubleError('ROUTER_LOGIN', 'edge-1 refused the login', 'See to the password.');

function setUp() {
  const lines: unknown[][] = [];
  const logger = {
    debug: (...line: unknown[]) => lines.push(['debug', ...line]),
    info: (...line: unknown[]) => lines.push(['info', ...line]),
    warn: (...line: unknown[]) => lines.push(['warn', ...line]),
    error: (...line: unknown[]) => lines.push(['error', ...line]),
  };
  const clock = createManualClock(0);
  return { lines, clock, troubles: createTroubleLog({ logger, clock }) };
}

describe('the log of troubles', () => {
  it('says once that a trouble starts, with its code and advice, and once how long it lasted', () => {
    const { lines, clock, troubles } = setUp();
    troubles.started('router edge-1', REFUSED);
    for (let minute = 0; minute < 30; minute += 1) {
      clock.advance(60_000);
      troubles.started('router edge-1', REFUSED);
    }
    troubles.ended('router edge-1');
    troubles.ended('router edge-1');
    const { code, message: reason, advice } = REFUSED;
    assert.deepEqual(lines, [
      ['warn', { subject: 'router edge-1', code, reason, advice }, 'trouble started'],
      ['info', { subject: 'router edge-1', code, lastedSeconds: 1800 }, 'trouble is over'],
    ]);
  });

  it('says it anew when the trouble becomes another, and counts from the first', () => {
    const { lines, clock, troubles } = setUp();
    troubles.started('router edge-1', REFUSED);
    clock.advance(60_000);
    troubles.started('router edge-1', LOGIN);
    clock.advance(60_000);
    troubles.ended('router edge-1');
    assert.equal(lines.length, 3);
    assert.deepEqual(lines[2]?.[1], { subject: 'router edge-1', code: 'ROUTER_LOGIN', lastedSeconds: 120 });
  });

  it('keeps subjects apart and begins again after an end', () => {
    const { lines, troubles } = setUp();
    troubles.started('router edge-1', REFUSED);
    troubles.started('router edge-2', REFUSED);
    troubles.ended('router edge-1');
    troubles.started('router edge-1', REFUSED);
    assert.deepEqual(
      lines.map(([level]) => level),
      ['warn', 'warn', 'info', 'warn'],
    );
  });

  it('does not count a step of the wall clock', () => {
    const { lines, clock, troubles } = setUp();
    troubles.started('database', REFUSED);
    clock.step(3_600_000);
    clock.advance(5_000);
    troubles.ended('database');
    assert.deepEqual(lines[1]?.[1], { subject: 'database', code: 'ROUTER_REFUSED', lastedSeconds: 5 });
  });
});
