import assert from 'node:assert/strict';
import { it } from 'node:test';
import { beatWhileIdle } from '../../src/runtime/heartbeat.ts';
import { createManualClock } from '../support/manual-clock.ts';

it('the heartbeat goes on while there is no router to read, and leaves it to the polls otherwise', () => {
  const clock = createManualClock(0);
  let beats = 0;
  let isIdle = true;
  const stop = beatWhileIdle({ isIdle: () => isIdle, beat: () => (beats += 1), clock, everyMs: 10_000 });
  clock.advance(30_000);
  assert.equal(beats, 3);
  isIdle = false;
  clock.advance(30_000);
  assert.equal(beats, 3);
  isIdle = true;
  clock.advance(10_000);
  assert.equal(beats, 4);
  stop();
  assert.equal(clock.pending(), 0);
});
