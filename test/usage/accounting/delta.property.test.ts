import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { RouterState } from '../../../src/usage/accounting/counter.ts';
import { createCalendar } from '../../../src/usage/accounting/day.ts';
import { accountSample } from '../../../src/usage/accounting/delta.ts';
import { createBooking } from '../../../src/usage/booking.ts';
import { ExpectedBooks } from '../../support/expected-books.ts';
import { nextState, type Reader, type Truth, TruthModel, type Unreadable } from '../../support/truth-model.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What may happen to a router; each with the numbers it needs. */
const traffic = fc.record({
  kind: fc.constant('traffic' as const),
  queue: fc.nat(9),
  upload: fc.nat(3_000_000),
  download: fc.nat(3_000_000),
});
const passing = fc.record({
  kind: fc.constant('pass' as const),
  ms: fc.oneof(fc.integer({ min: 1, max: 3 * MINUTE }), fc.integer({ min: HOUR, max: 30 * HOUR })),
});
const poll = fc.record({
  kind: fc.constant('poll' as const),
  reader: fc.nat(2),
  // Where clocks are 2 s apart, two instants may be the same.
  afterMs: fc.constantFrom(1_001, 2_000, 3_500),
  listMs: fc.integer({ min: 1, max: 9_000 }),
  heldBack: fc.boolean(),
  hides: fc.option(fc.nat(9), { freq: 9 }),
});
const happening = fc.oneof(
  fc.record({ kind: fc.constant('reboot' as const), downMs: fc.integer({ min: 5_000, max: 4 * HOUR }) }),
  fc.record({ kind: fc.constant('reset' as const), queue: fc.nat(9) }),
  fc.record({ kind: fc.constant('resetAll' as const) }),
  fc.record({ kind: fc.constant('remove' as const), queue: fc.nat(9) }),
  fc.record({ kind: fc.constant('add' as const), name: fc.nat(9), dynamic: fc.boolean(), reuseId: fc.boolean() }),
  fc.record({ kind: fc.constant('recreate' as const), queue: fc.nat(9), reuseId: fc.boolean() }),
  fc.record({ kind: fc.constant('rename' as const), queue: fc.nat(9), name: fc.nat(9) }),
  fc.record({ kind: fc.constant('swap' as const), one: fc.nat(9), other: fc.nat(9) }),
  fc.record({ kind: fc.constant('parent' as const), queue: fc.nat(9), under: fc.option(fc.nat(9), { freq: 2 }) }),
  fc.record({
    kind: fc.constant('unreadable' as const),
    queue: fc.nat(9),
    // Rows without .id are rarer than rare, and make much uncertain.
    as: fc.constantFrom<Unreadable[]>('named', 'named', 'named', 'nameless', 'nameless', 'no id', 'nothing'),
  }),
  fc.record({
    kind: fc.constant('replace' as const),
    counter: fc.nat(9_000_000),
    uptimeMs: fc.integer({ min: 20_000, max: 90 * HOUR }),
  }),
  fc.record({
    kind: fc.constant('clockStep' as const),
    reader: fc.nat(2),
    ms: fc.oneof(fc.integer({ min: -2 * HOUR, max: 2 * HOUR }), fc.integer({ min: -9_000 * HOUR, max: 9_000 * HOUR })),
  }),
);
const step = fc.oneof(
  { weight: 5, arbitrary: traffic },
  { weight: 3, arbitrary: passing },
  { weight: 5, arbitrary: poll },
  { weight: 3, arbitrary: happening },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const history = fc.record({
  // Around a midnight, and around both changes of clock, in a zone that has them.
  startAt: fc.constantFrom(
    Date.UTC(2026, 2, 28, 20),
    Date.UTC(2026, 9, 24, 19),
    Date.UTC(2026, 5, 10, 21, 58),
    Date.UTC(2026, 5, 10, 8),
  ),
  uptimeMs: fc.integer({ min: 20_000, max: 40 * HOUR }),
  queues: fc.array(fc.record({ dynamic: fc.boolean(), under: fc.option(fc.nat(4), { freq: 1 }) }), {
    minLength: 1,
    maxLength: 5,
  }),
  steps: fc.array(step, { maxLength: 60, size: 'max' }),
});
type History = typeof history extends fc.Arbitrary<infer T> ? T : never;

const ZONE = 'Europe/Berlin';

/** Runs a history as the worker would and compares booked bytes with true bytes after each commit. */
function live(past: History, readers: readonly [Reader, Reader, Reader]): void {
  const calendar = createCalendar(ZONE);
  const model = new TruthModel(past.startAt, past.uptimeMs);
  for (const [index, { dynamic }] of past.queues.entries()) model.addQueue(`q${index}`, dynamic);
  for (const [index, { under }] of past.queues.entries()) model.setParent(index, under);
  // Counters have a past that is not ours.
  for (let queue = 0; queue < model.rowCount; queue++) model.move(queue, 500_000 + queue, 70_000);

  let stored: RouterState | null = null;
  const booked = new Map<string, bigint>();
  let lastReadAt = Number.NEGATIVE_INFINITY;
  const expected = new ExpectedBooks();
  const held: { truth: Truth; reader: Reader }[] = [];

  function commit({ truth, reader }: { truth: Truth; reader: Reader }): void {
    const { sample } = truth;
    const day = calendar.dayOf(sample.sampledAt);
    const dayStartAt = calendar.startOf(day);
    const account = accountSample(stored, sample, {
      lineMbps: 10_000,
      dayStartAt,
      nowAt: model.nowAt + reader.clockOffsetMs,
      nowMonotonicMs: model.nowAt,
      earliestAt: 0,
    });
    if (account === null) return;
    assert.ok(truth.readAt >= lastReadAt, 'a sample was accepted after a later one');
    lastReadAt = truth.readAt;
    const countsSinceBoot = sample.sampledAt - sample.uptimeMs >= dayStartAt;
    assert.deepEqual(expected.accept(model, truth, account, countsSinceBoot), []);
    model.accepted(truth);

    const booking = createBooking(account, sample, calendar);
    const ofDeltas = account.entries.flatMap((entry) => entry.deltas);
    const deltaBytes = ofDeltas.reduce((sum, delta) => sum + delta.uploadBytes + delta.downloadBytes, 0n);
    const dayBytes = [...booking.usage].reduce((sum, part) => sum + part.uploadBytes + part.downloadBytes, 0n);
    assert.equal(dayBytes, deltaBytes, 'the parts of a split do not sum to the delta');
    for (const part of booking.usage) {
      assert.ok(part.uploadBytes >= 0n && part.downloadBytes >= 0n && part.unobservedMs >= 0);
      assert.ok(part.estimatedBytes <= part.uploadBytes + part.downloadBytes);
      assert.ok(part.day <= day, 'a byte was booked to a day that has not come');
      const moved = part.uploadBytes + part.downloadBytes;
      if (moved > 0n) booked.set(part.name, (booked.get(part.name) ?? 0n) + moved);
    }
    stored = nextState(stored, sample, account);
    const expectedBytes = [...expected.byName].filter(([, bytes]) => bytes !== 0n);
    assert.deepEqual(new Map([...booked].sort()), new Map(expectedBytes.sort()));
  }

  function apply(each: Step): void {
    switch (each.kind) {
      case 'traffic':
        model.move(each.queue, each.upload, each.download);
        return;
      case 'pass':
        model.advance(each.ms);
        return;
      case 'poll': {
        model.advance(each.afterMs);
        const reader = readers[each.reader] ?? readers[0];
        const truth = model.read(reader, each.listMs, each.hides);
        held.push({ truth, reader });
        // One process commits in its own order; two may overtake each other.
        if (!each.heldBack) for (const item of held.splice(0).sort(overtaking)) commit(item);
        return;
      }
      case 'reboot':
        model.advance(10_000);
        model.reboot(each.downMs);
        model.advance(1_000);
        return;
      case 'reset':
        model.reset(each.queue);
        return;
      case 'resetAll':
        model.resetAll();
        return;
      case 'remove':
        model.remove(each.queue);
        return;
      case 'add':
        model.addQueue(`q${each.name}`, each.dynamic, each.reuseId);
        return;
      case 'recreate':
        model.recreate(each.queue, each.reuseId);
        return;
      case 'rename':
        model.rename(each.queue, `q${each.name}`);
        return;
      case 'swap':
        model.swapNames(each.one, each.other);
        return;
      case 'unreadable':
        model.toggleUnreadable(each.queue, each.as);
        return;
      case 'parent':
        model.setParent(each.queue, each.under);
        return;
      case 'replace':
        // Nobody exchanges a router in less time than clocks are apart.
        model.advance(4_000);
        model.replaceDevice(each.counter, each.uptimeMs);
        return;
      case 'clockStep':
        (readers[each.reader] ?? readers[0]).clockOffsetMs += each.ms;
        return;
    }
  }

  for (const each of past.steps) apply(each);
  for (const item of held) commit(item);
}

function overtaking(one: { reader: Reader }, other: { reader: Reader }): number {
  return other.reader.id.localeCompare(one.reader.id);
}

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 1500);

describe('booked bytes against true bytes', () => {
  it('are exact for any history read by one process, however its clock steps', () => {
    fc.assert(
      fc.property(history, (past) => {
        const reader = { id: 'one', clockOffsetMs: 0 };
        live(past, [reader, reader, reader]);
      }),
      { numRuns: RUNS },
    );
  });

  it('are exact for three processes of one machine, however their wall clocks step and their commits overtake each other', () => {
    fc.assert(
      fc.property(history, (past) => {
        live(past, [
          { id: 'one', clockOffsetMs: 0, bootId: 'boot' },
          { id: 'two', clockOffsetMs: 2_000, bootId: 'boot' },
          { id: 'three', clockOffsetMs: -1_500, bootId: 'boot' },
        ]);
      }),
      { numRuns: RUNS },
    );
  });
});
