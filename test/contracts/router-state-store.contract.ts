import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import type { RouterNote, RouterStateBook, RouterStatus } from '../../src/devices/ports.ts';
import { createRouterStateStore } from '../../src/devices/store/router-state-store.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { createUsageLedger } from '../../src/usage/store/usage-store.ts';
import { bookingAt } from '../support/bookings.ts';
import { type FreshDatabase, migrated, type TestDatabase } from '../support/databases.ts';

const FACTS = { version: '7.20.1 (stable)', board: 'RB4011iGS+', identity: 'edge', bootedAt: 500 };

function reached(router: string, at: number, facts: Partial<typeof FACTS> = {}): RouterNote {
  return { router, at, pollMs: 12.5, error: null, facts: { ...FACTS, ...facts } };
}

function wordsOf(code: string) {
  return { message: `it was ${code}`, advice: `do away with ${code}` };
}

function failed(router: string, at: number, code = 'ROUTER_TIMEOUT'): RouterNote {
  return { router, at, pollMs: 20_000, error: { code, ...wordsOf(code) }, facts: null };
}

/** What every store of the routers' states must do. */
export function describeRouterStateStore(name: string, fresh: FreshDatabase): void {
  describe(`router states in ${name}`, () => {
    let test: TestDatabase;
    let book: RouterStateBook;
    let database: Database;
    before(async () => {
      const made = await migrated(fresh);
      test = made;
      database = made.database;
      book = createRouterStateStore({ database: made.database });
    });
    after(() => test.drop());

    async function stateAfter(...notes: RouterNote[]): Promise<RouterStatus> {
      for (const note of notes) await book.note([note]);
      const found = (await book.states()).find(({ router }) => router === notes[0]?.router);
      assert.ok(found);
      return found;
    }

    it('keeps since when a router is reachable, and its last figures', async () => {
      const later = { version: '7.21', identity: 'edge-new' };
      assert.deepEqual(await stateAfter(reached('steady', 1000), reached('steady', 61_000, later)), {
        router: 'steady',
        reachableSince: 1000,
        reachableUntil: null,
        errorCode: null,
        errorAt: null,
        errorText: null,
        ...{ ...FACTS, ...later },
        pollMs: 12.5,
        notedAt: 61_000,
      });
    });

    it('keeps until when it was reachable, and goes on knowing what it was', async () => {
      const { reachableSince, reachableUntil, errorCode, errorAt, errorText, version, pollMs } = await stateAfter(
        reached('lost', 1000),
        failed('lost', 2000),
        failed('lost', 3000, 'ROUTER_REFUSED'),
      );
      assert.deepEqual(
        { reachableSince, reachableUntil, errorCode, errorAt, errorText, version, pollMs },
        {
          reachableSince: 1000,
          reachableUntil: 2000,
          errorCode: 'ROUTER_REFUSED',
          errorAt: 3000,
          errorText: wordsOf('ROUTER_REFUSED'),
          version: FACTS.version,
          pollMs: 20_000,
        },
      );
    });

    it('begins a reachable time anew when it is back, and keeps its last error', async () => {
      const { reachableSince, reachableUntil, errorCode, errorAt } = await stateAfter(
        reached('back', 1000),
        failed('back', 2000),
        reached('back', 3000),
        reached('back', 4000),
      );
      assert.deepEqual(
        { reachableSince, reachableUntil, errorCode, errorAt },
        { reachableSince: 3000, reachableUntil: null, errorCode: 'ROUTER_TIMEOUT', errorAt: 2000 },
      );
    });

    it('distinguishes a router that was never reached from one that was', async () => {
      const never = await stateAfter(failed('never', 1000), failed('never', 2000));
      assert.deepEqual([never.reachableSince, never.reachableUntil, never.version], [null, 1000, null]);
      const first = await stateAfter(reached('never', 3000));
      assert.deepEqual([first.reachableSince, first.reachableUntil], [3000, null]);
    });

    it('takes thousands of routers at once, and names and texts of any kind', async () => {
      const many = Array.from({ length: 2500 }, (_, index) => reached(`many-${index}`, 1000));
      await book.note([...many, reached('many ', 1000, { identity: '"\\\u0000😀'.repeat(200) })]);
      const states = await book.states();
      assert.equal(states.filter(({ router }) => router.startsWith('many')).length, 2501);
      assert.equal(states.find(({ router }) => router === 'many ')?.identity?.startsWith('"\\\u0000😀'), true);
    });

    it('has no words for a trouble that an earlier version noted since', async () => {
      await book.note([failed('mixed', 1000)]);
      await database.read((queries) =>
        sql`UPDATE router_states SET error_code = 'ROUTER_REFUSED', error_at = 2000 WHERE router = 'mixed'`.execute(
          queries,
        ),
      );
      const found = (await book.states()).find(({ router }) => router === 'mixed');
      assert.deepEqual([found?.errorCode, found?.errorText], ['ROUTER_REFUSED', null]);
    });

    it('takes thousands of routers in trouble at once, and shortens what they say', async () => {
      const many = Array.from({ length: 2500 }, (_, index) => failed(`away-${index}`, 1000));
      const endless = { code: 'ROUTER_TRAP', message: '😀'.repeat(999), advice: 'x'.repeat(5000) };
      await book.note([...many, { router: 'talks', at: 1000, pollMs: 1, error: endless, facts: null }]);
      const states = await book.states();
      const away = states.filter(({ router }) => router.startsWith('away-'));
      assert.equal(away.length, 2500);
      assert.deepEqual(away.at(-1)?.errorText, wordsOf('ROUTER_TIMEOUT'));
      assert.deepEqual(states.find(({ router }) => router === 'talks')?.errorText, {
        message: '😀'.repeat(500),
        advice: 'x'.repeat(1000),
      });
    });

    it('tells when each router was last booked, also one of which no poll was noted', async () => {
      const ledger = createUsageLedger({ database });
      await ledger.book('read ', () => bookingAt(1000));
      await ledger.book('read ', () => bookingAt(61_000));
      await ledger.book('tried', () => null);
      assert.deepEqual([...(await book.lastReads())], [['read ', 61_000]]);
    });
  });
}
