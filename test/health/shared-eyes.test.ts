import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Device } from '../../src/devices/ports.ts';
import type { Figures, Observer, Outcome } from '../../src/health/observation.ts';
import { createLookout, createSharedObserver } from '../../src/health/reader/shared-eyes.ts';
import { deviceOf } from '../support/devices.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { ANSWER, DEAD, NO_FIGURES, NOON, REFUSED_LOGIN, UNSEEN } from './support.ts';

const FIGURES: Figures = {
  ...NO_FIGURES,
  ...{ version: '7.20.1', cpuPercent: 7, sensors: [{ name: 'temperature', value: 41, unit: 'C' }] },
  wan: [{ interface: 'pppoe-out1', kind: 'pppoe', address: '100.64.0.9', publicAddress: null, behindNat: true }],
  interfaces: [
    {
      ...{ id: '*1', name: 'ether1', isRunning: true, isDisabled: false, downloadBps: 1e6, uploadBps: null },
      ...{ linkDowns: 2, lastLinkUp: null, sessionSeconds: null },
    },
  ],
};
const edge = deviceOf('edge');

/** Looks from here: what they show, how often they looked, and how many are open. */
function localEyes(outcome: Outcome = ANSWER) {
  const counts = { looks: 0, open: 0 };
  const observerOf = ({ name }: Device): Observer => {
    counts.open += 1;
    return {
      async observe() {
        counts.looks += 1;
        return { device: name, at: NOON, monotonicMs: 1, outcome, figures: outcome === ANSWER ? FIGURES : null };
      },
      close() {
        counts.open -= 1;
      },
    };
  };
  return { counts, observerOf };
}

function lookOf() {
  let entered = 0;
  return {
    look: {
      ...{ signal: new AbortController().signal, withinMs: 2_000, connectWithinMs: null },
      async enter() {
        entered += 1;
      },
    },
    entered: () => entered,
  };
}

/** `said`: what the other worker answers, as it comes over the wire. */
function shared(said: () => unknown, isMine = () => false) {
  const clock = createManualClock(NOON);
  clock.advance(5_000);
  const local = localEyes();
  const eyes = { isMine, ask: async () => said(), answer: () => {}, follow: () => {} };
  return { ...local, clock, observer: createSharedObserver(edge, { eyes, observerOf: local.observerOf, clock }) };
}

const wired = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('a look through another worker', () => {
  for (const outcome of [ANSWER, REFUSED_LOGIN, DEAD]) {
    it(`takes over what that one saw (${outcome.kind}), by the clock of this one`, async () => {
      const figures = outcome === ANSWER ? FIGURES : null;
      const { observer, counts } = shared(() => wired({ outcome, figures }));
      const { look, entered } = lookOf();
      assert.deepEqual(await observer.observe(look), {
        ...{ device: 'edge', at: NOON + 5_000, monotonicMs: 5_000, outcome, figures },
      });
      assert.equal(entered(), outcome === DEAD ? 0 : 1, 'who is dead takes no place from the others');
      assert.deepEqual(counts, { looks: 0, open: 0 });
    });
  }

  for (const [what, said] of [
    ['gives no answer', null],
    ['says nothing that can be understood', { outcome: { kind: 'failed', code: 'GONE', reason: 1 }, figures: null }],
    ['could not see', wired({ outcome: UNSEEN, figures: null })],
  ] as const) {
    it(`is a look from here when that one ${what}: no device is down because a worker is`, async () => {
      const { observer, counts } = shared(() => said);
      const seen = await observer.observe(lookOf().look);
      assert.deepEqual(seen.outcome, ANSWER);
      assert.deepEqual(counts, { looks: 1, open: 0 }, "the connection is the other one's");
    });
  }

  it('ends the connection from here when another worker gets the device', async () => {
    let isMine = true;
    const { observer, counts } = shared(
      () => null,
      () => isMine,
    );
    await observer.observe(lookOf().look);
    observer.tidy();
    assert.equal(counts.open, 1);
    isMine = false;
    observer.tidy();
    assert.equal(counts.open, 0);
  });

  it('is a look from here where this worker has the device', async () => {
    const { observer, counts } = shared(
      () => assert.fail('nobody is to be asked'),
      () => true,
    );
    await observer.observe(lookOf().look);
    assert.deepEqual(counts, { looks: 1, open: 1 });
    observer.close();
    assert.equal(counts.open, 0);
  });
});

describe('a look for another worker', () => {
  function setUp(outcome: Outcome, isBlind = false) {
    const mine = new Set(['edge', 'core']);
    const local = localEyes(outcome);
    const shown: [string, boolean][] = [];
    const lookout = createLookout({
      eyes: { isMine: (device) => mine.has(device) },
      find: (name) => (name === 'nobody' ? null : deviceOf(name)),
      observerOf: local.observerOf,
      isSame: () => true,
      ownLine: { isBlind: async () => isBlind },
      onLook: (device, figures) => void shown.push([device, figures !== null]),
    });
    return { ...local, mine, shown, lookout };
  }

  it('says what it sees, over one connection', async () => {
    const { lookout, counts, shown } = setUp(ANSWER);
    for (let times = 0; times < 3; times += 1) {
      assert.deepEqual(await lookout.look('edge', 2_000), { outcome: ANSWER, figures: FIGURES });
    }
    assert.deepEqual(counts, { looks: 3, open: 1 });
    assert.deepEqual(shown.at(-1), ['edge', true]);
    lookout.close();
    assert.equal(counts.open, 0);
  });

  for (const [what, device, outcome, isBlind] of [
    ['that is not its own', 'far', ANSWER, false],
    ['that it does not know', 'nobody', ANSWER, false],
    ['that it could not see', 'edge', UNSEEN, false],
    ['that does not answer while its own line is down', 'edge', DEAD, true],
  ] as const) {
    it(`says nothing of a device ${what}`, async () => {
      assert.equal(await setUp(outcome, isBlind).lookout.look(device, 2_000), null);
    });
  }

  it('says that a device does not answer when its own line is up', async () => {
    assert.deepEqual(await setUp(DEAD).lookout.look('edge', 2_000), { outcome: DEAD, figures: null });
  });

  it('says nothing of a device that it has given away during the look: the end of its connection is no silence', async () => {
    const { lookout, mine } = setUp(DEAD);
    const seen = lookout.look('edge', 2_000);
    mine.delete('edge');
    lookout.tidy();
    assert.equal(await seen, null);
  });

  it('ends the connection to a device that another worker has now', async () => {
    const { lookout, counts, mine, shown } = setUp(ANSWER);
    await lookout.look('edge', 2_000);
    await lookout.look('core', 2_000);
    mine.delete('edge');
    lookout.tidy();
    assert.equal(counts.open, 1);
    assert.deepEqual(shown.at(-1), ['edge', false]);
  });
});
