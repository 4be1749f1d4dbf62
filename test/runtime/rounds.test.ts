import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBeat, createRounds, type Visit } from '../../src/runtime/rounds.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const NOON = Date.UTC(2026, 5, 10, 12);

interface Subject {
  readonly name: string;
  readonly host: string;
}

/** Lets everything that is already resolved go on. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve));
}

/** In steps, so that whatever a visit leads to happens at its own instant. */
async function pass(clock: ManualClock, ms: number, stepMs: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    clock.advance(stepMs);
    await settle();
  }
}

interface Options {
  readonly slowAfterVisits?: number;
  readonly restsSilent?: boolean;
  readonly places?: number;
  readonly everyMs?: number;
  /** What a visit of a subject is; by default it shows a sign of life and ends. */
  readonly visit?: (subject: Subject, visit: Visit, clock: ManualClock) => Promise<void>;
}

/** Rounds whose visitors note what happens to them as `name@host: what`. */
function setUp(subjects: Subject[], { places = 10, everyMs = MINUTE, visit, ...ofSilent }: Options = {}) {
  const clock = createManualClock(NOON);
  const done: string[] = [];
  const visits: { readonly name: string; readonly at: number; readonly connectWithinMs: number | null }[] = [];
  const rounds = createRounds<Subject, string>({
    name: 'rounds',
    subjects,
    createVisitor(subject) {
      const says = (what: string) => done.push(`${subject.name}@${subject.host}: ${what}`);
      says('made');
      return {
        async visit(one) {
          says('visited');
          visits.push({ name: subject.name, at: clock.now(), connectWithinMs: one.connectWithinMs });
          await (visit === undefined ? one.enter() : visit(subject, one, clock));
          if (one.signal.aborted) says('aborted');
          return subject.name;
        },
        close: () => says('closed'),
      };
    },
    isSame: (one, other) => one.host === other.host,
    everyMs,
    phase: 0,
    ...ofSilent,
    places,
    clock,
    graceMs: 6 * SECOND,
    onBug: (bug) => assert.fail(String(bug)),
  });
  return {
    rounds,
    clock,
    visits,
    /** What happened since the last call, in an order that does not depend on the offsets of the subjects. */
    happened: () => done.splice(0).sort(),
    async minute() {
      clock.advance(MINUTE);
      await settle();
    },
  };
}

const a = { name: 'a', host: '192.0.2.1' };
const b = { name: 'b', host: '192.0.2.2' };
const c = { name: 'c', host: '192.0.2.3' };

/** Ends when it is told to, or when the time to connect or a minute is over. */
function silence(visit: Visit, clock: ManualClock, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(visit.connectWithinMs ?? timeoutMs, resolve);
    visit.signal.addEventListener('abort', () => resolve());
  });
}

