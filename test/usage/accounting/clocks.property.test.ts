import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { RouterState, Sample } from '../../../src/usage/accounting/counter.ts';
import { dateSample } from '../../../src/usage/accounting/dating.ts';
import { createCalendar } from '../../../src/usage/accounting/day.ts';
import { accountSample } from '../../../src/usage/accounting/delta.ts';
import { createBooking } from '../../../src/usage/booking.ts';
import { ClockModel, type Process, type Read } from '../../support/clock-model.ts';
import { nextState } from '../../support/truth-model.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START_AT = Date.UTC(2026, 5, 10, 8);
const EARLIEST_AT = Date.UTC(2026, 4, 1);
const PROCESSES = 3;

const duration = fc.oneof(
  fc.integer({ min: 1, max: 3 * MINUTE }),
  fc.integer({ min: 1, max: 3 * HOUR }),
  fc.integer({ min: 1, max: 40 * DAY }),
);
/** No router is down for less than a second, and nobody exchanges one for another in less than ten. */
const downtime = fc.oneof(fc.integer({ min: SECOND, max: 3 * MINUTE }), fc.integer({ min: SECOND, max: 40 * DAY }));
const shortly = fc.integer({ min: 0, max: 6 * SECOND });
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('move' as const), queue: fc.nat(2), bytes: fc.nat(5_000_000) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: duration }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('poll' as const),
      process: fc.nat(PROCESSES - 1),
      askMs: shortly,
      answerMs: shortly,
      listMs: shortly,
      isHeld: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('begin' as const), process: fc.nat(PROCESSES - 1), askMs: shortly }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      process: fc.nat(PROCESSES - 1),
      answer: fc.integer({ min: 0, max: 100 }),
      backMs: shortly,
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('commit' as const), process: fc.nat(PROCESSES - 1) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('clockStep' as const),
      process: fc.nat(PROCESSES - 1),
      ms: fc.oneof(
        fc.integer({ min: -10 * SECOND, max: 10 * SECOND }),
        fc.integer({ min: -3 * HOUR, max: 3 * HOUR }),
        fc.integer({ min: -60 * DAY, max: 60 * DAY }),
        fc.constantFrom(-56 * 365 * DAY, 56 * 365 * DAY, 73 * 365 * DAY, -73 * 365 * DAY),
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clockSet' as const), process: fc.nat(PROCESSES - 1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('reboot' as const), downMs: downtime }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reset' as const), queue: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('recreate' as const), queue: fc.nat(2) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('replace' as const), bytes: fc.nat(9_000_000), uptimeMs: duration }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), process: fc.nat(PROCESSES - 1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('machineReboot' as const), process: fc.nat(PROCESSES - 1) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('suspend' as const), process: fc.nat(PROCESSES - 1), ms: duration }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const history = fc.record({
  uptimeMs: fc.oneof(fc.integer({ min: 1, max: 60 * SECOND }), duration),
  /** On which machine each process runs, and whether that machine knows its boot. */
  machines: fc.constantFrom([0, 1, 2], [0, 0, 1], [0, 0, 0], [0, 1, 1]),
  knowsBoot: fc.boolean(),
  clockOffsets: fc.tuple(
    ...Array.from({ length: PROCESSES }, () =>
      fc.oneof(fc.constant(0), fc.integer({ min: -DAY, max: DAY }), fc.constant(-56 * 365 * DAY)),
    ),
  ),
  steps: fc.array(step, { minLength: 4, maxLength: 50, size: 'max' }),
});
type History = typeof history extends fc.Arbitrary<infer T> ? T : never;

/** Books what several processes read of one router, and holds each booking against what had truly moved by then. */
class Books {
  readonly booked = new Map<string, bigint>();
  /** By name, what had been moved and booked when the router was first read. */
  private first: { readonly moved: ReadonlyMap<string, bigint>; readonly booked: ReadonlyMap<string, bigint> } | null =
    null;
  private stored: RouterState | null = null;
  private readonly calendar = createCalendar('Europe/Berlin');
  readonly model: ClockModel;

  constructor(model: ClockModel) {
    this.model = model;
  }

  /** Commits what a process holds, oldest first, as far as its clock lets it; gives how many were accepted. */
  settle(process: Process): number {
    const { model } = this;
    let accepted = 0;
    for (
      let read = process.held[0];
      read !== undefined && model.wallOf(process) >= EARLIEST_AT;
      read = process.held[0]
    ) {
      process.held.shift();
      model.waitUntil(read.completeAt);
      if (this.commit(process, read)) accepted += 1;
    }
    return accepted;
  }

