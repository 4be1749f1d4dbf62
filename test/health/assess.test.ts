import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Around, afterAbsence, assess, isWorthConfirming, withPause } from '../../src/health/assess.ts';
import type { Outcome } from '../../src/health/observation.ts';
import { type Health, newHealth, type Slice, type Transition } from '../../src/health/state.ts';
import { ALONE, ANSWER, DEAD, lookAt, NOON, REFUSED_LOGIN, RULES, UNSEEN } from './support.ts';

type Step = readonly [seconds: number, outcome: Outcome, around?: Partial<Around>];

interface Run {
  readonly health: Health;
  readonly transitions: readonly Transition[];
  readonly slices: readonly Slice[];
}

function run(steps: readonly Step[], start: Health = newHealth('r1', NOON), rules = RULES): Run {
  let health = start;
  const transitions: Transition[] = [];
  const slices: Slice[] = [];
  for (const [seconds, outcome, around = {}] of steps) {
    const assessed = assess(health, lookAt(seconds, outcome), { ...ALONE, ...around }, rules);
    health = assessed.health;
    if (assessed.transition !== null) transitions.push(assessed.transition);
    slices.push(...assessed.slices);
  }
  return { health, transitions, slices };
}

function moves({ transitions }: Run): string[] {
  return transitions.map(({ at, from, to }) => `${(at - NOON) / 1000} ${from} > ${to}`);
}

function secondsOf({ slices }: Run): Record<string, number> {
  const sums = { up: 0, down: 0, unknown: 0 };
  for (const { kind, ms } of slices) sums[kind] += ms / 1000;
  return sums;
}

const sinceOf = ({ health }: Run) => (health.since - NOON) / 1000;

