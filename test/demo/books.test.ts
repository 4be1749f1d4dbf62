import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareBooks, findMismatches, sumLines } from '../../src/demo/books.ts';
import { exportOf, usualConfiguration } from '../../src/demo/configuration.ts';
import { createNetwork } from '../../src/demo/network.ts';
import { type QueueTruth, ZERO } from '../../src/demo/truth.ts';
import { findBackupMismatches, findHealthMismatches } from '../../src/demo/verdict.ts';
import type { State, Transition } from '../../src/health/state.ts';
import type { Counter } from '../../src/usage/accounting/counter.ts';
import type { QueueDay } from '../../src/usage/ports.ts';

function both(uploadBytes: bigint, downloadBytes: bigint): Counter {
  return { uploadBytes, downloadBytes };
}

function truth(moved: Counter, lost = ZERO): QueueTruth {
  return { moved, lost, observable: ZERO, unserved: ZERO };
}

function day(router: string, queue: string, booked: Counter, restarts = 0): QueueDay {
  const row = { day: '2026-01-01', router, queue, user: queue, isParent: false, comment: null, estimatedBytes: 0n };
  return { ...row, ...booked, restarts, unobservedMs: restarts * 1000 };
}

describe('booked bytes beside true bytes', () => {
  it('adds the days of a queue up and keeps routers apart', () => {
    const lines = compareBooks(
      [day('r1', 'bob', both(1n, 10n), 1), day('r1', 'bob', both(2n, 20n)), day('r2', 'bob', both(0n, 5n), 2)],
      new Map([
        ['r1', new Map([['bob', truth(both(4n, 31n), both(1n, 1n))]])],
        ['r2', new Map([['bob', truth(both(0n, 5n))]])],
      ]),
    );
    assert.deepEqual(sumLines(lines), {
      bookedBytes: 38n,
      trueBytes: 40n,
      unobservableBytes: 2n,
      restarts: 3,
      unobservedMs: 3000,
    });
    assert.deepEqual(findMismatches(lines), []);
  });

  it('finds every queue that is off by a byte in one direction, though the sums agree', () => {
    const lines = compareBooks(
      [day('r1', 'bob', both(1n, 10n)), day('r1', 'amy', both(2n, 9n))],
      new Map([
        [
          'r1',
          new Map([
            ['bob', truth(both(2n, 9n))],
            ['amy', truth(both(1n, 10n))],
            ['eve', truth(both(0n, 0n))],
          ]),
        ],
      ]),
    );
    assert.deepEqual(
      findMismatches(lines).map((line) => line.queue),
      ['bob', 'amy'],
    );
  });

  it('finds bytes booked for a queue that no router has', () => {
    const lines = compareBooks([day('r1', 'ghost', both(0n, 1n))], new Map());
    assert.deepEqual(
      findMismatches(lines).map((line) => line.queue),
      ['ghost'],
    );
  });

  it('finds true bytes that were never booked', () => {
    const lines = compareBooks([], new Map([['r1', new Map([['bob', truth(both(0n, 1n))]])]]));
    assert.equal(findMismatches(lines).length, 1);
  });
});

const EVERY_MS = 120_000;
const MINUTE_MS = 60_000;

