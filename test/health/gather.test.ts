import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type FleetFall, gather, NOTHING_TOLD, type Told, type WaitingNews } from '../../src/health/gather.ts';
import type { NewsEvent } from '../../src/health/news.ts';
import { NOON } from './support.ts';

const EVERY_MS = 30_000;
const CALM: FleetFall = { size: 100, fallenAt: [] };

let ids = 0;
function news(device: string, event: NewsEvent, seconds = 0): WaitingNews {
  ids += 1;
  return {
    id: ids,
    device,
    event,
    at: NOON + seconds * 1000,
    since: NOON + seconds * 1000,
    incident: 'device',
    reason: null,
  };
}

function tell(waiting: readonly WaitingNews[], told: Told, seconds: number, fleet: FleetFall = CALM) {
  const { bulletins, told: next } = gather(waiting, told, { now: NOON + seconds * 1000, everyMs: EVERY_MS, fleet });
  const said = bulletins.map(({ event, news: each, recovered }) => [
    event,
    each.map(({ device }) => device).join(' '),
    ...(recovered.length === 0 ? [] : [`and back ${recovered.map(({ device }) => device).join(' ')}`]),
  ]);
  const done = new Set(bulletins.flatMap((each) => each.ids));
  return { said, told: next, left: waiting.filter(({ id }) => !done.has(id)) };
}

describe('what is told together', () => {
  it('tells the first DOWN at once, and those that follow within one round in one notice', () => {
    const first = tell([news('a', 'down')], NOTHING_TOLD, 0);
    assert.deepEqual(first.said, [['down', 'a']]);
    const more = [news('b', 'down', 5), news('c', 'down', 9)];
    assert.deepEqual(tell(more, first.told, 10).said, []);
    assert.deepEqual(tell(more, first.told, 30).said, [['down', 'b c']]);
  });

  it('tells of an UP as of a DOWN: the first at once, the others together', () => {
    const first = tell([news('a', 'up')], NOTHING_TOLD, 0);
    assert.deepEqual(first.said, [['up', 'a']]);
    assert.deepEqual(tell([news('b', 'up')], first.told, 29).said, []);
    assert.deepEqual(tell([news('b', 'up')], first.told, 31).said, [['up', 'b']]);
  });

  it('tells of an outage that ended before it was told, once', () => {
    const { told } = tell([news('a', 'down')], NOTHING_TOLD, 0);
    const waiting = [news('b', 'down', 3), news('c', 'down', 4), news('b', 'up', 20)];
    assert.deepEqual(tell(waiting, told, 20).said, []);
    const later = tell(waiting, told, 30);
    assert.deepEqual(later.said, [['down', 'c', 'and back b']]);
    assert.deepEqual(later.left, []);
  });

  it('waits two rounds when 30 % of the fleet fall within one, and then tells all at once', () => {
    const fallenAt = Array.from({ length: 30 }, (_, index) => NOON - 60_000 + index * 1000);
    const waiting = [news('a', 'down')];
    const first = tell(waiting, NOTHING_TOLD, 0, { size: 100, fallenAt });
    assert.deepEqual(first.said, []);
    const more = [...waiting, news('b', 'down', 20), news('c', 'down', 50), news('a', 'up', 40)];
    assert.deepEqual(tell(more, first.told, 59, { size: 100, fallenAt }).said, []);
    const later = tell(more, first.told, 60);
    assert.deepEqual(later.said, [['mass', 'b c', 'and back a']]);
    assert.equal(later.told.holdUntil, null);
    assert.deepEqual(tell([news('d', 'down', 70)], later.told, 70).said, []);
  });

  for (const [what, size, seconds, isMass] of [
    ['three of ten within a round', 10, [0, 10, 20], true],
    ['three of eleven', 11, [0, 10, 20], false],
    ['three of ten over more than a round', 10, [0, 20, 40], false],
    ['two of three', 3, [0, 1], false],
    ['all of three', 3, [0, 1, 2], true],
  ] as const) {
    it(`takes ${what} for ${isMass ? 'a' : 'no'} fall of the fleet`, () => {
      const fleet = { size, fallenAt: seconds.map((each) => NOON + each * 1000) };
      assert.equal(tell([news('a', 'down')], NOTHING_TOLD, 60, fleet).told.holdUntil !== null, isMass);
    });
  }

  it('tells other news of its own kind only, also while it waits for the fleet', () => {
    const told: Told = { last: {}, holdUntil: NOON + 60_000 };
    const waiting = [news('a', 'warning'), news('b', 'flapping'), news('c', 'warning'), news('d', 'down')];
    assert.deepEqual(tell(waiting, told, 0).said, [
      ['flapping', 'b'],
      ['warning', 'a c'],
    ]);
  });

  it('is not silenced by a clock that is set back', () => {
    const told: Told = { last: { down: NOON + 9e9 }, holdUntil: NOON + 9e9 };
    assert.deepEqual(tell([news('a', 'down')], told, 0).said, [['mass', 'a']]);
  });

  it('tells each news exactly once, and within two rounds and one more', () => {
    const events = fc.constantFrom<NewsEvent[]>('down', 'up', 'flapping', 'steady', 'ill', 'warning', 'cleared');
    const arrival = fc.record({ device: fc.constantFrom('a', 'b', 'c', 'd'), event: events, second: fc.nat(200) });
    fc.assert(
      fc.property(fc.array(arrival), fc.array(fc.nat(200)), (arrivals, falls) => {
        const all = arrivals.map(({ device, event, second }) => news(device, event, second));
        let told = NOTHING_TOLD;
        let waiting: readonly WaitingNews[] = [];
        let seen = 0;
        for (let second = 0; second <= 200 + 91; second += 1) {
          const fleet = { size: 4, fallenAt: falls.filter((each) => each === second).map(() => NOON + second * 1000) };
          const now = [...waiting, ...all.filter(({ at }) => at === NOON + second * 1000)];
          const result = tell(now, told, second, fleet);
          seen += now.length - result.left.length;
          ({ told, left: waiting } = result);
        }
        assert.deepEqual([seen, waiting.length], [all.length, 0]);
      }),
    );
  });
});
