import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Outcome } from '../../src/backups/outcome.ts';
import { createRunStore } from '../../src/backups/store/run-store.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { type FreshDatabase, migrated, type TestDatabase } from '../support/databases.ts';

const AT = Date.UTC(2026, 10, 26, 2);
const OUTCOME: Outcome = {
  ...{ device: 'edge-1', outcome: 'failed', code: 'SSH_UNREACHABLE', step: 'connect', tries: 3, durationMs: 5 },
  ...{ bytes: null, version: null, trouble: 'no answer', advice: 'Look.' },
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

    it('counts how devices ended only of runs that were finished: what nobody finished was never told', async () => {
      await runs().begin('killed', AT + 100, 'one', 60_000);
      await runs().note('killed', { ...OUTCOME, device: 'codes' });
      assert.equal((await runs().codesBefore('next')).has('codes'), false);
      await runs().finish('killed', AT + 101, []);
      assert.equal((await runs().codesBefore('next')).get('codes'), 'SSH_UNREACHABLE');
    });
  });
}
