import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Outcome } from '../../src/backups/outcome.ts';
import { ruleBody } from '../../src/backups/schedule-rule.ts';
import { createRunStore } from '../../src/backups/store/run-store.ts';
import { createScheduleStore } from '../../src/backups/store/schedule-store.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { type FreshDatabase, migrated, type TestDatabase } from '../support/databases.ts';

const AT = Date.UTC(2026, 10, 26, 2);
const OUTCOME: Outcome = {
  ...{ device: 'edge-1', outcome: 'failed', code: 'SSH_UNREACHABLE', step: 'connect', tries: 3, durationMs: 5 },
  ...{ bytes: null, version: null, trouble: 'no answer', advice: 'Look.', binary: null },
};

/** What every store of runs has to do. */
export function runStoreContract(kind: string, fresh: FreshDatabase): void {
  describe(`runs of backups in ${kind}`, () => {
    let test: TestDatabase & { readonly database: Database };
    before(async () => {
      test = await migrated(fresh);
    });
    after(() => test.drop());
    const runs = () =>
      createRunStore({ database: test.database, notices: createNoticeWriter({ database: test.database }) });

    it('gives a run to one, and to another one when its lease has ended or it was left, with what it came to', async () => {
      assert.deepEqual(await runs().begin('run', AT, 'one', 60_000), { startedAt: AT, devices: [] });
      assert.equal(await runs().begin('run', AT + 5, 'two', 60_000), 'held');
      await runs().note('run', OUTCOME);
      // Its holder is killed: the lease ends by itself.
      await runs().begin('run', AT, 'one', -1);
      assert.deepEqual(await runs().begin('run', AT + 5, 'two', 60_000), { startedAt: AT, devices: [OUTCOME] });
      assert.equal(await runs().begin('run', AT, 'one', 60_000), 'held');
      await runs().leave('run', 'one');
      assert.equal(await runs().begin('run', AT, 'one', 60_000), 'held');
      await runs().leave('run', 'two');
      assert.equal(typeof (await runs().begin('run', AT, 'one', 60_000)), 'object');
      await runs().finish('run', AT + 9, []);
      assert.equal(await runs().begin('run', AT, 'one', 60_000), 'finished');
    });

    it('gives a run, and each of its devices, to one of three workers that ask at once', async () => {
      const workers = ['one', 'two', 'three'];
      for (const round of [1, 2, 3, 4]) {
        const run = `race-${round}`;
        const begun = await Promise.all(workers.map((holder) => runs().begin(run, AT, holder, 60_000)));
        assert.deepEqual(begun.map((each) => (typeof each === 'string' ? each : 'begun')).toSorted(), [
          'begun',
          ...['held', 'held'],
        ]);
        const taken = await Promise.all(workers.map((holder) => runs().take(run, holder, 60_000)));
        assert.deepEqual(taken.toSorted(), [false, false, true]);
      }
    });

    it('counts how devices ended only of runs that were finished: what nobody finished was never told', async () => {
      await runs().begin('killed', AT + 100, 'one', 60_000);
      await runs().note('killed', { ...OUTCOME, device: 'codes' });
      assert.equal((await runs().codesBefore('next')).has('codes'), false);
      await runs().finish('killed', AT + 101, []);
      assert.equal((await runs().codesBefore('next')).get('codes'), 'SSH_UNREACHABLE');
    });

    it('keeps schedules with when they were made or resumed, up to a number, and leaves out a row that others spoiled', async () => {
      const schedules = createScheduleStore({ database: test.database });
      const rule = ruleBody.parse({ every: 'year', on: '02-29', at: '03:30', device: 'büro-* ', tags: ['lte', 'a"b'] });
      const id = (await schedules.add(rule, AT, 3)) ?? 0;
      const other = (await schedules.add(ruleBody.parse({ every: '6 hours' }), AT, 3)) ?? 0;
      const spoiled = (await schedules.add(rule, AT, 3)) ?? 0;
      assert.equal(await schedules.add(rule, AT, 3), null);
      assert.deepEqual((await schedules.list())[0], { id, rule, isPaused: false, since: AT });
      assert.equal(await schedules.setPaused(id, true, AT + 1), true);
      assert.equal(await schedules.setPaused(id, true, AT + 2), true);
      assert.deepEqual((await schedules.list())[0], { id, rule, isPaused: true, since: AT + 1 });
      assert.equal(await schedules.setPaused(id, false, AT + 3), true);
      assert.deepEqual((await schedules.list())[0], { id, rule, isPaused: false, since: AT + 3 });
      await test.database.read((queries) =>
        queries
          .withTables<{ backup_schedules: { id: bigint; every: string } }>()
          .updateTable('backup_schedules')
          .set({ every: 'moon' })
          .where('id', '=', BigInt(spoiled))
          .execute(),
      );
      assert.equal(await schedules.remove(id), true);
      assert.equal(await schedules.remove(id), false);
      assert.equal(await schedules.setPaused(id, true, AT), false);
      assert.deepEqual(
        (await schedules.list()).map((each) => each.id),
        [other],
      );
    });
  });
}
