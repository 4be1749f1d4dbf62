import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { sql } from 'kysely';
import { ImpossibleValueError } from '../../src/platform/store/columns.ts';
import type { Database } from '../../src/platform/store/database.ts';
import type { Baseline, RouterState } from '../../src/usage/accounting/counter.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { accountSample } from '../../src/usage/accounting/delta.ts';
import { clip, spanMs } from '../../src/usage/accounting/span.ts';
import { createBooking } from '../../src/usage/booking.ts';
import type { Booking, UnobservedSpan, UsageLedger } from '../../src/usage/ports.ts';
import { createUsageArchive } from '../../src/usage/store/usage-archive.ts';
import { createUsagePurger } from '../../src/usage/store/usage-purger.ts';
import { createUsageLedger } from '../../src/usage/store/usage-store.ts';
import { baselineOf, bookingAt, DAY, NOON, partOf, stampAt } from '../support/bookings.ts';
import { type FreshDatabase, migrated } from '../support/databases.ts';
import { queue, sampleAt } from '../support/samples.ts';

const CRASHING_PROGRAM = fileURLToPath(new URL('../support/book-and-crash.ts', import.meta.url));
const OPERATIONS = new URL('../../docs/operations.md', import.meta.url);
const WHOLE_DAY = { fromDay: DAY, toDay: DAY };
const HOUR = 3_600_000;

/** Names that a store may confuse, cut, or take for something else. */
const HOSTILE_NAMES = [
  'bob',
  'bob ',
  ' bob',
  'BOB',
  'bób',
  'bo\u0301b',
  '',
  '%',
  '_',
  '?',
  ':name',
  '$1',
  `'; DROP TABLE usage_daily; --`,
  `"quoted" \`back\` \\slash\\`,
  '\\',
  'tab\tline\nreturn\rbell\u0007',
  '<pppoe-bob>',
  '👩‍👩‍👧 Семья 家',
  '👾'.repeat(255),
  'x'.repeat(255),
  'null',
  '0',
  '-0',
  '1e3',
  '[1]',
  '{"a":1}',
];