  private commit(process: Process, read: Read): boolean {
    const judged = {
      nowAt: this.model.wallOf(process),
      nowMonotonicMs: this.model.monotonicOf(process),
      earliestAt: EARLIEST_AT,
    };
    const sample: Sample = dateSample(read.sample, judged);
    const dayStartAt = this.calendar.startOf(this.calendar.dayOf(sample.sampledAt));
    const account = accountSample(this.stored, sample, { lineMbps: 1_000_000, dayStartAt, ...judged });
    if (account === null) return false;
    this.stored = nextState(this.stored, sample, account);
    for (const part of createBooking(account, sample, this.calendar).usage) {
      const bytes = part.uploadBytes + part.downloadBytes;
      assert.ok(part.uploadBytes >= 0n && part.downloadBytes >= 0n && part.unobservedMs >= 0);
      this.booked.set(part.name, (this.booked.get(part.name) ?? 0n) + bytes);
    }
    this.first ??= { moved: read.moved, booked: new Map(this.booked) };
    for (const [name, bytes] of this.booked) {
      const since: bigint = bytes - (this.first.booked.get(name) ?? 0n);
      const moved: bigint = (this.model.moved.get(name) ?? 0n) - (this.first.moved.get(name) ?? 0n);
      assert.ok(since <= moved, `${name}: ${since} booked, ${moved} moved`);
    }
    return true;
  }
}

function live(past: History): { model: ClockModel; books: Books } {
  const model = new ClockModel({
    startAt: START_AT,
    uptimeMs: past.uptimeMs,
    machines: past.machines,
    knowsBoot: past.knowsBoot,
    clockOffsets: past.clockOffsets,
  });
  const books = new Books(model);
  for (const each of past.steps) apply(each, model, books);
  return { model, books };
}

function apply(each: Step, model: ClockModel, books: Books): void {
  const process = model.process('process' in each ? each.process : 0);
  switch (each.kind) {
    case 'move':
      model.move(each.queue, each.bytes);
      return;
    case 'pass':
      model.advance(each.ms);
      return;
    case 'poll':
      model.begin(process, each.askMs);
      model.advance(each.answerMs + each.listMs);
      model.end(process, { answer: each.answerMs / Math.max(1, each.answerMs + each.listMs), backMs: 0 });
      if (!each.isHeld) books.settle(process);
      return;
    case 'begin':
      model.begin(process, each.askMs);
      return;
    case 'end':
      model.end(process, { answer: each.answer / 100, backMs: each.backMs });
      return;
    case 'commit':
      books.settle(process);
      return;
    case 'clockStep':
      process.clockOffsetMs += each.ms;
      return;
    case 'clockSet':
      process.clockOffsetMs = 0;
      return;
    case 'reboot':
      model.reboot(each.downMs);
      return;
    case 'reset':
      model.reset(each.queue);
      return;
    case 'recreate':
      model.recreate(each.queue);
      return;
    case 'replace':
      model.advance(10 * SECOND);
      model.replaceDevice(each.bytes, each.uptimeMs);
      return;
    case 'restart':
      model.restart(process);
      return;
    case 'machineReboot':
      model.rebootMachine(process);
      return;
    case 'suspend':
      model.suspend(process, each.ms);
      return;
  }
}

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 1500);

describe('several processes on any machines, whatever their wall clocks do', () => {
  it('never book more than was moved, per queue and after each booking', () => {
    fc.assert(
      fc.property(history, (past) => {
        const { model, books } = live(past);
        for (let index = 0; index < PROCESSES; index += 1) {
          const process = model.process(index);
          process.clockOffsetMs = 0;
          books.settle(process);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('go on to the byte when one of them has a clock that is right', () => {
    fc.assert(
      fc.property(history, fc.nat(PROCESSES - 1), (past, index) => {
        const { model, books } = live(past);
        const process = model.process(index);
        process.clockOffsetMs = 0;
        model.end(process, { answer: 0, backMs: 0 });
        books.settle(process);
        const poll = () => {
          model.advance(20 * SECOND);
          model.begin(process, 100);
          model.advance(300);
          model.end(process, { answer: 0.5, backMs: 0 });
          return books.settle(process);
        };
        // Until what other clocks left behind is too old to be taken for later.
        for (const waitMs of [MINUTE, HOUR, DAY, 60 * DAY, 400 * DAY]) {
          model.advance(waitMs);
          poll();
        }
        const before = new Map(books.booked);
        for (let queue = 0; queue < 3; queue += 1) model.move(queue, 1_000_000);
        assert.equal(poll(), 1, 'a fresh sample of a right clock was not accepted');
        for (const name of model.names()) {
          assert.equal((books.booked.get(name) ?? 0n) - (before.get(name) ?? 0n), 1_000_000n, name);
        }
      }),
      { numRuns: RUNS },
    );
  });
});
