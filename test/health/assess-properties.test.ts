import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Around, type Assessed, assess } from '../../src/health/assess.ts';
import type { Observation, Outcome } from '../../src/health/observation.ts';
import { type Health, newHealth } from '../../src/health/state.ts';
import { ALONE, ANSWER, DEAD, NOON, REFUSED_LOGIN, RULES, UNSEEN } from './support.ts';

interface Step {
  readonly gapMs: number;
  /** By how much the wall clock is set before the look. */
  readonly stepMs: number;
  readonly outcome: Outcome;
  readonly around: Around;
}

interface Seen extends Assessed {
  readonly before: Health;
  readonly look: Observation;
  readonly around: Around;
}

const outcomes = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(ANSWER, DEAD) },
  { weight: 1, arbitrary: fc.constantFrom(REFUSED_LOGIN, UNSEEN) },
);
const around = fc.oneof(
  { weight: 3, arbitrary: fc.constant(ALONE) },
  {
    weight: 1,
    arbitrary: fc.record({
      parents: fc.constantFrom('alive', 'doubtful', 'dead'),
      isBlind: fc.boolean(),
      isConfirmed: fc.boolean(),
      isInMaintenance: fc.boolean(),
    }),
  },
);
const steps = fc.array(
  fc.record({
    gapMs: fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 1, max: 60_000 }) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 9_000_000 }) },
    ),
    stepMs: fc.oneof(
      { weight: 9, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: -9e9, max: 9e9 }) },
    ),
    outcome: outcomes,
    around,
  }),
  { maxLength: 60 },
);

function play(all: readonly Step[]): Seen[] {
  let health = newHealth('r1', NOON);
  let [at, monotonicMs] = [NOON, 0];
  return all.map(({ gapMs, stepMs, outcome, around: given }) => {
    monotonicMs += gapMs;
    at += gapMs + stepMs;
    const look = { device: 'r1', at, monotonicMs, outcome, figures: null };
    const before = health;
    const assessed = assess(before, look, given, RULES);
    health = assessed.health;
    return { ...assessed, before, look, around: given };
  });
}

describe('properties of what looks mean', () => {
  it('changes no state without a look that explains it', () => {
    fc.assert(
      fc.property(steps, (all) => {
        for (const { transition, look, around: given } of play(all)) {
          if (transition === null) continue;
          const { kind } = look.outcome;
          const isAnswer = kind === 'answered' || kind === 'ill';
          const explained: Readonly<Record<string, boolean>> = {
            up: isAnswer,
            suspect: kind === 'failed',
            down: kind === 'failed' && given.isConfirmed && given.parents === 'alive' && !given.isBlind,
            unreachable: kind === 'failed' && given.parents === 'dead' && !given.isBlind,
            unknown: !isAnswer,
            maintenance: given.isInMaintenance,
          };
          assert.equal(explained[transition.to], true, `${transition.from} > ${transition.to}`);
          assert.notEqual(transition.from, transition.to);
        }
      }),
    );
  });

  it('has no DOWN without three failures in a row', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const seen = play(all);
        for (const [index, { transition }] of seen.entries()) {
          if (transition?.to !== 'down') continue;
          const shown = seen.slice(0, index + 1).filter(({ look }) => look.outcome.kind !== 'unseen');
          const last = shown.slice(-RULES.failures);
          assert.equal(last.length, RULES.failures);
          for (const { look, around: given } of last) {
            assert.equal(look.outcome.kind, 'failed');
            assert.ok(!given.isBlind && !given.isInMaintenance && given.parents !== 'dead');
          }
        }
      }),
    );
  });

  it('has no missed DOWN: three confirmed failures of a device without trouble around it', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const health = play(all).at(-1)?.health ?? newHealth('r1', NOON);
        let now = health;
        const from = (health.lookedAt?.monotonicMs ?? 0) + 1;
        for (let index = 0; index < RULES.failures; index += 1) {
          const look = { device: 'r1', at: NOON, monotonicMs: from + index, outcome: DEAD, figures: null };
          now = assess(now, look, ALONE, RULES).health;
        }
        assert.equal(now.state, 'down');
      }),
    );
  });

  it('loses no time and counts none twice, however the clock is set', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const short = all.map((step) => ({ ...step, gapMs: step.gapMs % RULES.everyMs }));
        const seen = play(short.filter(({ outcome }) => outcome.kind !== 'unseen'));
        const [first, last] = [seen[0], seen.at(-1)];
        if (first === undefined || last === undefined) return;
        const settled = seen.flatMap(({ slices }) => slices).reduce((sum, { ms }) => sum + ms, 0);
        const held = last.health.held.reduce((sum, { ms }) => sum + ms, 0);
        assert.equal(settled + held, last.look.monotonicMs - first.look.monotonicMs);
      }),
    );
  });

  it('judges the same when the clock is set', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const judged = (seen: readonly Seen[]) =>
          seen.map(({ health, slices }) => [
            health.state,
            health.flappingSince !== null,
            slices.map(({ ms, kind }) => [ms, kind]),
          ]);
        assert.deepEqual(judged(play(all)), judged(play(all.map((step) => ({ ...step, stepMs: 0 })))));
      }),
    );
  });

  it('moves no percentage while our own line is down and the device is silent', () => {
    fc.assert(
      fc.property(steps, (all) => {
        for (const { slices, look, around: given } of play(all)) {
          if (!given.isBlind || given.isInMaintenance || look.outcome.kind !== 'failed') continue;
          assert.ok(slices.every(({ kind }) => kind === 'unknown'));
        }
      }),
    );
  });

  it('opens an incident exactly when a device goes down that was up since the last one, and closes it when it is up', () => {
    fc.assert(
      fc.property(steps, (all) => {
        for (const { before, health } of play(all)) {
          if (before.downSince === null && health.downSince !== null) assert.equal(health.state, 'down');
          if (before.downSince !== null && health.downSince === null) assert.equal(health.state, 'up');
          if (health.state === 'down') assert.ok(health.downSince !== null);
          if (health.state === 'up') assert.ok(health.downSince === null);
        }
      }),
    );
  });
});
