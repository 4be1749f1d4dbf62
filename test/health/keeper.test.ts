import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NOTHING_TOLD } from '../../src/health/gather.ts';
import { createKeeper } from '../../src/health/keeper.ts';
import { createLedger } from '../../src/health/ledger.ts';
import type { HealthBatch, HealthBook } from '../../src/health/ports.ts';
import { createTeller } from '../../src/health/teller.ts';
import { createNoticeMaker } from '../../src/notices/make-notice.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { NOON } from './support.ts';

/** A keeper whose book answers each batch so, in this order; `sweep` is called before each. */
function keeperWith(answers: readonly (Error | null)[], clock = createManualClock(NOON), sweep = () => {}) {
  const given: string[] = [];
  const loads: string[] = [];
  const left = [...answers];
  let ids = 0;
  const book: HealthBook = {
    claim: async () => ({ seenAt: NOON, blindSince: null }),
    release: async () => {},
    load: async () => [],
    async commit(batch: HealthBatch) {
      given.push(batch.id);
      const answer = left.shift() ?? null;
      if (answer !== null) throw answer;
      return true;
    },
  };
  const keeper = createKeeper({
    ...{ book, windows: { list: async () => [] }, ledger: createLedger(createCalendar('UTC')) },
    watch: {
      ...{
        look: () => Promise.reject(new Error('not looked at here')),
        sweep: async () => sweep(),
        setWindows: () => {},
        blindSince: () => null,
      },
      begin: () => loads.push('begin'),
      end: () => loads.push('end'),
    },
    routers: () => 0,
    tell: (_waiting, told) => ({ notices: [], ids: [], told }),
    ...{ onTold: () => {}, newId: () => `id-${++ids}`, clock, logger: createMemoryLogger() },
    onBug: (error) => assert.fail(String(error)),
  });
  return { keeper, given, loads };
}

it('gives a batch again that the database did not acknowledge while it was away', async () => {
  const { keeper, given } = keeperWith([new TroubleError('DATABASE_UNAVAILABLE', 'away', 'Wait.')]);
  await assert.rejects(keeper.pass(), { code: 'DATABASE_UNAVAILABLE' });
  await keeper.pass();
  assert.equal(given.length, 3);
  assert.equal(given[1], given[0]);
});

it('drops a batch that the database never takes, says so loudly, and begins anew with what is stored', async () => {
  const { keeper, given, loads } = keeperWith([new Error("Out of range value for column 'cpu_count'")]);
  await assert.rejects(keeper.pass(), /Out of range/);
  await keeper.pass();
  assert.equal(new Set(given).size, 2);
  assert.deepEqual(loads, ['begin', 'end', 'begin']);
});

describe('with a clock that is not set any more', () => {
  const lost = () => createManualClock(NOON, { earliestAt: NOON });

  it('writes nothing, also when that happens while the database is asked', async () => {
    const clock = lost();
    const { keeper, given } = keeperWith([], clock, () => clock.step(-1));
    await keeper.pass();
    assert.deepEqual(given, []);
    clock.step(2);
    await keeper.pass();
    assert.equal(given.length, 1);
  });

  it('tells nothing: the news waits, for what is dated so would be outdated before it is sent', () => {
    const clock = lost();
    const tell = createTeller({
      ...{ devices: () => [], find: () => null, records: () => [], everyMs: 30_000, timeZone: 'UTC', clock },
      noticeOf: (composition, { event, devices, now }) =>
        createNoticeMaker({ calendar: createCalendar('UTC'), newId: () => 'id' })(composition, {
          ...{ kind: 'device', event: `device.${event}`, devices, now, periodEnd: '2026-11-27' },
          to: [{ channel: 'mail', address: 'a@example.net' }],
        }),
    });
    const down = { device: 'r1', event: 'down', at: NOON, since: NOON, incident: 'device', reason: null } as const;
    clock.step(-1);
    assert.deepEqual(tell([{ ...down, id: 7 }], NOTHING_TOLD), { notices: [], ids: [], told: NOTHING_TOLD });
    clock.step(1);
    assert.deepEqual(tell([{ ...down, id: 7 }], NOTHING_TOLD).ids, [7]);
  });
});
