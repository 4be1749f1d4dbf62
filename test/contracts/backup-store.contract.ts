import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { createBackupSecrets } from '../../src/backups/store/backup-secrets.ts';
import { createBackupStore } from '../../src/backups/store/backup-store.ts';
import type { BackupTables } from '../../src/backups/store/schema.ts';
import type { Decision, Known } from '../../src/backups/versions.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { rotateKey } from '../../src/runtime/rotation.ts';
import { createVault, type Vault } from '../../src/runtime/vault.ts';
import { keptText, newVersion } from '../support/backups.ts';
import { type FreshDatabase, migrated, type TestDatabase } from '../support/databases.ts';
import { exportText } from '../support/exports.ts';
import { KEY, NEXT_KEY, vault } from '../support/inventory.ts';

/** Kept configurations in a database. */
export function describeBackupStore(name: string, fresh: FreshDatabase): void {
  describe(`backups in ${name}`, () => {
    let test: TestDatabase & { readonly database: Database };
    let devices = 0;
    let runs = 0;
    before(async () => {
      test = await migrated(fresh);
    });
    after(() => test.drop());
    const newDevice = () => `edge-${++devices} "ü"`;
    const book = (keep = 100, with_: Vault = vault) =>
      createBackupStore({
        ...{ database: test.database, vault: with_, keep },
        notices: createNoticeWriter({ database: test.database }),
      });
    const keep = (device: string, decision: Decision, most = 100) =>
      book(most).keep(device, `run-${++runs}`, () => decision);
    const numbers = async (device: string) => (await book().versions(device)).map(({ version }) => version);
    const raw = <Result>(work: (tables: ReturnType<typeof tablesIn>) => Promise<Result>) =>
      test.database.read((queries) => work(tablesIn(queries)));
    const tablesIn = (queries: Parameters<Parameters<Database['read']>[0]>[0]) => queries.withTables<BackupTables>();

    it('gives back every field and every byte as it was stored', async () => {
      const device = newDevice();
      const text = `${exportText()}\u00ff\u0000\r\n\n\\`;
      const facts = {
        model: 'ios',
        changedBy: ['ali', 'bob "ü"'],
        osVersion: '7.20.8',
        hardware: 'RB',
        serial: 'S1',
        bytes: 7,
      };
      const first = newVersion(text, { ...facts, sight: { at: 1000, clockMs: 5000 } });
      assert.deepEqual(await keep(device, first), { kind: 'first', version: 1 });
      const stored = { firstSeenAt: 1000, lastSeenAt: 1000, ...facts, linesAdded: 1, linesRemoved: 2 };
      assert.deepEqual(await book().versions(device), [
        { device, version: 1, ...stored, isRewritten: false, isImported: false },
      ]);
      assert.equal(await book().text(device, 1), text);
      assert.equal(await book().text(device, 2), null);
      assert.equal(await book().quarantinedText(device), null);
    });

    it('tells what is known of a device, and notes when a version was seen again', async () => {
      const device = newDevice();
      const seen: Known[] = [];
      const decide = (decision: Decision) => (known: Known) => {
        seen.push(known);
        return decision;
      };
      await book().keep(
        device,
        'r1',
        decide(newVersion('a', { sight: { at: 1, clockMs: 2 } }, { accept: ['/ip socks'] })),
      );
      await book().keep(device, 'r2', decide({ kind: 'unchanged', sight: { at: 9, clockMs: null } }));
      await book().keep(device, 'r3', decide({ kind: 'unchanged', sight: { at: 10, clockMs: null } }));
      const [first, second, third] = seen;
      assert.deepEqual(first, { newest: null, damaged: null, quarantine: null, accepted: new Set(), sight: null });
      assert.equal(second?.newest?.text, 'a');
      assert.deepEqual(second?.accepted, new Set(['/ip socks']));
      assert.deepEqual(
        [second?.sight, third?.sight],
        [
          { at: 1, clockMs: 2 },
          { at: 9, clockMs: null },
        ],
      );
      const [version] = await book().versions(device);
      assert.deepEqual([version?.firstSeenAt, version?.lastSeenAt], [1, 10]);
    });

    it('does nothing twice when a run is repeated after a lost commit', async () => {
      const device = newDevice();
      const decide = () => newVersion('a');
      assert.deepEqual(await book().keep(device, 'same', decide), { kind: 'first', version: 1 });
      assert.deepEqual(await book().keep(device, 'same', decide), { kind: 'first', version: 1 });
      assert.deepEqual(await numbers(device), [1]);
    });

    it('decides anew when something else was kept while it decided', async () => {
      const device = newDevice();
      const seen: (string | null)[] = [];
      const kept = await book().keep(device, 'slow', async ({ newest }) => {
        seen.push(newest?.text ?? null);
        if (seen.length === 1) await keep(device, newVersion('quick'));
        return newVersion('slow');
      });
      assert.deepEqual([seen, kept], [[null, 'quick'], { kind: 'changed', version: 2 }]);
      assert.deepEqual([await book().text(device, 1), await book().text(device, 2)], ['quick', 'slow']);
    });

    it('reads what was deflated before Zstandard took its place', async () => {
      const device = newDevice();
      await keep(device, newVersion('one'));
      const place = { table: 'backup_versions', row: JSON.stringify([device, 1]), column: 'content' };
      const { text: content } = vault.sealBytes(deflateRawSync('one'), place);
      await raw((tables) =>
        tables.updateTable('backup_versions').set({ content }).where('device', '=', device).execute(),
      );
      assert.equal(await book().text(device, 1), 'one');
    });

    it('lets others have their turn while it keeps a large text', async () => {
      const device = newDevice();
      const rows = Array.from({ length: 200_000 }, (_, index) => `add name=u${index} password=${index * 7919}\n`);
      await keep(device, newVersion(rows.join('')));
      let turns = 0;
      let isOver = false;
      const count = () => {
        turns += 1;
        if (!isOver) setImmediate(count);
      };
      setImmediate(count);
      await keep(device, newVersion(`${rows.join('')}add name=last\n`));
      isOver = true;
      // Of so large a text each of the steps, a dozen, takes longer than the 5 ms after which others have their turn.
      assert.ok(turns > 9, `${turns} turns`);
    });

    it('keeps one text with a fault apart, told once for each fault, gone with the next good one', async () => {
      const device = newDevice();
      const faulty = (text: string, code: 'BACKUP_SHRUNK' | 'BACKUP_SECRETS_GONE', at: number): Decision => {
        return { kind: 'quarantine', text: keptText(text, { sight: { at, clockMs: null } }), code, message: 'm' };
      };
      await keep(device, newVersion('good'));
      assert.deepEqual(await keep(device, faulty('q1', 'BACKUP_SHRUNK', 1)), { kind: 'quarantined', isNew: true });
      assert.deepEqual(await keep(device, faulty('q2', 'BACKUP_SHRUNK', 2)), { kind: 'quarantined', isNew: false });
      const only = async () => (await book().quarantines()).filter((each) => each.device === device);
      assert.deepEqual(
        (await only()).map(({ code, firstSeenAt, lastSeenAt }) => [code, firstSeenAt, lastSeenAt]),
        [['BACKUP_SHRUNK', 1, 2]],
      );
      assert.deepEqual(await book().quarantines(device), await only());
      assert.deepEqual(await book().quarantines(newDevice()), []);
      assert.equal(await book().quarantinedText(device), 'q2');
      assert.deepEqual(await keep(device, faulty('q3', 'BACKUP_SECRETS_GONE', 3)), {
        kind: 'quarantined',
        isNew: true,
      });
      assert.equal(await book().text(device, 1), 'good');
      await keep(device, { kind: 'unchanged', sight: { at: 4, clockMs: null } });
      assert.deepEqual(await only(), []);
    });

    it('keeps so many versions and no more, never gives a number twice, and never forgets the newest', async () => {
      const device = newDevice();
      for (let index = 1; index <= 5; index += 1) await keep(device, newVersion(`text ${index}`), 3);
      assert.deepEqual(await numbers(device), [3, 4, 5]);
      assert.equal(await book().forget(device, 4), true);
      assert.equal(await book().forget(device, 5), false);
      await keep(device, newVersion('text 6'), 1);
      assert.deepEqual(await numbers(device), [6]);
    });

    it('finds versions that were last seen before an instant, never the newest of a device', async () => {
      const device = newDevice();
      for (const at of [-30, -20, -10]) await keep(device, newVersion(`at ${at}`, { sight: { at, clockMs: null } }));
      const found = async (at: number) => (await book().seenBefore(at)).filter((each) => each.device === device);
      assert.deepEqual(await found(-20), [{ device, version: 1 }]);
      assert.deepEqual(
        (await found(0)).map(({ version }) => version),
        [1, 2],
      );
    });

    it('stores no text in clear, and most as a small difference', async () => {
      const device = newDevice();
      const rows = Array.from(
        { length: 400 },
        (_, index) => `add name=u${index} password=hunter2-${(index * 7919) % 1000}\n`,
      );
      for (let index = 0; index < 3; index += 1) await keep(device, newVersion(`${rows.join('')}add x=${index}\n`));
      const stored = await raw((tables) =>
        tables.selectFrom('backup_versions').selectAll().where('device', '=', device).orderBy('version').execute(),
      );
      assert.deepEqual(
        stored.map(({ base_version }) => base_version),
        [2n, 3n, null],
      );
      assert.ok((stored[0]?.content.length ?? 0) * 5 < (stored[2]?.content.length ?? 0));
      for (const { content } of stored)
        assert.doesNotMatch(Buffer.from(content, 'base64').toString('latin1'), /hunter2/);
    });

    it('finds what was changed in the database, and what was moved', async () => {
      const device = newDevice();
      for (const text of ['one', 'two', 'three']) await keep(device, newVersion(text));
      const verified = async () => {
        const found = [];
        for await (const each of book().verify(device)) found.push(each);
        return found;
      };
      assert.deepEqual(
        (await verified()).map(({ trouble }) => trouble),
        [null, null, null],
      );
      await raw(async (tables) => {
        const content = (version: bigint) =>
          tables
            .selectFrom('backup_versions')
            .select('content')
            .where('device', '=', device)
            .where('version', '=', version);
        const { content: moved } = await content(1n).executeTakeFirstOrThrow();
        await tables
          .updateTable('backup_versions')
          .set({ content: moved })
          .where('device', '=', device)
          .where('version', '=', 2n)
          .execute();
        await tables
          .updateTable('backup_versions')
          .set({ identity: '0'.repeat(64) })
          .where('device', '=', device)
          .where('version', '=', 3n)
          .execute();
      });
      const troubles = (await verified()).map(({ version, trouble }) => [version, trouble !== null]);
      assert.deepEqual(troubles, [
        [1, false],
        [2, true],
        [3, true],
      ]);
      await raw((tables) => tables.deleteFrom('backup_versions').where('device', '=', device).execute());
    });

    it('gives back any texts byte for byte, whatever was stored, purged, rebased and encrypted anew', async () => {
      const line = fc.constantFrom('add a=1\r\n', 'add b=2\r\n', 'set c="\u00e9"\n', '#\n', '\n', 'no end', '\\');
      const step = fc.oneof(
        { weight: 6, arbitrary: fc.array(line, { maxLength: 12 }).map((lines) => ({ store: lines.join('') })) },
        { weight: 3, arbitrary: fc.nat(20).map((index) => ({ forget: index })) },
        { weight: 1, arbitrary: fc.constant('rekey' as const) },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const device = newDevice();
          const texts = new Map<number, string>();
          let keys = [KEY];
          for (const each of steps) {
            const [key = KEY, ...old] = keys;
            const now = createVault(key, old);
            const books = book(100, now);
            if (each === 'rekey') {
              keys = key === KEY ? [NEXT_KEY, KEY] : [KEY, NEXT_KEY];
              const [next = KEY, ...before] = keys;
              const secrets = createBackupSecrets({ database: test.database });
              await rotateKey({ vault: createVault(next, before), secrets, workers: async () => [] });
            } else if ('store' in each) {
              const kept = await books.keep(device, `run-${++runs}`, () => newVersion(each.store));
              assert.ok(kept.kind !== 'quarantined');
              texts.set(kept.version, each.store);
            } else {
              const version = [...texts.keys()].at(each.forget % Math.max(texts.size, 1)) ?? 0;
              if (await books.forget(device, version)) texts.delete(version);
            }
          }
          const last = createVault(keys[0] ?? KEY, keys.slice(1));
          assert.deepEqual(await numbers(device), [...texts.keys()]);
          for (const [version, text] of texts) assert.equal(await book(100, last).text(device, version), text);
          // The tests after this one read with the first key again.
          await rotateKey({
            vault: createVault(KEY, [NEXT_KEY]),
            secrets: createBackupSecrets({ database: test.database }),
            workers: async () => [],
          });
        }),
        { numRuns: 8 },
      );
    });

    describe('a damaged newest version', () => {
      const damage = (device: string, version: number) =>
        raw((tables) =>
          tables
            .updateTable('backup_versions')
            .set({ content: 'AAAA' })
            .where('device', '=', device)
            .where('version', '=', BigInt(version))
            .execute(),
        );
      const seen = async (device: string) => {
        const found: Known[] = [];
        await book().keep(device, `run-${++runs}`, (known) => {
          found.push(known);
          return newVersion('good');
        });
        return found.map(({ newest, damaged }) => [newest?.version.version ?? null, damaged]);
      };
      const wholeText = exportText();
      let device = '';
      before(async () => {
        device = newDevice();
        for (let version = 1; version <= 9; version += 1) await keep(device, newVersion(`${wholeText}${version}\n`));
        await damage(device, 9);
      });

      it('stays with the last one before it that can be read when old ones are purged', async () => {
        assert.equal(await book().forget(device, 8), false);
        assert.equal(await book().forget(device, 9), false);
        assert.equal(await book().forget(device, 7), true);
        assert.equal(await book().text(device, 8), `${wholeText}8\n`);
      });

      it('does not stop a good text from being stored whole as the next one', async () => {
        const other = newDevice();
        await keep(other, newVersion('one'));
        await keep(other, newVersion('two'));
        await damage(other, 2);
        assert.deepEqual(await seen(other), [[1, 2]]);
        assert.equal(await book().text(other, 3), 'good');
        assert.deepEqual(await seen(other), [[3, null]]);
        await raw((tables) => tables.deleteFrom('backup_versions').where('device', '=', other).execute());
      });

      it('is told by verify, and stops no change of the key of the others', async () => {
        const good = newDevice();
        await keep(good, newVersion('good'));
        const next = createVault(NEXT_KEY, [KEY]);
        const rotate = (now: Vault) =>
          rotateKey({
            vault: now,
            secrets: createBackupSecrets({ database: test.database }),
            workers: async () => [],
          });
        await assert.rejects(rotate(next), { code: 'KEY_STILL_NEEDED' });
        assert.equal(await book(100, createVault(NEXT_KEY)).text(good, 1), 'good');
        const bad: (number | null)[] = [];
        for await (const each of book(100, next).verify(device)) if (each.trouble !== null) bad.push(each.version);
        assert.ok(bad.includes(9));
        await raw((tables) => tables.deleteFrom('backup_versions').where('device', '=', device).execute());
        await rotate(createVault(KEY, [NEXT_KEY]));
      });
    });

    it('writes nothing with a wrong key', async () => {
      const device = newDevice();
      await keep(device, newVersion('one'));
      const wrong = createVault(Buffer.alloc(32, 9).toString('base64'));
      await assert.rejects(
        book(100, wrong).keep(device, 'w', () => newVersion('two')),
        { code: 'KEY_WRONG' },
      );
      assert.deepEqual(await numbers(device), [1]);
    });
  });
}
