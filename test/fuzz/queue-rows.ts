import assert from 'node:assert/strict';
import type { RouterState, Sample } from '../../src/usage/accounting/counter.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { accountSample } from '../../src/usage/accounting/delta.ts';
import { createBooking } from '../../src/usage/booking.ts';
import { createQueueList, QUEUE_PROPERTIES } from '../../src/usage/reader/queue-list.ts';
import { nextState } from '../support/truth-model.ts';
import { createDice, type Dice, hostileText } from './random.ts';

const START_AT = Date.UTC(2026, 5, 10, 8);
const LINE_MBPS = 10_000;

/** Lists of hostile rows, one after the other, through parser, rules and booking: nothing throws, nothing negative or impossible is booked. */
export function fuzzQueueRows({ seed, rounds }: { readonly seed: number; readonly rounds: number }) {
  const dice = createDice(seed);
  const calendar = createCalendar('America/New_York');
  let state: RouterState | null = null;
  let clockMs = 0;
  let rows = 0;
  let parsed = 0;
  for (let round = 0; round < rounds; round += 1) {
    clockMs += dice.pick([1_000, 60_000, 86_400_000]);
    const list = createQueueList();
    const count = dice.below(30);
    rows += count;
    for (let index = 0; index < count; index += 1) list.add(row(dice));
    const { queues, faulty } = list.finish();
    parsed += queues.length;
    const uptimeMs = dice.random() < 0.1 ? 1_000 * dice.below(1_000) : 50 * 86_400_000 + clockMs;
    const sample: Sample = {
      sampledAt: START_AT + clockMs,
      uptimeMs,
      endUptimeMs: uptimeMs + 1_100,
      reader: dice.pick(['one', 'one', 'one', 'two']),
      monotonicMs: clockMs,
      askedMs: clockMs,
      bootId: dice.pick(['boot', null]),
      serial: dice.pick(['A', 'A', 'A', 'A', 'B', null]),
      queues: queues.map((queue) => ({ ...queue, user: queue.name })),
      unreadable: faulty.map(({ id, name }) => ({ id, name })),
    };
    for (const { id, name } of [...sample.queues, ...sample.unreadable]) {
      assert.ok((id ?? '').length <= 63 && [...(name ?? '')].length <= 255, 'what cannot be stored');
    }
    const account = accountSample(state, sample, {
      lineMbps: LINE_MBPS,
      dayStartAt: calendar.startOf(calendar.dayOf(sample.sampledAt)),
      nowAt: sample.sampledAt,
      nowMonotonicMs: clockMs,
      earliestAt: 0,
    });
    if (account === null) continue;
    for (const { uploadBytes, downloadBytes, unobservedMs, name } of createBooking(account, sample, calendar).usage) {
      assert.ok(uploadBytes >= 0n && downloadBytes >= 0n && unobservedMs >= 0, `${name}: negative`);
      assert.notEqual(name, '');
    }
    state = nextState(state, sample, account);
  }
  return { rows, parsed };
}

function row(dice: Dice): { get(property: string): string | undefined } {
  const plain: Record<string, string> = {
    '.id': `*${dice.below(20).toString(16)}`,
    name: `user-${dice.below(20)}`,
    target: '10.0.0.1/32',
    parent: dice.random() < 0.1 ? `user-${dice.below(20)}` : 'none',
    bytes: `${dice.below(1e9)}/${dice.below(1e9)}`,
    dynamic: dice.pick(['true', 'false']),
  };
  for (const property of QUEUE_PROPERTIES) {
    if (dice.random() > 0.08) continue;
    if (dice.random() < 0.3) delete plain[property];
    else plain[property] = hostileText(dice);
  }
  return { get: (property) => (Object.hasOwn(plain, property) ? plain[property] : undefined) };
}
