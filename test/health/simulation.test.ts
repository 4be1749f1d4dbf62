import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import type { Device } from '../../src/devices/ports.ts';
import { createKeeper } from '../../src/health/keeper.ts';
import { createLedger } from '../../src/health/ledger.ts';
import type { Observer, Outcome } from '../../src/health/observation.ts';
import { createOwnLine } from '../../src/health/own-line.ts';
import { createTeller } from '../../src/health/teller.ts';
import { createWatch } from '../../src/health/watch.ts';
import { createNoticeMaker } from '../../src/notices/make-notice.ts';
import { pause } from '../../src/runtime/clock.ts';
import { createRounds } from '../../src/runtime/rounds.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { serverOf } from '../support/devices.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryHealth } from '../support/memory-health.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { visitUntil } from '../support/visits.ts';
import { ANSWER, DEAD, NOON } from './support.ts';

const EVERY_S = 30;
const RUN_S = 900;
/** A state is seen at the next look, and a burst takes 2 s. */
const SEEN_WITHIN_S = EVERY_S + 3;
const DOWN_WITHIN_S = 3 * EVERY_S + 5;
const calendar = createCalendar('Asia/Karachi');

interface Interval {
  readonly from: number;
  readonly to: number;
}

/** What truly happened, in seconds of the run. */
interface Truth {
  /** The first one is in front of the second and the third. */
  readonly outages: readonly (readonly Interval[])[];
  readonly line: readonly Interval[];
  /** The first worker is stopped, without knowing, and goes on later. */
  readonly frozen: Interval | null;
  /** By how much the wall clock is set, and when. */
  readonly step: { readonly at: number; readonly ms: number } | null;
}

const interval = (longest: number) =>
  fc
    .record({ from: fc.integer({ min: 40, max: RUN_S - 60 }), length: fc.integer({ min: 1, max: longest }) })
    .map(({ from, length }): Interval => ({ from, to: from + length }));
const truths: fc.Arbitrary<Truth> = fc.record({
  outages: fc.array(fc.array(interval(300), { maxLength: 3 }), { minLength: 4, maxLength: 4 }),
  line: fc.array(interval(200), { maxLength: 1 }),
  frozen: fc.option(interval(200)),
  step: fc.option(fc.record({ at: fc.integer({ min: 40, max: RUN_S }), ms: fc.integer({ min: -9e6, max: 9e6 }) })),
});

const DEVICES: readonly Device[] = [
  serverOf('tower'),
  serverOf('home1', { parent: 'tower' }),
  serverOf('home2', { parent: 'tower' }),
  serverOf('alone'),
];
const isIn = (all: readonly Interval[], second: number) => all.some(({ from, to }) => second >= from && second < to);
const touches = (all: readonly Interval[], from: number, to: number) =>
  all.some((each) => each.from < to && each.to > from);

const find = (wanted: string) => DEVICES.find(({ name }) => name === wanted) ?? null;