describe('rounds', () => {
  it('visit each subject once in an interval, from start to stop', async () => {
    const { rounds, happened, minute } = setUp([a, b]);
    happened();
    await minute();
    assert.deepEqual(happened(), []);
    await rounds.start();
    await minute();
    assert.deepEqual(happened(), ['a@192.0.2.1: visited', 'b@192.0.2.2: visited']);
    await rounds.stop();
    await minute();
    assert.deepEqual(happened(), []);
  });

  it('visit who came, and who left no longer; the others keep their visitor', async () => {
    const { rounds, happened, minute } = setUp([a, b]);
    await rounds.start();
    happened();
    await rounds.set([b, c]);
    assert.deepEqual(happened(), ['a@192.0.2.1: closed', 'c@192.0.2.3: made']);
    assert.deepEqual(rounds.subjects(), [b, c]);
    await minute();
    assert.deepEqual(happened(), ['b@192.0.2.2: visited', 'c@192.0.2.3: visited']);
  });

  it('never have two visitors of one name at work', async () => {
    const gate = Promise.withResolvers<void>();
    const { rounds, clock, happened, minute } = setUp([a], { visit: () => gate.promise });
    await rounds.start();
    await minute();
    happened();
    const change = rounds.set([{ ...a, host: '192.0.2.9' }]);
    await pass(clock, 5 * SECOND, SECOND);
    assert.deepEqual(happened(), [], 'the visit in progress gets its grace');
    gate.resolve();
    await change;
    assert.deepEqual(happened(), ['a@192.0.2.1: closed', 'a@192.0.2.9: made']);
  });

  it('let no more work at once than there are places, and count nobody before the sign of life', async () => {
    const gates = new Map([a, b, c].map(({ name }) => [name, Promise.withResolvers<void>()]));
    const working: string[] = [];
    const { rounds, happened } = setUp([a, b, c], {
      places: 2,
      async visit({ name }, visit) {
        await visit.enter();
        working.push(name);
        await gates.get(name)?.promise;
      },
    });
    happened();
    const visits = rounds.visitAll(new AbortController().signal);
    await settle();
    assert.deepEqual(happened().length, 3, 'all knock');
    assert.deepEqual(working, ['a', 'b']);
    gates.get('b')?.resolve();
    await settle();
    assert.deepEqual(working, ['a', 'b', 'c']);
    for (const gate of gates.values()) gate.resolve();
    assert.deepEqual(await visits, ['a', 'b', 'c']);
  });

  it('lose no place to a visit that fails while it waits for one, or that asks twice', async () => {
    const gate = Promise.withResolvers<void>();
    const worked: string[] = [];
    const { rounds } = setUp([a, b, c], {
      places: 1,
      async visit({ name }, visit) {
        const place = visit.enter();
        // What runs beside may fail before there is a place.
        if (name === 'b') return;
        await Promise.all([place, visit.enter()]);
        worked.push(name);
        await gate.promise;
      },
    });
    const visits = rounds.visitAll(new AbortController().signal);
    await settle();
    assert.deepEqual(worked, ['a']);
    gate.resolve();
    await visits;
    assert.deepEqual(worked, ['a', 'c']);
    const again = rounds.visitAll(new AbortController().signal);
    assert.deepEqual(await again, ['a', 'b', 'c']);
    assert.deepEqual(worked, ['a', 'c', 'a', 'c'], 'the place is there again');
  });

  it('end a visit that waits for its place when its grace is over', async () => {
    const gate = Promise.withResolvers<void>();
    const working: Subject[] = [];
    const { rounds, clock, happened } = setUp([a, b], {
      places: 1,
      async visit(subject, visit) {
        await visit.enter();
        if (visit.signal.aborted) return;
        working.push(subject);
        await gate.promise;
      },
    });
    await rounds.start();
    await pass(clock, MINUTE, SECOND);
    happened();
    const change = rounds.set(working);
    await pass(clock, 7 * SECOND, SECOND);
    await change;
    const waited = working[0] === a ? b : a;
    assert.deepEqual(happened(), [`${waited.name}@${waited.host}: aborted`, `${waited.name}@${waited.host}: closed`]);
    gate.resolve();
    await settle();
  });
});