/** What every store of usage must do; `fresh` gives it an empty database. */
export function describeUsageStore(store: string, fresh: FreshDatabase): void {
  describe(`usage store on ${store}`, () => {
    let test: Awaited<ReturnType<typeof migrated>>;
    let database: Database;
    let ledger: UsageLedger;

    beforeEach(async () => {
      test = await migrated(fresh);
      database = test.database;
      ledger = createUsageLedger({ database });
    });
    afterEach(() => test.drop());

    /** What a worker that remembers nothing finds. */
    async function stateOf(router: string): Promise<RouterState | null> {
      let found: RouterState | null = null;
      await createUsageLedger({ database }).book(router, (state) => {
        found = state;
        return null;
      });
      return found;
    }

    const days = () => createUsageArchive({ database }).queueDays(WHOLE_DAY);
    const rowsOf = async (
      table: 'routers' | 'queues' | 'baseline_parts' | 'usage_daily' | 'usage_hourly' | 'unobserved_spans' | 'events',
    ) =>
      Number(
        (
          await database.read((queries) =>
            queries.selectFrom(table).select(queries.fn.countAll<bigint>().as('rows')).executeTakeFirstOrThrow(),
          )
        ).rows,
      );

    describe('booking', () => {
      it('hands null to the first decision and the stored state, exactly, to the next', async () => {
        const seen: (RouterState | null)[] = [];
        const baselines = [
          baselineOf('moved'),
          baselineOf('top', {
            isParent: true,
            user: 'all',
            counter: { uploadBytes: 0n, downloadBytes: 2n ** 64n - 1n },
          }),
          baselineOf('gone', { presence: 'missing', seenAt: NOON - 60_000 }),
          baselineOf('blurred', { presence: 'unreadable', seenAt: NOON - 120_000 }),
          baselineOf('never', { presence: 'unreadable', counter: null, seenAt: NOON - 180_000 }),
        ];
        for (const changedBaselines of [baselines, []]) {
          await ledger.book('edge', (state) => {
            seen.push(state);
            return bookingAt(NOON, { changedBaselines, hadUnidentifiedRows: true });
          });
        }
        const expected = {
          ...stampAt(NOON),
          hadUnidentifiedRows: true,
          baselines: new Map(baselines.map((baseline) => [baseline.id, baseline])),
        };
        assert.deepEqual(seen, [null, expected]);
        assert.deepEqual(await stateOf('edge'), expected);
      });

      it('dates a present row by the last sample though it is not written again, others by when they were seen', async () => {
        const present = baselineOf('present');
        const missing = baselineOf('missing', { presence: 'missing', seenAt: NOON });
        await ledger.book('edge', () => bookingAt(NOON, { changedBaselines: [present, missing] }));
        await ledger.book('edge', () => bookingAt(NOON + 60_000));
        const seenAt = (state: RouterState | null) => [...(state?.baselines.values() ?? [])].map((row) => row.seenAt);
        await ledger.book('edge', (state) => {
          assert.deepEqual(seenAt(state), [NOON + 60_000, NOON]);
          return null;
        });
        assert.deepEqual(seenAt(await stateOf('edge')).sort(), [NOON, NOON + 60_000]);
      });

      it('keeps a stamp without serial and with awkward numbers as it is', async () => {
        const stamp = stampAt(NOON, { serial: null, uptimeMs: 0, endUptimeMs: 0.1 + 0.2, monotonicMs: 1e15 + 0.125 });
        await ledger.book('edge', () => bookingAt(NOON, { stamp }));
        assert.deepEqual(await stateOf('edge'), { ...stamp, hadUnidentifiedRows: false, baselines: new Map() });
      });

      it('keeps the boot of the machine that read a sample, of one process after the other', async () => {
        const bootIdOf = async () => (await stateOf('edge'))?.bootId;
        const readBy = (reader: string, bootId: string | null) =>
          ledger.book('edge', () => bookingAt(NOON, { stamp: stampAt(NOON, { reader, bootId }) }));
        await readBy('one', 'boot-1');
        assert.equal(await bootIdOf(), 'boot-1');
        await readBy('two', 'boot-2');
        assert.equal(await bootIdOf(), 'boot-2');
        await readBy('one', 'boot-1');
        assert.equal(await bootIdOf(), 'boot-1');
        await readBy('three', null);
        assert.equal(await bootIdOf(), null);
      });

      it('treats the boot as unknown when an earlier version, which stores none, has booked since', async () => {
        const stamp = stampAt(NOON, { reader: 'new', bootId: 'boot-1' });
        await ledger.book('edge', () => bookingAt(NOON, { stamp }));
        await database.read((queries) =>
          queries.updateTable('routers').set({ reader: 'old', monotonic_ms: 5, revision: 'other' }).execute(),
        );
        assert.equal((await stateOf('edge'))?.bootId, null);
        await ledger.book('edge', () => bookingAt(NOON, { stamp }));
        assert.equal((await stateOf('edge'))?.bootId, 'boot-1');
      });

      it('knows after each of any bookings what the rows are, and so does a worker that remembers nothing', async () => {
        const numbers = fc.integer({ min: 1, max: 40 }).map((number) => 37 * number);
        const id = numbers.map((number) => `*${number.toString(16).toUpperCase()}`);
        const changed = fc
          .record({
            id,
            name: fc.constantFrom(...HOSTILE_NAMES),
            presence: fc.constantFrom('present', 'missing', 'unreadable' as const),
            counter: fc.option(fc.constant({ uploadBytes: 2n ** 64n - 1n, downloadBytes: 7n })),
            isParent: fc.boolean(),
            seenAt: fc.constant(NOON - 60_000),
          })
          .map(({ name, ...row }) => baselineOf(name, row));
        const booking = fc.record({
          changed: fc.uniqueArray(changed, { selector: (row) => row.id, maxLength: 12 }),
          removed: fc.uniqueArray(id, { maxLength: 20 }),
        });
        let run = 0;
        await fc.assert(
          fc.asyncProperty(fc.array(booking, { minLength: 1, maxLength: 6 }), async (bookings) => {
            run += 1;
            const [router, expected] = [`router ${run}`, new Map<string, Baseline>()];
            for (const { changed: rows, removed } of bookings) {
              const changedBaselines = rows.filter((row) => !removed.includes(row.id));
              await ledger.book(router, () => bookingAt(NOON, { changedBaselines, removedBaselineIds: removed }));
              for (const each of removed) expected.delete(each);
              for (const row of changedBaselines)
                expected.set(row.id, row.presence === 'present' ? { ...row, seenAt: NOON } : row);
              assert.deepEqual((await stateOf(router))?.baselines, expected);
            }
            await ledger.book(router, (state) => {
              assert.deepEqual(state?.baselines, expected);
              return null;
            });
          }),
          { numRuns: 15 },
        );
      });

      it('writes whole parts when few of many rows changed, whatever their `.id`s', async () => {
        const rows = Array.from({ length: 100 }, (_, index) => [
          baselineOf(`usual ${index}`, { id: `*${(index + 1).toString(16).toUpperCase()}` }),
          baselineOf(`odd ${index}`, { id: `ü${String.fromCodePoint(0x20 + index)}` }),
        ]).flat();
        await ledger.book('edge', () => bookingAt(NOON, { changedBaselines: rows }));
        const counter = { uploadBytes: 70n, downloadBytes: 80n };
        const changed = [40, 41, 199].flatMap((index) => rows[index] ?? []).map((row) => ({ ...row, counter }));
        const gone = rows[100]?.id ?? '';
        await ledger.book('edge', () =>
          bookingAt(NOON, { changedBaselines: changed, removedBaselineIds: [gone, '*FFFF'] }),
        );
        const expected = new Map([...rows, ...changed].map((row) => [row.id, row]));
        expected.delete(gone);
        assert.deepEqual((await stateOf('edge'))?.baselines, expected);
      });

      it('writes only the parts of the baselines in which a row changed or went', async () => {
        const [one, neighbour, far] = ['*1', '*2', '*1000'].map((id) => baselineOf(`queue ${id}`, { id }));
        assert.ok(one && neighbour && far);
        await ledger.book('edge', () => bookingAt(NOON, { changedBaselines: [one, neighbour, far] }));
        await database.read((queries) => sql`UPDATE baseline_parts SET packed = 'untouched'`.execute(queries));
        const packed = async () => {
          const query = sql<{ packed: string }>`SELECT packed FROM baseline_parts ORDER BY part`;
          return (await database.read((queries) => query.execute(queries))).rows.map((row) => row.packed);
        };
        await ledger.book('edge', () => bookingAt(NOON));
        assert.deepEqual(await packed(), ['untouched', 'untouched']);
        await ledger.book('edge', () => bookingAt(NOON, { changedBaselines: [one] }));
        assert.deepEqual(
          (await packed()).map((text) => text.split('\n').length - 1),
          [2, 0],
        );
        await ledger.book('edge', () => bookingAt(NOON, { removedBaselineIds: [far.id] }));
        assert.equal((await packed()).length, 1);
      });

      for (const [what, damage] of Object.entries({
        'has lost its end': sql`UPDATE baseline_parts SET packed = substr(packed, 1, length(packed) - 2) WHERE listed = 2`,
        'has another count': sql`UPDATE baseline_parts SET listed = listed + 1 WHERE listed = 2`,
        'names a queue that is not there': sql`DELETE FROM queues WHERE name = 'amy'`,
        'names a queue of another router': sql`UPDATE baseline_parts SET packed = REPLACE(packed, '1 1 1 2', '1 3 1 2') WHERE listed = 2`,
      })) {
        it(`books nothing for a router of whose baselines a part ${what}, and says so`, async () => {
          const changedBaselines = [baselineOf('bob', { id: '*1' }), baselineOf('amy', { id: '*2' })];
          for (const router of ['edge', 'core']) await ledger.book(router, () => bookingAt(NOON, { changedBaselines }));
          const ofEdge = sql`(SELECT id FROM routers WHERE name = 'edge')`;
          await database.read((queries) => sql`${damage} AND router_id = ${ofEdge}`.execute(queries));
          const other = createUsageLedger({ database });
          const book = (router: string) =>
            other.book(router, () => bookingAt(NOON + 60_000, { changedBaselines, usage: [partOf('bob')] }));
          const results = await Promise.allSettled([book('edge'), book('core')]);
          assert.deepEqual(
            results.map(({ status }) => status),
            ['rejected', 'fulfilled'],
          );
          await assert.rejects(book('edge'), ImpossibleValueError);
          assert.deepEqual(
            (await days()).map((row) => row.router),
            ['core'],
          );
        });
      }

      it('begins anew from the present counters where somebody mends damaged baselines as docs/operations.md says', async () => {
        const calendar = createCalendar('UTC');
        const poll = async (afterMs: number, bytes: number) => {
          const sample = sampleAt(afterMs, [queue('bob', bytes, bytes)]);
          const dayStartAt = calendar.startOf(calendar.dayOf(sample.sampledAt));
          await ledger.book('edge-1', (state) => {
            const account = accountSample(state, sample, {
              ...{ lineMbps: 10_000, dayStartAt, earliestAt: 0 },
              ...{ nowAt: sample.sampledAt, nowMonotonicMs: sample.monotonicMs },
            });
            return account === null ? null : createBooking(account, sample, calendar);
          });
        };
        await poll(0, 1_000);
        await poll(60_000, 1_005);
        const advice = readFileSync(OPERATIONS, 'utf8');
        const statements = advice.match(/(?<=^ {4})(UPDATE routers|DELETE FROM baseline_parts) .*(?=;$)/gm) ?? [];
        assert.equal(statements.length, 2);
        for (const statement of ["UPDATE baseline_parts SET packed = '?'", ...statements]) {
          await database.read((queries) => sql.raw(statement).execute(queries));
        }
        await poll(120_000, 1_500);
        await poll(180_000, 1_507);
        const booked = await createUsageArchive({ database }).queueDays({ fromDay: '2026-06-10', toDay: '2026-06-10' });
        assert.deepEqual(
          booked.map((row) => [row.uploadBytes, row.downloadBytes, row.unobservedMs]),
          [[12n, 12n, 60_000]],
        );
      });

      it('removes and replaces baselines', async () => {
        const [old, kept] = [baselineOf('old'), baselineOf('kept')];
        await ledger.book('edge', () => bookingAt(NOON, { changedBaselines: [old, kept] }));
        const renamed = { ...kept, name: 'new name', counter: { uploadBytes: 7n, downloadBytes: 8n } };
        await ledger.book('edge', () =>
          bookingAt(NOON, { changedBaselines: [renamed], removedBaselineIds: [old.id, '*none'] }),
        );
        for (const state of [await stateOf('edge'), await stateInMemory()]) {
          assert.deepEqual([...(state?.baselines.values() ?? [])], [renamed]);
        }

        async function stateInMemory() {
          let found: RouterState | null = null;
          await ledger.book('edge', (state) => {
            found = state;
            return null;
          });
          return found as RouterState | null;
        }
      });

      it('adds up to the byte beyond 2^53', async () => {
        const part = partOf('bob', {
          uploadBytes: 2n ** 60n + 1n,
          downloadBytes: 2n ** 53n + 1n,
          estimatedBytes: 3n,
          unobservedMs: 1500,
          restarts: 1,
          hours: [{ hourAt: NOON, uploadBytes: 2n ** 60n + 1n, downloadBytes: 2n ** 53n + 1n }],
        });
        await ledger.book('edge', () => bookingAt(NOON, { usage: [{ ...part, comment: 'first' }] }));
        await ledger.book('edge', () => bookingAt(NOON + 1, { usage: [{ ...part, comment: 'second' }, part] }));
        const { hours: _, ...amounts } = part;
        const { name, ...rest } = amounts;
        assert.deepEqual(await days(), [
          {
            ...rest,
            router: 'edge',
            queue: name,
            comment: null,
            uploadBytes: 3n * part.uploadBytes,
            downloadBytes: 3n * part.downloadBytes,
            estimatedBytes: 9n,
            unobservedMs: 4500,
            restarts: 3,
          },
        ]);
        assert.deepEqual(await createUsageArchive({ database }).queueHours({ day: DAY, queue: 'bob' }), [
          {
            router: 'edge',
            queue: 'bob',
            user: 'bob',
            isParent: false,
            hourAt: NOON,
            uploadBytes: 3n * part.uploadBytes,
            downloadBytes: 3n * part.downloadBytes,
          },
        ]);
      });

      it('keeps names of any kind apart and gives them back', async () => {
        for (const router of HOSTILE_NAMES) {
          await ledger.book(router, () =>
            bookingAt(NOON, {
              changedBaselines: HOSTILE_NAMES.map((name, index) => baselineOf(name, { id: `*${index}` })),
              usage: HOSTILE_NAMES.map((name) => partOf(name, { comment: name })),
              events: [{ at: NOON, code: 'TRIED', queue: router, detail: router }],
            }),
          );
        }
        const found = await days();
        const pairs = (of: typeof found) => of.map((row) => JSON.stringify([row.router, row.queue])).sort();
        const expected = HOSTILE_NAMES.flatMap((router) => HOSTILE_NAMES.map((queue) => ({ router, queue })));
        assert.deepEqual(pairs(found), pairs(expected as typeof found));
        for (const row of found) {
          assert.deepEqual([row.user, row.comment, row.uploadBytes], [row.queue, row.queue, 1n]);
        }
        const state = await stateOf('bob ');
        assert.deepEqual(
          [...(state?.baselines.values() ?? [])].map((row) => row.name).sort(),
          HOSTILE_NAMES.toSorted(),
        );
        const bobs = await createUsageArchive({ database }).queueDays({ ...WHOLE_DAY, router: 'bob' });
        assert.equal(bobs.length, HOSTILE_NAMES.length);
      });

      it('keeps apart what a queue moved for another user and as a parent', async () => {
        const changes = [{}, { user: 'alice' }, { isParent: true }, { user: 'alice', uploadBytes: 10n }];
        for (const change of changes) {
          await ledger.book('edge', () => bookingAt(NOON, { usage: [partOf('line', change)] }));
        }
        const found = (await days()).map((row) => `${row.user} ${row.isParent} ${row.uploadBytes}`);
        assert.deepEqual(found.sort(), ['alice false 11', 'line false 1', 'line true 1']);
      });

      it('cuts a comment that no person would read, between characters', async () => {
        const comment = `${'x'.repeat(998)}👾👾👾`;
        await ledger.book('edge', () => bookingAt(NOON, { usage: [partOf('bob', { comment })] }));
        assert.equal((await days())[0]?.comment, `${'x'.repeat(998)}…`);
      });

      it('books thousands of queues of the longest names at once', async () => {
        const names = Array.from({ length: 3000 }, (_, index) => `${'ж'.repeat(250)}${index}`);
        const usage = names.map((name) => partOf(name, { comment: name }));
        const changedBaselines = names.map((name, index) => baselineOf(name, { id: `*${index}` }));
        for (const at of [NOON, NOON + 60_000]) {
          await ledger.book('edge', () => bookingAt(at, { usage, changedBaselines }));
        }
        const found = await days();
        assert.equal(found.length, names.length);
        assert.ok(found.every((row) => row.uploadBytes === 2n));
        assert.equal((await stateOf('edge'))?.baselines.size, names.length);
      });
    });

    describe('unobserved time', () => {
      const MINUTE = 60_000;
      /** Minutes from noon on. */
      const lost = (name: string, from: number, to: number, changes: Partial<UnobservedSpan> = {}): UnobservedSpan => ({
        ...{ name, user: name, isParent: false },
        startAt: NOON + from * MINUTE,
        endAt: NOON + to * MINUTE,
        ...changes,
      });
      const book = (unobserved: readonly UnobservedSpan[], router = 'edge') =>
        ledger.book(router, () =>
          bookingAt(NOON, {
            usage: unobserved.map(({ name, user, isParent }) => partOf(name, { user, isParent, unobservedMs: 1 })),
            unobserved,
          }),
        );
      const found = async (filter: object = {}, [from, to]: readonly [number, number] = [-10_000, 10_000]) =>
        (
          await createUsageArchive({ database }).unobserved({
            fromAt: NOON + from * MINUTE,
            toAt: NOON + to * MINUTE,
            ...filter,
          })
        )
          .map((span) => `${span.queue} ${(span.startAt - NOON) / MINUTE} ${(span.endAt - NOON) / MINUTE}`)
          .sort();

      it('is kept where it was, whole over midnight, for each queue', async () => {
        await book([lost('bob', -3, 5), lost('eve', 700, 730)]);
        await book([lost('bob', 6, 7, { isParent: true, user: 'all' })], 'edge 2');
        assert.deepEqual(await found(), ['bob -3 5', 'bob 6 7', 'eve 700 730']);
        assert.deepEqual(
          await createUsageArchive({ database }).unobserved({ fromAt: NOON, toAt: NOON + 1, router: 'edge' }),
          [
            {
              router: 'edge',
              queue: 'bob',
              user: 'bob',
              isParent: false,
              startAt: NOON - 3 * MINUTE,
              endAt: NOON + 5 * MINUTE,
            },
          ],
        );
      });

      it('is found by router, user and queue, and by the time that it touches', async () => {
        await book([lost('bob', 0, 5), lost('eve', 0, 5), lost('line', 3, 8, { user: 'eve' })]);
        await book([lost('bob', 1, 2)], 'edge 2');
        assert.deepEqual(await found({ router: 'edge' }), ['bob 0 5', 'eve 0 5', 'line 3 8']);
        assert.deepEqual(await found({ user: 'eve' }), ['eve 0 5', 'line 3 8']);
        assert.deepEqual(await found({ queue: 'bob', router: 'edge 2' }), ['bob 1 2']);
        assert.deepEqual(await found({ router: 'edge' }, [5, 6]), ['line 3 8']);
        assert.deepEqual(await found({}, [-1, 0]), []);
        assert.deepEqual(await found({}, [8, 9]), []);
      });

      it('is one row of a queue that is unobserved at each poll, and another after a poll that was well', async () => {
        for (let minute = 0; minute < 50; minute += 1) await book([lost('bob', minute, minute + 1), lost('eve', 2, 3)]);
        await book([lost('bob', 51, 52)]);
        await book([lost('eve', 52, 53)]);
        assert.deepEqual(await found(), ['bob 0 50', 'bob 51 52', 'eve 2 3', 'eve 52 53']);
        assert.equal(await rowsOf('unobserved_spans'), 4);
      });

      it('keeps the longer of two that begin at the same instant', async () => {
        await book([lost('bob', 0, 5)]);
        await book([lost('bob', 0, 3), lost('eve', 0, 3)]);
        await book([lost('eve', 0, 9)]);
        assert.deepEqual(await found(), ['bob 0 5', 'eve 0 9']);
      });

      it('of thousands of queues at once is one row each', async () => {
        const names = Array.from({ length: 5000 }, (_, index) => `queue ${index}`);
        for (const minute of [0, 1, 5]) await book(names.map((name) => lost(name, minute, minute + 1)));
        assert.equal(await rowsOf('unobserved_spans'), 10_000);
        assert.deepEqual(await found({ queue: 'queue 4999' }), ['queue 4999 0 2', 'queue 4999 5 6']);
      });

      it('of a day sums to what the day says, whatever happens to the router', async () => {
        const calendar = createCalendar('Europe/Berlin');
        let afterMs = 0;
        let uptimeMs = 50 * HOUR;
        const counters = { amy: 0, bob: 0, eve: 0, joe: 0 };
        for (let step = 1; step <= 120; step += 1) {
          const waitMs = step % 7 === 0 ? (step % 5) * 2 * HOUR + 90_000 : 60_000;
          afterMs += waitMs;
          uptimeMs = step % 31 === 0 ? 20_000 : uptimeMs + waitMs;
          // Resets at times of their own; joe's queue is reset before each poll, and eve's is gone now and then.
          counters.amy = step % 9 === 0 ? 1 : counters.amy + 5;
          counters.bob = step % 14 === 0 ? 2 : counters.bob + 5;
          counters.eve += 5;
          counters.joe = 1000 - step;
          const rows = Object.entries(counters)
            .filter(([name]) => name !== 'eve' || step % 11 > 2)
            .map(([name, bytes]) => queue(name, bytes, bytes));
          const serial = step > 100 ? 'SERIAL-2' : 'SERIAL-1';
          const sample = sampleAt(afterMs, rows, { uptimeMs, endUptimeMs: uptimeMs + 1_200, serial });
          const dayStartAt = calendar.startOf(calendar.dayOf(sample.sampledAt));
          await ledger.book('edge', (state) => {
            const account = accountSample(state, sample, {
              lineMbps: 10_000,
              dayStartAt,
              nowAt: sample.sampledAt,
              nowMonotonicMs: sample.monotonicMs,
              earliestAt: 0,
            });
            return account === null ? null : createBooking(account, sample, calendar);
          });
        }
        const archive = createUsageArchive({ database });
        const days = await archive.queueDays({ fromDay: '2026-06-01', toDay: '2026-06-30' });
        assert.ok(new Set(days.map(({ day }) => day)).size >= 3);
        for (const { day, queue: name, unobservedMs } of days) {
          const within = { startAt: calendar.startOf(day), endAt: calendar.endOf(day) };
          const spans = await archive.unobserved({ fromAt: within.startAt, toAt: within.endAt, queue: name });
          const sum = spans.reduce((ms, span) => ms + spanMs(clip(span, within) ?? { startAt: 0, endAt: 0 }), 0);
          assert.equal(sum, unobservedMs, `${name} on ${day}`);
        }
        assert.ok(days.filter(({ unobservedMs }) => unobservedMs > 0).length >= 6);
      });
    });

    describe('all or nothing', () => {
      const bobLost = { name: 'bob', user: 'bob', isParent: false, startAt: NOON - 60_000, endAt: NOON };
      const first: Partial<Booking> = {
        changedBaselines: [baselineOf('bob')],
        usage: [partOf('bob', { unobservedMs: 60_000 })],
        unobserved: [bobLost],
      };

      it('writes nothing when nothing is decided, not even the router', async () => {
        await ledger.book('edge', () => null);
        assert.equal(await rowsOf('routers'), 0);
        await ledger.book('edge', () => bookingAt(NOON, first));
        const before = await stateOf('edge');
        await ledger.book('edge', () => null);
        assert.deepEqual(await stateOf('edge'), before);
      });

      it('writes nothing when the decision fails, and says how', async () => {
        const bug = new Error('a bug');
        await assert.rejects(
          ledger.book('edge', () => {
            throw bug;
          }),
          (error) => error === bug,
        );
        assert.equal(await rowsOf('routers'), 0);
        await ledger.book('edge', () => bookingAt(NOON, first));
        assert.equal((await days()).length, 1);
      });

      it('takes nothing of a booking whose last statement fails, and goes on from the true state', async () => {
        await ledger.book('edge', () => bookingAt(NOON, first));
        const before = await stateOf('edge');
        await assert.rejects(
          ledger.book('edge', () =>
            bookingAt(NOON + 60_000, {
              changedBaselines: [
                baselineOf('bob', { counter: { uploadBytes: 50n, downloadBytes: 50n } }),
                baselineOf('new'),
              ],
              usage: [partOf('bob'), partOf('new')],
              events: [{ at: 0.5, code: 'TRIED', queue: null, detail: 'an instant that is not whole' }],
            }),
          ),
          RangeError,
        );
        let remembered: RouterState | null = null;
        await ledger.book('edge', (state) => {
          remembered = state;
          return bookingAt(NOON + 60_000, { changedBaselines: [baselineOf('new')], usage: [partOf('new')] });
        });
        assert.deepEqual(remembered, before);
        assert.deepEqual((await days()).map((row) => `${row.queue} ${row.uploadBytes}`).sort(), ['bob 1', 'new 1']);
      });

      it('takes nothing of a booking whose unobserved time cannot be written', async () => {
        await ledger.book('edge', () => bookingAt(NOON, first));
        const before = await stateOf('edge');
        await assert.rejects(
          ledger.book('edge', () =>
            bookingAt(NOON + 60_000, { ...first, unobserved: [{ ...bobLost, endAt: NOON + 0.5 }] }),
          ),
          RangeError,
        );
        assert.deepEqual(await stateOf('edge'), before);
        assert.deepEqual(
          (await days()).map((row) => row.uploadBytes),
          [1n],
        );
        assert.equal(await rowsOf('unobserved_spans'), 1);
      });

      it('leaves nothing of a booking whose worker is killed before the commit', async () => {
        await ledger.book('edge', () => bookingAt(NOON, first));
        const before = await stateOf('edge');
        const worker = spawn(process.execPath, [CRASHING_PROGRAM, test.url], { stdio: 'inherit' });
        const [, signal] = await once(worker, 'exit');
        assert.equal(signal, 'SIGKILL');
        assert.deepEqual(await stateOf('edge'), before);
        assert.deepEqual(
          (await days()).map((row) => row.uploadBytes),
          [1n],
        );
      });

      it('shows a repeated decision what an attempt has committed whose answer was lost', async () => {
        const twice: Database = {
          ...database,
          async transaction(work) {
            await database.transaction(work);
            return await database.transaction(work);
          },
        };
        const stamp = stampAt(NOON);
        const seen: (RouterState | null)[] = [];
        await createUsageLedger({ database: twice }).book('edge', (state) => {
          seen.push(state);
          return state?.monotonicMs === stamp.monotonicMs && state.sampledAt === NOON ? null : bookingAt(NOON, first);
        });
        assert.equal(seen.length, 2);
        assert.deepEqual(seen[1], {
          ...stamp,
          hadUnidentifiedRows: false,
          baselines: new Map([['*bob', baselineOf('bob')]]),
        });
        assert.deepEqual(
          (await days()).map((row) => row.uploadBytes),
          [1n],
        );
        assert.equal(await rowsOf('unobserved_spans'), 1);
      });
    });

    describe('many routers at once', () => {
      const ROUTERS = Array.from({ length: 20 }, (_, index) => `router ${index}`);
      const counterOf = (round: number) => ({ uploadBytes: BigInt(round), downloadBytes: 0n });
      const bookingOf = (index: number, round: number) =>
        bookingAt(NOON + round, {
          changedBaselines: [baselineOf(`bob ${index}`, { counter: counterOf(round) })],
          usage: [partOf(`bob ${index}`)],
        });

      it('are written together, each by its own state', async () => {
        for (let round = 0; round < 3; round += 1) {
          await Promise.all(
            ROUTERS.map((router, index) =>
              ledger.book(router, (state) => {
                assert.equal(state?.sampledAt, round === 0 ? undefined : NOON + round - 1);
                assert.deepEqual(
                  [...(state?.baselines.values() ?? [])].map(({ name, counter }) => [name, counter]),
                  round === 0 ? [] : [[`bob ${index}`, counterOf(round - 1)]],
                );
                return bookingOf(index, round);
              }),
            ),
          );
        }
        assert.equal(await rowsOf('routers'), ROUTERS.length);
        assert.ok((await days()).every((row) => row.uploadBytes === 3n));
        assert.equal((await stateOf('router 7'))?.sampledAt, NOON + 2);
      });

      it('have their events written together, each its own and in order', async () => {
        const EVENTS_OF_ONE = 15;
        const eventsOf = (router: string) =>
          Array.from({ length: EVENTS_OF_ONE }, (_, index) => ({
            ...{ at: NOON, code: 'TRIED', queue: null, detail: `${index} of ${router}` },
          }));
        await Promise.all(
          ROUTERS.map((router) => ledger.book(router, () => bookingAt(NOON, { events: eventsOf(router) }))),
        );
        const archive = createUsageArchive({ database });
        for (const router of ROUTERS) {
          assert.deepEqual(
            await archive.events({ fromAt: NOON, toAt: NOON + 1, router }),
            eventsOf(router).map((event) => ({ ...event, router })),
          );
        }
        assert.equal(await rowsOf('events'), ROUTERS.length * EVENTS_OF_ONE);
      });

      it('are booked all but the one whose decision fails, and that has nothing to book', async () => {
        const results = await Promise.allSettled(
          ROUTERS.map((router, index) =>
            ledger.book(router, () => {
              if (index === 11) throw new Error('a bug of this one');
              return index === 13 ? null : bookingOf(index, 0);
            }),
          ),
        );
        assert.deepEqual(
          results.flatMap(({ status }, index) => (status === 'rejected' ? [index] : [])),
          [11],
        );
        const found = await days();
        assert.equal(found.length, ROUTERS.length - 2);
        assert.ok(found.every((row) => row.uploadBytes === 1n));
        assert.equal(await rowsOf('routers'), ROUTERS.length - 2);
      });
    });

    describe('two workers', () => {
      it('one after the other when both meet a router for the first time', async () => {
        const seen: (number | undefined)[] = [];
        const workers = [database, test.open()].map((instance) => createUsageLedger({ database: instance }));
        await Promise.all(
          workers.map((worker, index) =>
            worker.book('edge', (state) => {
              seen.push(state?.sampledAt);
              return bookingAt(NOON + index, { usage: [partOf('bob')] });
            }),
          ),
        );
        assert.equal(seen[0], undefined);
        assert.ok(seen[1] === NOON || seen[1] === NOON + 1);
        assert.deepEqual(
          (await days()).map((row) => row.uploadBytes),
          [2n],
        );
      });

      it('each sees what the other has booked in between, whatever it remembers', async () => {
        const workers = [database, test.open()].map((instance) => createUsageLedger({ database: instance }));
        let uploadBytes = 0n;
        for (let poll = 0; poll < 6; poll += 1) {
          await workers[poll % 2]?.book('edge', (state) => {
            assert.equal(state?.baselines.get('*bob')?.counter?.uploadBytes, poll === 0 ? undefined : uploadBytes);
            uploadBytes += 5n;
            const counter = { uploadBytes, downloadBytes: 0n };
            return bookingAt(NOON + poll, {
              changedBaselines: [baselineOf('bob', { counter })],
              usage: [partOf('bob')],
            });
          });
        }
        assert.deepEqual(
          (await days()).map((row) => row.uploadBytes),
          [6n],
        );
      });

      it('remember a router between its bookings, until they are told to forget it', async () => {
        const found: unknown[] = [];
        const look = () =>
          ledger.book('edge', (state) => {
            found.push(state?.baselines);
            return null;
          });
        await ledger.book('edge', () => bookingAt(NOON, { changedBaselines: [baselineOf('bob')] }));
        await look();
        await look();
        ledger.forget('edge');
        await look();
        assert.ok(found[0] === found[1] && found[1] !== found[2]);
        assert.deepEqual(found[2], found[1]);
      });

      it('many at once on routers of their own', async () => {
        const routers = Array.from({ length: 20 }, (_, index) => `router ${index}`);
        const workers = [database, test.open()].map((instance) => createUsageLedger({ database: instance }));
        await Promise.all(
          workers.flatMap((worker) =>
            routers.map((router) =>
              worker.book(router, () => bookingAt(NOON, { usage: [partOf('bob'), partOf('eve')] })),
            ),
          ),
        );
        const found = await days();
        assert.equal(found.length, 40);
        assert.ok(found.every((row) => row.uploadBytes === 2n));
      });
    });

    describe('archive', () => {
      it('gives the days asked for, the last included, and the hours of one queue', async () => {
        const hours = (uploadBytes: bigint) => [
          { hourAt: NOON, uploadBytes, downloadBytes: 0n },
          { hourAt: NOON + HOUR, uploadBytes: 1n, downloadBytes: 0n },
        ];
        const days = ['2026-05-03', '2026-05-04', '2026-05-05', '2026-05-06'];
        for (const router of ['a', 'b']) {
          await ledger.book(router, () =>
            bookingAt(NOON, {
              usage: days.flatMap((day) => [
                partOf('bob', { day, hours: hours(9n) }),
                partOf('eve', { day, hours: hours(8n) }),
              ]),
            }),
          );
        }
        const archive = createUsageArchive({ database });
        const filter = { fromDay: '2026-05-04', toDay: '2026-05-05' };
        assert.equal((await archive.queueDays(filter)).length, 8);
        const ofA = await archive.queueDays({ ...filter, router: 'a' });
        assert.deepEqual(ofA.map((row) => `${row.day} ${row.router} ${row.queue}`).sort(), [
          '2026-05-04 a bob',
          '2026-05-04 a eve',
          '2026-05-05 a bob',
          '2026-05-05 a eve',
        ]);
        const ofEve = await archive.queueDays({ ...filter, router: 'a', user: 'eve' });
        assert.deepEqual(ofEve.map((row) => `${row.day} ${row.queue}`).sort(), ['2026-05-04 eve', '2026-05-05 eve']);
        assert.deepEqual(await archive.queueDays({ ...filter, user: 'eve', queue: 'bob' }), []);
        const hoursOfBob = await archive.queueHours({ day: DAY, router: 'b', queue: 'bob' });
        assert.deepEqual(
          hoursOfBob.map((row) => `${row.router} ${row.queue} ${row.hourAt - NOON} ${row.uploadBytes}`).sort(),
          ['b bob 0 9', `b bob ${HOUR} 1`],
        );
        const hoursOfEve = await archive.queueHours({ day: DAY, router: 'a', user: 'eve' });
        assert.deepEqual(new Set(hoursOfEve.map(({ router, user }) => `${router} ${user}`)), new Set(['a eve']));
      });

      it('names the days of a range that have usage, each once, ascending', async () => {
        const usage = ['2026-05-04', '2026-05-01', '2026-05-09'].flatMap((day) => [
          partOf('bob', { day }),
          partOf('ann', { day }),
        ]);
        await ledger.book('a', () => bookingAt(NOON, { usage }));
        await ledger.book('b', () => bookingAt(NOON, { usage: [partOf('eve', { day: '2026-05-02' })] }));
        const archive = createUsageArchive({ database });
        const years = { fromDay: '2000-01-01', toDay: '2026-05-31' };
        assert.deepEqual(await archive.daysOnRecord(years), ['2026-05-01', '2026-05-02', '2026-05-04', '2026-05-09']);
        assert.deepEqual(await archive.daysOnRecord({ fromDay: '2026-05-02', toDay: '2026-05-04' }), [
          '2026-05-02',
          '2026-05-04',
        ]);
        assert.deepEqual(await archive.daysOnRecord({ fromDay: '2026-05-05', toDay: '2026-05-08' }), []);
      });

      it('names the routers that were ever booked, in order', async () => {
        const archive = createUsageArchive({ database });
        assert.deepEqual(await archive.routersOnRecord(), []);
        for (const router of ['b', 'a']) await ledger.book(router, () => bookingAt(NOON, { usage: [] }));
        assert.deepEqual(await archive.routersOnRecord(), ['a', 'b']);
      });

      it('gives events oldest first, from an instant up to before another', async () => {
        const at = (sampledAt: number) => ({ at: sampledAt, code: 'TRIED', queue: null, detail: String(sampledAt) });
        await ledger.book('a', () => bookingAt(NOON, { events: [at(NOON + 2), at(NOON + 1), at(NOON)] }));
        await ledger.book('b', () => bookingAt(NOON, { events: [at(NOON + 1), at(NOON - 1)] }));
        const archive = createUsageArchive({ database });
        const found = await archive.events({ fromAt: NOON, toAt: NOON + 2 });
        assert.deepEqual(
          found.map((event) => [event.at, event.router]),
          [
            [NOON, 'a'],
            [NOON + 1, 'a'],
            [NOON + 1, 'b'],
          ],
        );
        assert.deepEqual(await archive.events({ fromAt: 0, toAt: NOON, router: 'b' }), [
          { ...at(NOON - 1), router: 'b' },
        ]);
        assert.deepEqual(await archive.events({ fromAt: 0, toAt: NOON, router: 'a' }), []);
      });

      for (const [column, value] of [
        ['sampled_at', 9007199254740993n],
        ['uptime_ms', null],
        ['had_unidentified_rows', 7n],
      ] as const) {
        it(`says loudly that routers.${column} holds what cannot be`, async () => {
          await ledger.book('edge', () => bookingAt(NOON));
          await database.read((queries) => sql`UPDATE routers SET ${sql.ref(column)} = ${value}`.execute(queries));
          await assert.rejects(stateOf('edge'), new RegExp(`routers\\.${column}: ${value}`));
        });
      }
    });

    describe('view daily_usage', () => {
      it('says names as text and amounts in GB of 1024^3 bytes', async () => {
        const gb = 1024n ** 3n;
        await ledger.book("edge 'ж", () =>
          bookingAt(NOON, {
            usage: [
              partOf('bob 👾', {
                user: 'bob',
                isParent: true,
                uploadBytes: gb / 2n,
                downloadBytes: 3n * gb,
                estimatedBytes: gb / 4n,
                unobservedMs: 90_500,
                restarts: 2,
              }),
            ],
          }),
        );
        const { rows } = await database.read((queries) => sql<object>`SELECT * FROM daily_usage`.execute(queries));
        assert.deepEqual(
          rows.map((row) => ({ ...row })),
          [
            {
              day: DAY,
              router: "edge 'ж",
              queue: 'bob 👾',
              user: 'bob',
              upload_gb: 0.5,
              download_gb: 3,
              total_gb: 3.5,
              estimated_gb: 0.25,
              unobserved_seconds: 90.5,
              restarts: 2n,
              parent: 1n,
            },
          ],
        );
      });
    });

    describe('purge', () => {
      const limit = { beforeDay: '2026-05-03', beforeAt: NOON };
      const hours = [{ hourAt: NOON, uploadBytes: 1n, downloadBytes: 2n }];
      const lost = { isParent: false, startAt: NOON - 60_000 };
      const counts = { dailyRows: 5002, hourlyRows: 5002, unobservedSpans: 5001, events: 1 };

      beforeEach(async () => {
        const queues = Array.from({ length: 5001 }, (_, index) => `old ${index}`);
        await ledger.book('edge', () =>
          bookingAt(NOON, {
            changedBaselines: [baselineOf('old 0', { presence: 'missing' }), baselineOf('bob')],
            usage: [
              ...queues.map((name) => partOf(name, { day: '2026-05-02', hours })),
              partOf('bob', { day: '2026-05-01', hours }),
              partOf('bob', { day: '2026-05-03', hours }),
            ],
            unobserved: [
              ...queues.map((name) => ({ ...lost, name, user: name, endAt: NOON })),
              { ...lost, name: 'bob', user: 'bob', startAt: NOON - 5, endAt: NOON + 1 },
            ],
            events: [NOON - 1, NOON, NOON + 1].map((at) => ({ at, code: 'TRIED', queue: null, detail: '' })),
          }),
        );
      });

      it('counts and deletes nothing in a dry run', async () => {
        const purger = createUsagePurger({ database });
        assert.deepEqual(await purger.purge(limit, true), counts);
        assert.deepEqual(
          [await rowsOf('usage_daily'), await rowsOf('usage_hourly'), await rowsOf('events')],
          [5003, 5003, 3],
        );
        assert.equal(await rowsOf('unobserved_spans'), 5002);
        assert.equal(await rowsOf('queues'), 5002);
      });

      it('deletes days and events before the limit, the queues nothing refers to, and no baseline', async () => {
        const purger = createUsagePurger({ database });
        assert.deepEqual(await purger.purge(limit, false), counts);
        assert.deepEqual(
          [await rowsOf('usage_daily'), await rowsOf('usage_hourly'), await rowsOf('events')],
          [1, 1, 2],
        );
        assert.deepEqual([await rowsOf('queues'), (await stateOf('edge'))?.baselines.size], [2, 2]);
        assert.equal(await rowsOf('unobserved_spans'), 1);
        const nothing = { dailyRows: 0, hourlyRows: 0, unobservedSpans: 0, events: 0 };
        assert.deepEqual(await purger.purge(limit, false), nothing);
      });

      it('keeps all queues of a router whose baselines cannot be read, and forgets those of others', async () => {
        await ledger.book('core', () => bookingAt(NOON, { usage: [partOf('amy', { day: '2026-05-02' })] }));
        await database.read((queries) => sql`UPDATE baseline_parts SET listed = listed + 1`.execute(queries));
        await createUsagePurger({ database }).purge(limit, false);
        assert.equal(await rowsOf('queues'), 5002);
      });

      it('keeps unobserved time that goes on into the first day that is kept, and the queue it belongs to', async () => {
        await createUsagePurger({ database }).purge({ beforeDay: '2026-06-01', beforeAt: NOON }, false);
        const spans = await createUsageArchive({ database }).unobserved({ fromAt: NOON, toAt: NOON + HOUR });
        assert.deepEqual(
          spans.map(({ queue: name, startAt, endAt }) => [name, startAt - NOON, endAt - NOON]),
          [['bob', -5, 1]],
        );
      });

      it('lets a worker that remembers a forgotten queue book it anew', async () => {
        await createUsagePurger({ database }).purge(limit, false);
        await ledger.book('edge', () => bookingAt(NOON, { usage: [partOf('old 7', { hours })] }));
        assert.deepEqual(
          (await days()).map((row) => row.queue),
          ['old 7'],
        );
      });
    });
  });
}