async function run(truth: Truth) {
  const clock = createManualClock(NOON);
  const book = createMemoryHealth(clock.monotonicMs);
  const second = () => clock.monotonicMs() / 1000;
  const isUp = (index: number): boolean =>
    !isIn(truth.line, second()) &&
    !isIn(truth.outages[index] ?? [], second()) &&
    (DEVICES[index]?.parent === null || !isIn(truth.outages[0] ?? [], second()));
  const makeNotice = createNoticeMaker({ calendar, newId: () => 'id' });

  function createWorker(isFirst: boolean) {
    const ledger = createLedger(calendar);
    const watch = createWatch({
      ...{ devices: () => DEVICES, find },
      ledger,
      ownLine: createOwnLine({
        witnesses: [{ name: 'gateway', answers: () => Promise.resolve(!isIn(truth.line, second())) }],
        clock,
      }),
      rules: { everyMs: EVERY_S * 1000, failures: 3, answers: 1 },
      ...{ warnRules: [], timeoutMs: 5_000, timeZone: 'UTC', clock, onChange: () => {} },
    });
    const keeper = createKeeper({
      ...{ book, watch, ledger, clock, onTold: () => {}, newId: () => crypto.randomUUID() },
      ...{ windows: { list: async () => [] }, routers: () => 0 },
      tell: createTeller({
        ...{ devices: () => DEVICES, find, records: ledger.records, everyMs: EVERY_S * 1000, timeZone: 'UTC', clock },
        noticeOf: (composition, { event, devices, now }) =>
          makeNotice(composition, {
            ...{ kind: 'device', event: `device.${event}`, devices, now, periodEnd: '2026-11-27' },
            to: [{ channel: 'mail', address: 'a@example.net' }],
          }),
      }),
      logger: createMemoryLogger(),
      onBug: (error) => assert.fail(String(error)),
    });
    const observers = DEVICES.map(
      (device, index): Observer => ({
        observe: () =>
          Promise.resolve({
            ...{ device: device.name, at: clock.now(), monotonicMs: clock.monotonicMs() },
            ...{ outcome: isUp(index) ? ANSWER : DEAD, figures: null },
          }),
        close() {},
      }),
    );
    const busy = new Set<number>();
    return {
      isFrozen: () => isFirst && truth.frozen !== null && isIn([truth.frozen], second()),
      look() {
        for (const [index, device] of DEVICES.entries()) {
          const observer = observers[index];
          if (observer === undefined || busy.has(index) || (second() + index * 7) % EVERY_S !== 0) continue;
          busy.add(index);
          void watch.look(device, observer, visitUntil()).finally(() => busy.delete(index));
        }
      },
      keep: () => keeper.pass(),
    };
  }

  const workers = [createWorker(true), createWorker(false)];
  /** Transitions to `down`, with the second in which they were written. */
  const downs: { device: string; second: number }[] = [];
  for (let now = 0; now < RUN_S; now += 1) {
    if (truth.step?.at === now) clock.step(truth.step.ms);
    for (const worker of workers) if (!worker.isFrozen()) worker.look();
    for (let part = 0; part < 4; part += 1) {
      await turn();
      clock.advance(250);
    }
    const known = book.transitions.length;
    if (now % 5 === 0) for (const worker of workers) if (!worker.isFrozen()) await worker.keep();
    for (const { device, to } of book.transitions.slice(known)) if (to === 'down') downs.push({ device, second: now });
  }
  return { book, downs };
}

describe('a simulated fleet', () => {
  it('is told truly: outages of devices, of what is in front of them and of our own line, with workers that freeze and clocks that step', async () => {
    await fc.assert(
      fc.asyncProperty(truths, async (truth) => {
        const { book, downs } = await run(truth);
        const disturbed = [
          ...truth.line,
          ...(truth.frozen === null ? [] : [{ from: truth.frozen.from, to: truth.frozen.to + 90 }]),
        ];
        for (const [index, { name, parent }] of DEVICES.entries()) {
          const own = truth.outages[index] ?? [];
          const above = parent === null ? [] : (truth.outages[0] ?? []);
          const all = [...own, ...above];
          const mine = downs.filter(({ device }) => device === name);
          for (const { second } of mine) {
            assert.ok(touches(all, second - 10, second), `${name} is called down at ${second} s and was up`);
            assert.ok(!truth.line.some(({ from, to }) => from < second - 8 && to > second), 'nobody could see it');
          }
          for (const outage of own) {
            const by = outage.from + DOWN_WITHIN_S + 5;
            const isCalm =
              outage.to > outage.from + DOWN_WITHIN_S &&
              !touches(disturbed, outage.from - 100, by) &&
              !touches(above, outage.from - 100, by) &&
              !touches(
                own.filter((each) => each !== outage),
                outage.from - 100,
                by,
              ) &&
              by < RUN_S;
            const isTold = mine.some(({ second }) => second > outage.from && second <= by);
            assert.ok(!isCalm || isTold, `${name} was down from ${outage.from} s and nobody was told`);
          }
          const { up = 0, down = 0, unknown = 0 } = book.times.get(name) ?? {};
          const trulyDown = all.reduce((sum, { from, to }) => sum + to - from, 0);
          // A worker that is frozen sees the end of an outage later by as long; a gap that short belongs to the state before it.
          const frozenFor = truth.frozen === null ? 0 : truth.frozen.to - truth.frozen.from;
          const seenWithin = SEEN_WITHIN_S + frozenFor;
          assert.ok(down / 1000 <= trulyDown + all.length * seenWithin, `${name}: ${down} ms down`);
          assert.ok(up + down + unknown <= RUN_S * 1000, `${name}: time counted twice`);
          if (all.length + disturbed.length === 0) assert.equal(down, 0);
          if (all.length + disturbed.length === 0 && truth.step === null)
            assert.ok(up >= (RUN_S - 2 * EVERY_S - 5) * 1000);
        }
        // Each news of a DOWN or UP is told once.
        const fallen = book.news.filter(({ event }) => event === 'down' || event === 'up');
        const told = book.notices.flatMap(({ notice, event }) =>
          ['down', 'up', 'mass'].includes(event) ? notice.devices : [],
        );
        assert.ok(told.length <= fallen.length);
      }),
      { numRuns: 12 },
    );
  });
});

