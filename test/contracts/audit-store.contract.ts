import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Audit, type AuditBook, type AuditNote, auditEntry, createAudit } from '../../src/accounts/audit.ts';
import { createAuditStore } from '../../src/accounts/store/audit-store.ts';
import { keepSecret } from '../../src/runtime/mask.ts';
import { type FreshDatabase, migrated, type TestDatabase } from '../support/databases.ts';
import { createManualClock } from '../support/manual-clock.ts';

const NOTE: AuditNote = {
  who: 'ann',
  kind: 'user',
  from: '192.0.2.7',
  action: 'device.add',
  subject: 'edge-1',
  outcome: 'ok',
};

/** What every store of the audit must do. */
export function describeAuditStore(name: string, fresh: FreshDatabase): void {
  describe(`the audit in ${name}`, () => {
    const clock = createManualClock(1_000);
    let test: TestDatabase;
    let book: AuditBook;
    let audit: Audit;
    before(async () => {
      const made = await migrated(fresh);
      test = made;
      book = createAuditStore({ database: made.database });
      audit = createAudit({ book, clock });
      for (const [who, action] of [
        ['ann', 'device.add'],
        ['bob', 'login'],
        ['ann', 'login'],
      ] as const) {
        await audit.record({ ...NOTE, who, action });
        clock.advance(1_000);
      }
    });
    after(() => test.drop());

    it('keeps who did what when, the newest first', async () => {
      const [newest, ...others] = await book.list({ most: 10 });
      assert.ok(newest);
      const { id, ...entry } = newest;
      assert.match(id, /^[0-9a-f]{32}$/);
      assert.deepEqual(entry, { ...NOTE, action: 'login', at: 3_000 });
      assert.deepEqual(
        others.map(({ who, action, at }) => [who, action, at]),
        [
          ['bob', 'login', 2_000],
          ['ann', 'device.add', 1_000],
        ],
      );
    });

    it('finds entries by who, what and when', async () => {
      const found = async (question: Partial<Parameters<AuditBook['list']>[0]>) =>
        (await book.list({ most: 10, ...question })).map(({ at }) => at);
      assert.deepEqual(await found({ who: 'ann' }), [3_000, 1_000]);
      assert.deepEqual(await found({ action: 'login' }), [3_000, 2_000]);
      assert.deepEqual(await found({ who: 'ann', action: 'login' }), [3_000]);
      assert.deepEqual(await found({ fromAt: 2_000 }), [3_000, 2_000]);
      assert.deepEqual(await found({ fromAt: 1_000, toAt: 3_000 }), [2_000, 1_000]);
      assert.deepEqual(await found({ who: 'nobody' }), []);
    });

    it('goes on after the last entry of a page, also where several have one instant', async () => {
      const at = 500;
      const ids = ['c', 'a', 'b'].map((letter) => letter.repeat(32));
      for (const id of ids) await book.add({ ...NOTE, id, at });
      const pages: string[] = [];
      let before: Parameters<AuditBook['list']>[0]['before'];
      for (;;) {
        const [entry] = await book.list({ most: 1, before });
        if (entry === undefined) break;
        pages.push(`${entry.at} ${entry.id[0]}`);
        before = entry;
      }
      assert.deepEqual(pages.slice(-3), ['500 c', '500 b', '500 a']);
      assert.equal(pages.length, 6);
    });

    it('keeps an entry once, however often it is given', async () => {
      const entry = auditEntry({ ...NOTE, who: 'once' }, 4_000);
      await book.add(entry);
      await book.add(entry);
      assert.equal((await book.list({ who: 'once', most: 10 })).length, 1);
    });

    it('keeps an entry for each of many subjects of one instant, all or none', async () => {
      const subject = Array.from({ length: 1_201 }, (_, index) => `edge-${index}`);
      await audit.record({ ...NOTE, who: 'importer', subject });
      const entries = await book.list({ who: 'importer', most: 2_000 });
      assert.deepEqual(new Set(entries.map((entry) => entry.subject)), new Set(subject));
      assert.equal(new Set(entries.map(({ at }) => at)).size, 1);
      await book.add(...entries);
      assert.equal((await book.list({ who: 'importer', most: 2_000 })).length, subject.length);
      await audit.record({ ...NOTE, who: 'idle', subject: [] });
      assert.deepEqual(await book.list({ who: 'idle', most: 1 }), []);
    });

    it('keeps any text, shortened, without control characters and without a secret that is known', async () => {
      const release = keepSecret('a long secret');
      await audit.record({ ...NOTE, who: 'texts', subject: `😀\u0000\n a long secret ${'x'.repeat(400)}` });
      release();
      const [entry] = await book.list({ who: 'texts', most: 1 });
      assert.equal(Array.from(entry?.subject ?? '').length, 255);
      assert.match(entry?.subject ?? '', /^😀�� \*\*\* xxx/u);
    });

    it('forgets what was before an instant, and nothing else', async () => {
      const many = await migrated(fresh);
      try {
        const other = createAuditStore({ database: many.database });
        for (let at = 0; at < 5; at += 1) await other.add(auditEntry(NOTE, at));
        assert.equal(await other.countBefore(3), 3);
        assert.equal(await other.removeBefore(3), 3);
        assert.equal(await other.countBefore(3), 0);
        assert.deepEqual(
          (await other.list({ most: 10 })).map(({ at }) => at),
          [4, 3],
        );
      } finally {
        await many.drop();
      }
    });
  });
}
