import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { needsSpans, type QueueSpan, unobservedTogether } from '../../../src/usage/accounting/unobserved.ts';

const WITHIN = { startAt: 0, endAt: 1000 };
const WHO = { router: 'edge-1', user: 'bob', isParent: false };

function queue(name: string, unobservedMs: number) {
  return { ...WHO, queue: name, unobservedMs };
}

function span(name: string, startAt: number, endAt: number, change: Partial<QueueSpan> = {}): QueueSpan {
  return { ...WHO, queue: name, startAt, endAt, ...change };
}

describe('unobserved time of several queues together', () => {
  it('is that of the only one that has any, wherever it lies', () => {
    assert.equal(needsSpans([queue('tv', 300), queue('phone', 0)]), false);
    assert.equal(unobservedTogether([queue('tv', 300), queue('phone', 0)], [], WITHIN), 300);
    assert.equal(unobservedTogether([], [], WITHIN), 0);
  });

  it('counts the same time once: neither the sum nor the longest', () => {
    const queues = [queue('tv', 300), queue('phone', 300)];
    assert.equal(needsSpans(queues), true);
    assert.equal(unobservedTogether(queues, [span('tv', 100, 400), span('phone', 200, 500)], WITHIN), 400);
    assert.equal(unobservedTogether(queues, [span('tv', 100, 400), span('phone', 100, 400)], WITHIN), 300);
    assert.equal(unobservedTogether(queues, [span('tv', 100, 400), span('phone', 600, 900)], WITHIN), 600);
  });

  it('takes of a span only what lies within', () => {
    const queues = [queue('tv', 100), queue('phone', 200)];
    assert.equal(unobservedTogether(queues, [span('tv', -500, 100), span('phone', 800, 1700)], WITHIN), 300);
  });

  it('passes over spans of other queues, users and routers, and of the same name as a parent', () => {
    const queues = [queue('tv', 100), queue('phone', 100)];
    const others = [
      span('tv', 500, 900, { user: 'eve' }),
      span('tv', 500, 900, { router: 'edge-2' }),
      span('tv', 500, 900, { isParent: true }),
      span('radio', 500, 900),
    ];
    assert.equal(unobservedTogether(queues, [span('tv', 0, 100), span('phone', 0, 100), ...others], WITHIN), 100);
  });

  it('adds time of which only the length is stored, and says no more than there is', () => {
    assert.equal(unobservedTogether([queue('tv', 300), queue('phone', 200)], [], WITHIN), 500);
    assert.equal(unobservedTogether([queue('tv', 300), queue('phone', 200)], [span('tv', 0, 200)], WITHIN), 500);
    assert.equal(unobservedTogether([queue('tv', 900), queue('phone', 900)], [], WITHIN), 1000);
  });

  it('is never shorter than the longest and never longer than the sum', () => {
    const pieces = fc.array(fc.tuple(fc.constantFrom('tv', 'phone', 'pc'), fc.nat(1000), fc.nat(1000)), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(pieces, (given) => {
        const spans = given.map(([name, one, other]) => span(name, Math.min(one, other), Math.max(one, other)));
        const seen = (of: readonly QueueSpan[]) =>
          new Set(of.flatMap(({ startAt, endAt }) => Array.from({ length: endAt - startAt }, (_, at) => startAt + at)))
            .size;
        const queues = ['tv', 'phone', 'pc'].map((name) =>
          queue(name, seen(spans.filter((one) => one.queue === name))),
        );
        assert.equal(unobservedTogether(queues, spans, WITHIN), seen(spans));
      }),
    );
  });
});