describe('what was noted of devices beside what was so', () => {
  const parents = new Map([
    ['tower', null],
    ['farm', 'tower'],
  ]);
  const times = [{ device: 'tower', upMs: 0, downMs: 39 * MINUTE_MS }];

  /** The tower was cut off from minute 10 to 50, our line from 100 to 115. */
  function truthOfHealth() {
    let now = 0;
    const network = createNetwork({ clock: { now: () => now }, parents, onChange() {} });
    const at = (minute: number, happen: () => void) => {
      now = minute * MINUTE_MS;
      happen();
    };
    at(10, () => network.setUp('tower', false));
    assert.deepEqual(['tower', 'farm'].map(network.isReached), [false, false]);
    at(50, () => network.setUp('tower', true));
    assert.deepEqual(['tower', 'farm'].map(network.isReached), [true, true]);
    at(100, () => network.setLineUp(false));
    assert.deepEqual(['tower', 'farm'].map(network.isReached), [false, false]);
    at(115, () => network.mend());
    return { ...network.truth(), parents, everyMs: EVERY_MS, endsAt: 200 * MINUTE_MS };
  }

  const change = (device: string, to: State, minute: number, from: State = 'up'): Transition => {
    return { device, from, to, at: minute * MINUTE_MS, reason: null, latencyMs: null };
  };
  const SEEN = [change('tower', 'down', 16), change('farm', 'unreachable', 17), change('tower', 'up', 51, 'down')];

  it('has nothing to say where both are the same', () => {
    const transitions = [...SEEN, change('farm', 'unknown', 101), change('farm', 'up', 116, 'unknown')];
    assert.deepEqual(findHealthMismatches({ transitions, times }, truthOfHealth()), []);
  });

  for (const [title, transitions, said] of [
    ['a DOWN of a device that was up', [...SEEN, change('tower', 'down', 60)], /^tower was noted as down at/],
    ['a DOWN of a device behind one that was down', [...SEEN, change('farm', 'down', 20)], /^farm was noted as down/],
    ['a DOWN while our own line was down', [...SEEN, change('tower', 'down', 105)], /^tower was noted as down/],
    ['unreachable behind a device that was up', [...SEEN, change('farm', 'unreachable', 60)], /as unreachable/],
    ['unknown while our line was up', [...SEEN, change('farm', 'unknown', 60)], /^farm was noted as unknown/],
    ['an outage that nobody noted', [], /^tower was down from 1970-01-01T00:10.* on, which was not noted$/],
  ] as const) {
    it(`finds ${title}`, () => {
      const found = findHealthMismatches({ transitions, times }, truthOfHealth());
      assert.equal(found.length, 1);
      assert.match(found[0] ?? '', said);
    });
  }

  it('finds time that counts as down and was not, and the other way round', () => {
    const foundFor = (device: string, minutes: number) => {
      const others = times.filter((each) => each.device !== device);
      const downMs = minutes * MINUTE_MS;
      return findHealthMismatches(
        { transitions: SEEN, times: [...others, { device, upMs: 0, downMs }] },
        truthOfHealth(),
      );
    };
    assert.deepEqual(foundFor('tower', 30), ['tower was noted as down for 30 min, in truth for 40 min']);
    assert.deepEqual(foundFor('tower', 45), ['tower was noted as down for 45 min, in truth for 40 min']);
    assert.deepEqual(foundFor('farm', 1), ['farm was noted as down for 1 min, in truth for 0 s']);
    const nothing = findHealthMismatches({ transitions: SEEN, times: [] }, truthOfHealth());
    assert.deepEqual(nothing, ['tower was noted as down for 0 s, in truth for 40 min']);
  });
});

describe('stored configurations beside those that were', () => {
  const configuration = usualConfiguration('tower');
  const text = exportOf(configuration, {
    ...{ version: '7.12.1', board: 'RB5009', serial: 'S1', at: 0, showsSecrets: true, failedMenu: null },
  });
  const had = new Map([['tower', [configuration]]]);

  it('knows a configuration by its export, and finds one that was cut or is of another device', () => {
    const kept = { device: 'tower', version: 1, text };
    assert.deepEqual(findBackupMismatches([kept], had), []);
    const said = ['version 1 of tower is no configuration that it ever had'];
    assert.deepEqual(findBackupMismatches([{ ...kept, text: text.slice(0, -40) }], had), said);
    assert.deepEqual(findBackupMismatches([{ ...kept, text: text.slice(0, text.indexOf('/system')) }], had), said);
    assert.deepEqual(findBackupMismatches([kept], new Map([['farm', [configuration]]])), said);
  });
});
