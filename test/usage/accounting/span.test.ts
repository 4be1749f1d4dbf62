import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SampleStamp } from '../../../src/usage/accounting/counter.ts';
import {
  clip,
  hull,
  intervalByClock,
  intervalOverBoot,
  intervalWithinBoot,
  type Span,
  spanMs,
  startingAt,
  union,
} from '../../../src/usage/accounting/span.ts';
import { HOUR, MINUTE, SECOND, START_AT, stampAt } from '../../support/samples.ts';

const noon = stampAt(0);
/** Read so long after `noon` by uptime and by the monotonic clock, while the wall clock shows something else. */
function readAfter(ms: number, byWallClockMs: number, over: Partial<SampleStamp> = {}): SampleStamp {
  return stampAt(ms, { sampledAt: START_AT + byWallClockMs, ...over });
}
function span(from: number, to: number): Span {
  return { startAt: START_AT + from, endAt: START_AT + to };
}

describe('the interval between two samples of one boot', () => {
  const state = { ...noon, hadUnidentifiedRows: false, baselines: new Map() };
  for (const each of [
    { it: 'lies between their instants', sample: readAfter(MINUTE, MINUTE), is: span(0, MINUTE) },
    {
      it: 'lies between them although clocks are 5 s apart',
      sample: readAfter(MINUTE, MINUTE + 5 * SECOND),
      is: span(0, MINUTE + 5 * SECOND),
    },
    {
      it: 'lies between them when the clock was set back by less than the interval: no byte is dated twice',
      sample: readAfter(MINUTE, 20 * SECOND),
      is: span(0, 20 * SECOND),
    },
    {
      it: 'is as long as uptime says when the clock was set forward by more than 5 s',
      sample: readAfter(MINUTE, MINUTE + 5 * SECOND + 1),
      is: span(5 * SECOND + 1, MINUTE + 5 * SECOND + 1),
    },
    {
      it: 'is as long as uptime says when the clock was set forward by years',
      sample: readAfter(MINUTE, 9_000 * HOUR),
      is: span(9_000 * HOUR - MINUTE, 9_000 * HOUR),
    },
    {
      it: 'is as long as uptime says when the clock was set back over the last sample',
      sample: readAfter(MINUTE, -HOUR),
      is: span(-HOUR - MINUTE, -HOUR),
    },
    {
      it: 'is as long as uptime says when both have the same instant',
      sample: readAfter(2 * SECOND, 0),
      is: span(-2 * SECOND, 0),
    },
    {
      it: 'has no length where neither clock nor uptime moved',
      sample: readAfter(500, 0, { uptimeMs: noon.uptimeMs }),
      is: span(0, 0),
    },
  ])
    it(each.it, () => assert.deepEqual(intervalWithinBoot(state, each.sample), each.is));
});

describe('the interval over a reboot', () => {
  for (const each of [
    {
      it: 'is cut at the boot',
      sample: stampAt(HOUR, { uptimeMs: 10 * MINUTE }),
      is: { before: span(0, 50 * MINUTE), since: span(50 * MINUTE, HOUR) },
    },
    {
      it: 'has nothing before the boot where clocks disagree on which was first',
      sample: stampAt(10 * SECOND, { uptimeMs: 12 * SECOND }),
      is: { before: span(0, 0), since: span(0, 10 * SECOND) },
    },
    {
      it: 'goes by the monotonic clock when one process read both and its wall clock was set back',
      sample: readAfter(HOUR, -2 * HOUR, { uptimeMs: 10 * MINUTE }),
      is: { before: span(-3 * HOUR, -2 * HOUR - 10 * MINUTE), since: span(-2 * HOUR - 10 * MINUTE, -2 * HOUR) },
    },
    {
      it: 'has nothing before the boot when the clock was set back between two processes',
      sample: readAfter(HOUR, -2 * HOUR, { uptimeMs: 10 * MINUTE, reader: 'two' }),
      is: {
        before: span(-2 * HOUR - 10 * MINUTE, -2 * HOUR - 10 * MINUTE),
        since: span(-2 * HOUR - 10 * MINUTE, -2 * HOUR),
      },
    },
  ])
    it(each.it, () => assert.deepEqual(intervalOverBoot(noon, each.sample), each.is));
});

describe('the interval by the clocks alone', () => {
  for (const each of [
    { it: 'lies between the instants', sample: stampAt(MINUTE), is: span(0, MINUTE) },
    {
      it: 'goes by the monotonic clock when one process read both and its wall clock was set back',
      sample: readAfter(MINUTE, -HOUR),
      is: span(-HOUR - MINUTE, -HOUR),
    },
    {
      it: 'begins at a whole millisecond although the monotonic clock has fractions',
      sample: readAfter(MINUTE, -HOUR, { monotonicMs: noon.monotonicMs + MINUTE + 0.25 }),
      is: span(-HOUR - MINUTE - 1, -HOUR),
    },
    {
      it: 'is empty when the clock was set back between two processes',
      sample: readAfter(MINUTE, -HOUR, { reader: 'two' }),
      is: span(-HOUR, -HOUR),
    },
  ])
    it(each.it, () => assert.deepEqual(intervalByClock(noon, each.sample), each.is));
});

describe('spans', () => {
  it('have the length from start to end', () => {
    assert.equal(spanMs(span(5, 12)), 7);
  });

  it('are held together by their hull, gap included', () => {
    assert.deepEqual(hull(null, span(1, 2)), span(1, 2));
    assert.deepEqual(hull(span(5, 6), span(1, 2)), span(1, 6));
    assert.deepEqual(hull(span(1, 9), span(3, 4)), span(1, 9));
  });

  it('start earlier where an earlier start is known, never later', () => {
    assert.deepEqual(startingAt(START_AT - 3, span(0, 5)), span(-3, 5));
    assert.deepEqual(startingAt(START_AT + 3, span(0, 5)), span(0, 5));
  });
});

describe('the part of a span within another', () => {
  for (const [name, one, is] of [
    ['is all of one that lies within', span(2, 3), span(2, 3)],
    ['is cut at both ends', span(-5, 50), span(0, 10)],
    ['is none of one that only touches its start', span(-5, 0), null],
    ['is none of one that only touches its end', span(10, 11), null],
  ] as const) {
    it(name, () => assert.deepEqual(clip(one, span(0, 10)), is));
  }
});

describe('the union of spans', () => {
  it('is in order, without overlaps, with those that touch as one', () => {
    const spans = [span(50, 60), span(0, 10), span(5, 7), span(10, 12), span(13, 14), span(8, 12)];
    assert.deepEqual(union(spans), [span(0, 12), span(13, 14), span(50, 60)]);
    assert.deepEqual(union([]), []);
  });
});
