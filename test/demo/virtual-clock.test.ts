import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createHeldNetwork } from '../../src/demo/held-time.ts';
import { createVirtualClock, withCoarseTimers } from '../../src/demo/virtual-clock.ts';
import type { Observation, Observer } from '../../src/health/observation.ts';
import { deviceOf } from '../support/devices.ts';
import { createManualClock } from '../support/manual-clock.ts';

const START_AT = Date.UTC(2026, 0, 1, 6);

describe('the virtual clock', () => {
  function start(speed = 1000) {
    const host = createManualClock(0);
    return { host, clock: createVirtualClock({ startAt: START_AT, speed, host }) };
  }

  /** In steps as an idle event loop makes them. */
  function passHostMs(host: ReturnType<typeof createManualClock>, ms: number) {
    for (let passed = 0; passed < ms; passed += 1) host.advance(1);
  }

  it('runs at its speed from its start', () => {
    const { host, clock } = start();
    passHostMs(host, 100);
    assert.equal(clock.now(), START_AT + 100_000);
    assert.equal(clock.monotonicMs(), 100_000);
  });

  it('calls timers in order, each at the instant it is due', () => {
    const { host, clock } = start();
    const calls: [string, number][] = [];
    clock.after(7_500, () => calls.push(['b', clock.monotonicMs()]));
    clock.after(1_250, () => {
      calls.push(['a', clock.monotonicMs()]);
      clock.after(1_000, () => calls.push(['nested', clock.monotonicMs()]));
    });
    clock.after(2_000, () => calls.push(['cancelled', 0]))();
    passHostMs(host, 20);
    assert.deepEqual(calls, [
      ['a', 1_250],
      ['nested', 2_250],
      ['b', 7_500],
    ]);
  });

  it('stands still from the moment a timer holds it until every hold is released', () => {
    const { host, clock } = start();
    let release = () => {};
    clock.after(1_000, () => {
      release = clock.hold();
    });
    let later = false;
    clock.after(1_001, () => {
      later = true;
    });
    passHostMs(host, 50);
    const releaseOther = clock.hold();
    release();
    release();
    passHostMs(host, 50);
    assert.equal(clock.monotonicMs(), 1_000);
    assert.equal(later, false);
    releaseOther();
    passHostMs(host, 10);
    assert.equal(later, true);
    assert.ok(clock.monotonicMs() <= 11_000, 'the time it was held is not made up for');
  });

  it('passes more slowly instead of leaping when the host was busy', () => {
    const host = createManualClock(0);
    // The tick runs only when the host's time is far ahead, as after a stalled turn of the event loop.
    const stalling = { ...host, after: (_delayMs: number, run: () => void) => host.after(10_000, run) };
    const clock = createVirtualClock({ startAt: START_AT, speed: 1000, host: stalling });
    host.advance(10_000);
    assert.equal(clock.monotonicMs(), 20_000);
  });

  it('runs no timer after it was stopped', () => {
    const { host, clock } = start();
    clock.after(1_000, () => assert.fail('a stopped clock ran a timer'));
    clock.stop();
    passHostMs(host, 20);
    assert.equal(host.pending(), 0);
  });

  it('has coarse timers for work that is not worth more', () => {
    const { host, clock } = start();
    const coarse = withCoarseTimers(clock, 5_000);
    const calls: [string, number][] = [];
    for (const [name, delayMs] of [
      ['soon', 1_000],
      ['late', 7_000],
    ] as const) {
      coarse.after(delayMs, () => calls.push([name, coarse.monotonicMs()]));
    }
    coarse.after(1_000, () => assert.fail('a cancelled timer ran'))();
    passHostMs(host, 20);
    assert.deepEqual(calls, [
      ['soon', 5_000],
      ['late', 7_000],
    ]);
    assert.equal(coarse.now(), clock.now());
  });
});

describe('time while the simulated network is talked to', () => {
  const LOOK = { signal: new AbortController().signal, withinMs: 1, connectWithinMs: null, enter: async () => {} };

  function setUp(isUp: boolean) {
    const host = createManualClock(0);
    const clock = createVirtualClock({ startAt: START_AT, speed: 1000, host });
    const network = { isReached: () => isUp, isLineUp: () => isUp };
    return { host, clock, held: createHeldNetwork({ clock, host, network }) };
  }

  function observerThat(answers: Promise<Observation>, onLook = () => {}): Observer {
    return {
      observe: (look) => {
        assert.equal(look, LOOK);
        onLook();
        return answers;
      },
      close() {},
    };
  }

  it('stands still until the answer, whose latency is that of the real network', async () => {
    const { host, clock, held } = setUp(true);
    const { promise, resolve } = Promise.withResolvers<Observation>();
    const observed = held.wrapObserver(observerThat(promise), deviceOf('edge')).observe(LOOK);
    for (let ms = 0; ms < 40; ms += 1) host.advance(1);
    assert.equal(clock.monotonicMs(), 0);
    const outcome = { kind: 'answered', proof: 'api', latencyMs: 0 } as const;
    resolve({ device: 'edge', at: clock.now(), monotonicMs: 0, outcome, figures: null });
    assert.deepEqual((await observed).outcome, { ...outcome, latencyMs: 40 });
    for (let ms = 0; ms < 10; ms += 1) host.advance(1);
    assert.equal(clock.monotonicMs(), 10_000);
  });

  it('goes on when nothing answers at all, so that what is waited for ends', () => {
    const { host, clock, held } = setUp(true);
    void held.wrapObserver(observerThat(new Promise(() => {})), deviceOf('edge')).observe(LOOK);
    for (let ms = 0; ms < 2_010; ms += 1) host.advance(1);
    assert.ok(clock.monotonicMs() > 0);
  });

  it('lets who is cut off be silent, without a question', async () => {
    const { clock, held } = setUp(false);
    const asked = observerThat(new Promise(() => {}), () => assert.fail('it was asked'));
    const { outcome, at } = await held.wrapObserver(asked, deviceOf('edge')).observe(LOOK);
    assert.deepEqual(outcome, { kind: 'failed', code: 'DEAD', reason: 'does not answer' });
    assert.equal(at, clock.now());
    const { signal } = LOOK;
    assert.deepEqual(await held.prober.knock({ host: '127.0.0.1', port: 1, timeoutMs: 1, signal }), { kind: 'silent' });
  });
});
