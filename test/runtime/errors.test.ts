import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { messageOf } from '../../src/runtime/errors.ts';

describe('what an error says', () => {
  const refused = [new Error('connect ECONNREFUSED ::1:25'), new Error('connect ECONNREFUSED 127.0.0.1:25')];

  for (const [what, error, said] of [
    ['its message', new Error('it broke'), 'it broke'],
    [
      'each reason, where all addresses of a name failed',
      new AggregateError(refused),
      refused.map((e) => e.message).join('; '),
    ],
    ['one reason once', new AggregateError([new Error('timeout'), new Error('timeout')]), 'timeout'],
    ['its own message, where it has one', new AggregateError(refused, 'nobody answers'), 'nobody answers'],
  ] as const) {
    it(`is ${what}`, () => {
      assert.equal(messageOf(error), said);
    });
  }
});