describe('silent subjects', () => {
  const living = Array.from({ length: 24 }, (_, index) => ({ name: `living-${index}`, host: 'living' }));
  const mute = Array.from({ length: 72 }, (_, index) => ({ name: `mute-${index}`, host: 'mute' }));

  it('delay no living one: 24 of them are on time beside 72 that never answer', async () => {
    const { rounds, clock, visits } = setUp([...mute, ...living], {
      places: 8,
      everyMs: 500,
      async visit({ host }, visit, at) {
        if (host === 'mute') return await silence(visit, at, 20 * SECOND);
        await visit.enter();
      },
    });
    await rounds.start();
    await pass(clock, 10 * SECOND, 10);
    for (const { name } of living) {
      const instants = visits.filter((visit) => visit.name === name).map(({ at }) => at);
      assert.equal(instants.length, 20, name);
      for (const [index, at] of instants.entries()) assert.equal(at - (instants[0] ?? 0), index * 500, name);
    }
  });

  it('are still on their beat the second time, with a short time to connect; from the third on they rest longer and longer', async () => {
    const { rounds, clock, visits } = setUp([a], { visit: (_subject, visit, at) => silence(visit, at, 20 * SECOND) });
    await rounds.start();
    await pass(clock, 30 * MINUTE, SECOND);
    const apart = visits.slice(1).map(({ at }, index) => (at - (visits[index]?.at ?? 0)) / MINUTE);
    assert.deepEqual(apart.slice(0, 7), [1, 1, 2, 4, 5, 5, 5]);
    assert.deepEqual(
      visits.slice(0, 4).map(({ connectWithinMs }) => connectWithinMs),
      [null, 3 * SECOND, 3 * SECOND, 3 * SECOND],
    );
  });

  it('stay out of the slow lane as long as they are only suspects, and on their beat, where that is asked for', async () => {
    const { rounds, clock, visits } = setUp([a], {
      ...{ slowAfterVisits: 3, restsSilent: false },
      visit: (_subject, visit, at) => silence(visit, at, 20 * SECOND),
    });
    await rounds.start();
    await pass(clock, 8 * MINUTE, SECOND);
    const apart = visits.slice(1).map(({ at }, index) => (at - (visits[index]?.at ?? 0)) / MINUTE);
    assert.deepEqual(apart.slice(0, 5), [1, 1, 1, 1, 1]);
    assert.deepEqual(
      visits.slice(0, 5).map(({ connectWithinMs }) => connectWithinMs),
      [null, null, null, 3 * SECOND, 3 * SECOND],
    );
  });

  it('are back on their beat with the first sign of life', async () => {
    let isMute = true;
    const { rounds, clock, visits } = setUp([a], {
      visit: (_subject, visit, at) => (isMute ? silence(visit, at, 20 * SECOND) : visit.enter()),
    });
    await rounds.start();
    await pass(clock, 6 * MINUTE, SECOND);
    isMute = false;
    visits.length = 0;
    await pass(clock, 8 * MINUTE, SECOND);
    const [back, next, last] = visits;
    assert.equal(back?.connectWithinMs, 3 * SECOND);
    assert.equal((next?.at ?? 0) - (back?.at ?? 0), MINUTE);
    assert.equal(last?.connectWithinMs, null);
  });

  it('are given the time that they are known to need: a slow link is no dead one', async () => {
    let isMute = false;
    const { rounds, clock, visits } = setUp([a], {
      async visit(_subject, visit, at) {
        if (isMute) return await silence(visit, at, 20 * SECOND);
        await new Promise<void>((resolve) => at.after(5 * SECOND, resolve));
        await visit.enter();
      },
    });
    await rounds.start();
    await pass(clock, 2 * MINUTE, SECOND);
    isMute = true;
    await pass(clock, 3 * MINUTE, SECOND);
    assert.equal(visits.at(-1)?.connectWithinMs, 10 * SECOND);
  });

  it('do not keep one that lives again from its place, however many wait in the slow lane', async () => {
    const worked: string[] = [];
    const all = [...mute, a];
    let isBack = false;
    const gates: PromiseWithResolvers<void>[] = [];
    const { rounds, clock } = setUp(all, {
      places: 1,
      async visit({ name }, visit, at) {
        if (name !== 'a' || !isBack) return await silence(visit, at, 20 * SECOND);
        await visit.enter();
        worked.push(name);
        const gate = Promise.withResolvers<void>();
        gates.push(gate);
        await gate.promise;
      },
    });
    await rounds.start();
    await pass(clock, 2 * MINUTE, SECOND);
    isBack = true;
    await pass(clock, 5 * MINUTE, SECOND);
    assert.deepEqual(worked, ['a']);
    for (const gate of gates) gate.resolve();
    await settle();
  });

  it('look the same as those that were interrupted', async () => {
    const aborter = new AbortController();
    let isSilent = true;
    const { rounds, clock, visits } = setUp([a], {
      visit: (_subject, visit, at) => (isSilent ? silence(visit, at, MINUTE) : visit.enter()),
    });
    const all = rounds.visitAll(aborter.signal);
    await settle();
    aborter.abort();
    await all;
    isSilent = false;
    await rounds.start();
    await pass(clock, MINUTE, SECOND);
    assert.equal(visits.at(-1)?.connectWithinMs, null);
  });
});

describe('the beat', () => {
  const everyMs = MINUTE;

  it('comes every interval, at the same offset after a restart', () => {
    const next = createBeat({ name: 'edge-1', everyMs, phase: 0 });
    const again = createBeat({ name: 'edge-1', everyMs, phase: 0 });
    const first = next(NOON);
    assert.ok(first > NOON && first <= NOON + MINUTE);
    assert.equal(next(first), first + MINUTE);
    assert.equal(again(first), first + MINUTE);
  });

  it('comes at other instants besides', () => {
    const midnight = NOON + 12 * 60 * MINUTE;
    const alsoAt = (at: number) => (at < midnight ? midnight : Number.POSITIVE_INFINITY);
    const next = createBeat({ name: 'edge-1', everyMs, phase: 0, alsoAt });
    const seen: number[] = [];
    for (let at = midnight - 5 * MINUTE; at < midnight + 5 * MINUTE; at = next(at)) seen.push(at);
    assert.equal(seen.filter((at) => at === midnight).length, 1);
  });

  it('spreads subjects over the interval', () => {
    const offsets = Array.from({ length: 600 }, (_, index) => {
      const next = createBeat({ name: `router-${index}`, everyMs, phase: 0 });
      return Math.floor((next(NOON) % MINUTE) / 6_000);
    });
    for (let tenth = 0; tenth < 10; tenth++) {
      const share = offsets.filter((each) => each === tenth).length;
      assert.ok(share > 30 && share < 90, `${share} of 600 subjects in one tenth of the interval`);
    }
  });

  it('keeps two rounds of one subject half an interval apart when one has half a phase', () => {
    for (let index = 0; index < 50; index++) {
      const name = `router-${index}`;
      const usage = createBeat({ name, everyMs: MINUTE, phase: 0 })(NOON);
      const health = createBeat({ name, everyMs: MINUTE / 2, phase: 0.5 });
      const before = Math.abs(health(usage - MINUTE / 2) - usage);
      const after = Math.abs(health(usage) - usage);
      assert.ok(Math.min(before, after) >= 15 * SECOND, name);
    }
  });
});