describe('a fleet of a thousand of which 30 % are silent', () => {
  const names = Array.from({ length: 1_000 }, (_, index) => `r${index}`);
  const devices = names.map((name) => serverOf(name));
  const of = new Map(devices.map((device) => [device.name, device]));
  const dead = new Set(names.slice(0, 300));

  it('has a DOWN told within three intervals and 5 s, and 500 that fall at once in one message or two that list them all', async () => {
    const clock = createManualClock(NOON);
    const book = createMemoryHealth(clock.monotonicMs);
    const ledger = createLedger(calendar);
    const findOne = (name: string) => of.get(name) ?? null;
    const everyMs = EVERY_S * 1000;
    const watch = createWatch({
      ...{ devices: () => devices, find: findOne, ledger, warnRules: [], timeoutMs: 5_000, timeZone: 'UTC', clock },
      ...{ ownLine: createOwnLine({ witnesses: [], clock }), onChange: () => {} },
      rules: { everyMs, failures: 3, answers: 1 },
    });
    const makeNotice = createNoticeMaker({ calendar, newId: () => 'id' });
    const told: { readonly event: string; readonly devices: readonly string[]; readonly second: number }[] = [];
    const keeper = createKeeper({
      ...{ book, watch, ledger, clock, onTold: () => {}, newId: () => crypto.randomUUID() },
      ...{ windows: { list: async () => [] }, routers: () => 0 },
      tell: createTeller({
        ...{ devices: () => devices, find: findOne, records: ledger.records, everyMs, timeZone: 'UTC', clock },
        noticeOf(composition, about) {
          told.push({ ...about, second: clock.monotonicMs() / 1000 });
          return makeNotice(composition, {
            ...{ kind: 'device', event: `device.${about.event}`, devices: about.devices, now: about.now },
            ...{ periodEnd: '2026-11-27', to: [{ channel: 'mail', address: 'a@example.net' }] },
          });
        },
      }),
      logger: createMemoryLogger(),
      onBug: (error) => assert.fail(String(error)),
    });
    const rounds = createRounds<Device, void>({
      ...{ name: 'health', subjects: devices, isSame: () => true, everyMs, phase: 0.5, clock, graceMs: 0 },
      ...{ slowAfterVisits: 3, restsSilent: false, places: 64, onBug: (error) => assert.fail(String(error)) },
      createVisitor: (device) => {
        const seen = (outcome: Outcome) => ({
          ...{ device: device.name, at: clock.now(), monotonicMs: clock.monotonicMs(), outcome, figures: null },
        });
        const observer: Observer = {
          async observe({ signal, withinMs, connectWithinMs, enter }) {
            if (dead.has(device.name)) {
              await pause(clock, Math.min(withinMs, connectWithinMs ?? withinMs), signal);
              return seen(DEAD);
            }
            await enter();
            return seen(ANSWER);
          },
          close() {},
        };
        return { visit: async (visit) => void (await watch.look(device, observer, visit)), close() {} };
      },
    });
    await keeper.pass();
    await rounds.start();
    const runUntil = async (second: number) => {
      while (clock.monotonicMs() < second * 1000) {
        clock.advance(500);
        await turn();
        if (clock.monotonicMs() % 1000 === 0) await keeper.pass();
      }
    };
    const toldOf = (name: string) => told.filter((each) => each.devices.includes(name)).map(({ event }) => event);

    await runUntil(200);
    assert.deepEqual(toldOf('r299'), ['mass']);
    dead.add('r500');
    await runUntil(200 + DOWN_WITHIN_S + 1);
    assert.deepEqual(toldOf('r500'), ['down']);

    const fallen = names.slice(400, 900).filter((name) => name !== 'r500');
    for (const name of fallen) dead.add(name);
    const from = clock.monotonicMs() / 1000;
    // Of so many nothing is told for two rounds; the first of them is down by then.
    await runUntil(from + DOWN_WITHIN_S + 2 * EVERY_S + 1);
    const since = told.filter(({ second }) => second > from);
    assert.ok(since.length >= 1 && since.length <= 2, JSON.stringify(since.map(({ event }) => event)));
    assert.deepEqual(since.flatMap((each) => each.devices).toSorted(), fallen.toSorted());
    const stopped = rounds.stop();
    clock.advance(1);
    await stopped;
  });
});