describe('what a look at a device means', () => {
  it('is up at its first answer', () => {
    const seen = run([[0, ANSWER]]);
    assert.deepEqual(moves(seen), ['0 unknown > up']);
    assert.equal(seen.health.latencyMs, 4);
    assert.equal(seen.health.reason, null);
  });

  it('is suspect after one failure, and up again at the next answer: that time counts as up', () => {
    const seen = run([
      [0, ANSWER],
      [30, DEAD],
      [60, ANSWER],
    ]);
    assert.deepEqual(moves(seen), ['0 unknown > up', '30 up > suspect', '60 suspect > up']);
    assert.deepEqual(secondsOf(seen), { up: 60, down: 0, unknown: 0 });
  });

  it('is down after three failures in a row, from the first of them', () => {
    const seen = run([
      [0, ANSWER],
      [30, DEAD],
      [60, DEAD],
      [90, DEAD],
      [120, DEAD],
    ]);
    assert.deepEqual(moves(seen), ['0 unknown > up', '30 up > suspect', '90 suspect > down']);
    assert.equal(sinceOf(seen), 30);
    assert.equal(seen.health.downSince, NOON + 30_000);
    assert.equal(seen.health.reason, 'no answer');
    assert.deepEqual(secondsOf(seen), { up: 30, down: 90, unknown: 0 });
  });

  it('is not down while the quick checks were not made or one of them was answered', () => {
    const around = { isConfirmed: false };
    const seen = run([
      [0, ANSWER],
      [30, DEAD, around],
      [60, DEAD, around],
      [90, DEAD, around],
      [120, DEAD, around],
    ]);
    assert.equal(seen.health.state, 'suspect');
    assert.deepEqual(secondsOf(seen), { up: 30, down: 0, unknown: 0 });
    assert.deepEqual(secondsOf(run([[150, ANSWER]], seen.health)), { up: 120, down: 0, unknown: 0 });
  });

  it('is up at once when it answers again', () => {
    const seen = run([
      [0, ANSWER],
      [30, DEAD],
      [60, DEAD],
      [90, DEAD],
      [120, ANSWER],
    ]);
    assert.deepEqual(moves(seen).slice(-1), ['120 down > up']);
    assert.deepEqual(secondsOf(seen), { up: 30, down: 90, unknown: 0 });
    assert.equal(seen.health.downSince, null);
  });

  it('is up after several answers in a row where the settings say so', () => {
    const rules = { ...RULES, answers: 2 };
    const steps: Step[] = [
      [0, ANSWER],
      [30, DEAD],
      [60, DEAD],
      [90, DEAD],
      [120, ANSWER],
      [150, DEAD],
      [180, ANSWER],
      [210, ANSWER],
    ];
    assert.deepEqual(moves(run(steps, newHealth('r1', NOON), rules)).slice(-1), ['210 down > up']);
  });

  it('is up with a reason when it refuses the login', () => {
    const seen = run([
      [0, ANSWER],
      [30, REFUSED_LOGIN],
      [60, REFUSED_LOGIN],
    ]);
    assert.deepEqual(moves(seen), ['0 unknown > up']);
    assert.equal(seen.health.code, 'LOGIN_REFUSED');
    assert.equal(seen.health.illSince, NOON + 30_000);
    assert.equal(run([[90, ANSWER]], seen.health).health.illSince, null);
  });

  it('stays unknown until it is judged when its first looks fail, and counts as down from the first', () => {
    const seen = run([
      [0, DEAD],
      [30, DEAD],
      [60, DEAD],
      [90, DEAD],
    ]);
    assert.deepEqual(moves(seen), ['60 unknown > down']);
    assert.equal(sinceOf(seen), 0);
    assert.deepEqual(secondsOf(seen), { up: 0, down: 90, unknown: 0 });
  });

  it('counts the time of failures as unknown when it was not seen up before', () => {
    const seen = run([
      [0, DEAD],
      [30, DEAD],
      [60, ANSWER],
      [90, ANSWER],
    ]);
    assert.deepEqual(secondsOf(seen), { up: 30, down: 0, unknown: 60 });
  });

  describe('behind another device', () => {
    it('is unreachable at its first failure when that one is down, and no time of it counts', () => {
      const seen = run([
        [0, ANSWER],
        [30, DEAD, { parents: 'dead' }],
        [60, DEAD, { parents: 'dead' }],
      ]);
      assert.deepEqual(moves(seen), ['0 unknown > up', '30 up > unreachable']);
      assert.deepEqual(secondsOf(seen), { up: 30, down: 0, unknown: 30 });
    });

    it('is unreachable from its first failure when that one turns out to be down', () => {
      const doubtful = { parents: 'doubtful' } as const;
      const seen = run([
        [0, ANSWER],
        [30, DEAD],
        [60, DEAD, doubtful],
        [90, DEAD, doubtful],
        [120, DEAD, { parents: 'dead' }],
      ]);
      assert.deepEqual(moves(seen).slice(1), ['30 up > suspect', '120 suspect > unreachable']);
      assert.equal(sinceOf(seen), 30);
      assert.deepEqual(secondsOf(seen), { up: 30, down: 0, unknown: 90 });
    });

    it('has its failures counted anew when that one is back', () => {
      const dead = { parents: 'dead' } as const;
      const steps: Step[] = [
        [0, ANSWER],
        [30, DEAD, dead],
        [60, DEAD, dead],
        [90, DEAD, dead],
        [120, DEAD],
        [150, DEAD],
      ];
      const before = run(steps);
      assert.equal(before.health.state, 'unreachable');
      const after = run([[180, DEAD]], before.health);
      assert.deepEqual(moves(after), ['180 unreachable > down']);
      assert.equal(sinceOf(after), 120);
    });

    it('is up when it answers, whatever that one does', () => {
      assert.equal(run([[0, ANSWER, { parents: 'dead' }]]).health.state, 'up');
    });

    it('stays down when that one goes down later', () => {
      const seen = run([
        [0, ANSWER],
        [30, DEAD],
        [60, DEAD],
        [90, DEAD],
        [120, DEAD, { parents: 'dead' }],
      ]);
      assert.equal(seen.health.state, 'down');
    });
  });

  describe('while our own line is down', () => {
    const blind = { isBlind: true };

    it('is unknown at its first failure, and no percentage moves', () => {
      const seen = run([
        [0, ANSWER],
        [30, DEAD, blind],
        [60, DEAD, blind],
        [90, DEAD, blind],
        [120, DEAD, blind],
      ]);
      assert.deepEqual(moves(seen), ['0 unknown > up', '30 up > unknown']);
      assert.deepEqual(secondsOf(seen), { up: 0, down: 0, unknown: 120 });
    });

    it('is down later, after three more failures, without a second incident', () => {
      const down = run([
        [0, ANSWER],
        [30, DEAD],
        [60, DEAD],
        [90, DEAD],
        [120, DEAD, blind],
      ]);
      assert.equal(down.health.state, 'unknown');
      const again = run(
        [
          [150, DEAD],
          [180, DEAD],
          [210, DEAD],
        ],
        down.health,
      );
      assert.equal(again.health.state, 'down');
      assert.equal(again.health.downSince, NOON + 30_000);
    });

    it('is up when it answers', () => {
      assert.equal(run([[0, ANSWER, blind]]).health.state, 'up');
    });
  });

  it('is not judged in maintenance, and nothing of before counts after it', () => {
    const open = { isInMaintenance: true };
    const seen = run([
      [0, ANSWER],
      [30, DEAD],
      [60, DEAD, open],
      [90, DEAD, open],
      [120, DEAD],
      [150, DEAD],
    ]);
    assert.deepEqual(moves(seen), [
      '0 unknown > up',
      '30 up > suspect',
      '60 suspect > maintenance',
      '120 maintenance > unknown',
    ]);
    assert.equal(run([[180, DEAD]], seen.health).health.state, 'down');
    assert.deepEqual(secondsOf(seen), { up: 30, down: 0, unknown: 90 });
  });

  describe('what nobody saw', () => {
    it('changes nothing once or twice', () => {
      const seen = run([
        [0, ANSWER],
        [30, UNSEEN],
        [60, UNSEEN],
        [90, ANSWER],
      ]);
      assert.deepEqual(moves(seen), ['0 unknown > up']);
      assert.deepEqual(secondsOf(seen), { up: 90, down: 0, unknown: 0 });
    });

    it('makes the state unknown from the last look on', () => {
      const seen = run([
        [0, ANSWER],
        [30, UNSEEN],
        [60, UNSEEN],
        [90, UNSEEN],
      ]);
      assert.deepEqual(moves(seen), ['0 unknown > up', '0 up > unknown']);
      assert.equal(seen.health.reason, 'no free socket');
    });

    it('says why of who was never seen, after as many looks', () => {
      const twice = run([
        [0, UNSEEN],
        [30, UNSEEN],
      ]);
      assert.equal(twice.health.reason, 'not checked yet');
      const often = run([[60, UNSEEN]], twice.health);
      assert.deepEqual([often.health.state, often.health.reason], ['unknown', 'no free socket']);
      assert.deepEqual(moves(often), []);
    });

    it('is a gap that is too long: neither up nor down', () => {
      const seen = run([
        [0, ANSWER],
        [30, DEAD],
        [1000, DEAD],
        [1030, ANSWER],
      ]);
      assert.deepEqual(secondsOf(seen), { up: 30, down: 0, unknown: 30 });
      assert.equal(seen.health.state, 'up');
    });

    it('is the time without a worker', () => {
      const before = run([
        [0, ANSWER],
        [30, DEAD],
      ]).health;
      const { health, transition } = afterAbsence(before, NOON + 31_000);
      assert.deepEqual([health.state, health.failures, transition?.to], ['unknown', 0, 'unknown']);
      assert.deepEqual(secondsOf(run([[900, ANSWER]], health)), { up: 0, down: 0, unknown: 0 });
    });

    it('is a short restart not: time goes on by the wall clock', () => {
      const { health } = run([[0, ANSWER]]);
      const known = { ...health, lookedAt: { at: NOON, monotonicMs: null } };
      assert.deepEqual(secondsOf(run([[40, ANSWER]], known)), { up: 40, down: 0, unknown: 0 });
      assert.deepEqual(secondsOf(run([[-40, ANSWER]], known)), { up: 0, down: 0, unknown: 0 });
    });
  });

  it('is left alone while it is paused, and begins anew after', () => {
    const before = run([
      [0, ANSWER],
      [30, DEAD],
    ]).health;
    const paused = withPause(before, true, NOON + 40_000);
    assert.deepEqual([paused.transition?.to, paused.health.failures], ['paused', 0]);
    assert.equal(withPause(paused.health, true, NOON + 50_000).transition, null);
    const resumed = withPause(paused.health, false, NOON + 60_000);
    assert.equal(resumed.transition?.to, 'unknown');
    assert.equal(afterAbsence(paused.health, NOON).transition, null);
  });

  it('flaps from the fifth change within 21 checks on, until there is one at most', () => {
    const rules = { ...RULES, failures: 1 };
    const outcomes = [ANSWER, DEAD, ANSWER, DEAD, ANSWER];
    const four = run(
      outcomes.map((outcome, index): Step => [index * 30, outcome]),
      newHealth('r1', NOON),
      rules,
    );
    assert.equal(four.health.flappingSince, null);
    let { health } = run([[150, DEAD]], four.health, rules);
    assert.equal(health.flappingSince, NOON + 150_000);
    let calm = 0;
    for (; health.flappingSince !== null; calm += 1) health = run([[180 + calm * 30, DEAD]], health, rules).health;
    // Of 21 checks the first two are then `u` and `d`, or all are the same.
    assert.equal(calm, 19);
  });

  it('is worth confirming at the failure that could make it down, and at no other', () => {
    const two = run([
      [0, ANSWER],
      [30, DEAD],
      [60, DEAD],
    ]).health;
    const one = run([
      [0, ANSWER],
      [30, DEAD],
    ]).health;
    const cases: [Health, Partial<Around>, boolean][] = [
      [two, {}, true],
      [one, {}, false],
      [two, { isBlind: true }, false],
      [two, { parents: 'doubtful' }, false],
      [two, { isInMaintenance: true }, false],
      [{ ...two, state: 'down' }, {}, false],
    ];
    for (const [health, around, expected] of cases) {
      assert.equal(isWorthConfirming(health, { ...ALONE, ...around }, RULES), expected);
    }
  });
});
