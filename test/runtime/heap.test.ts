import assert from 'node:assert/strict';
import { it } from 'node:test';
import { growingPercent } from '../../src/runtime/heap.ts';

it('lets the heap grow by more only where Node is started with a large young generation', () => {
  assert.equal(growingPercent('', []), 20);
  assert.equal(growingPercent('--max-semi-space-size=8', []), 20);
  assert.equal(growingPercent('--no-warnings --max-semi-space-size=32', []), 40);
  assert.equal(growingPercent('', ['--max_semi_space_size=64']), 40);
});

it('goes by the option that Node goes by where there are several', () => {
  assert.equal(growingPercent('--max-semi-space-size=8 --max-semi-space-size=32', []), 40);
  assert.equal(growingPercent('--max-semi-space-size=32', ['--max-semi-space-size=8']), 20);
});
