import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { BinaryFacts } from '../../src/backups/binary.ts';
import { createBackupSecrets } from '../../src/backups/store/backup-secrets.ts';
import { createBackupStore } from '../../src/backups/store/backup-store.ts';
import { createBinarySecrets } from '../../src/backups/store/binary-secrets.ts';
import { createBinaryStore } from '../../src/backups/store/binary-store.ts';
import type { BackupTables } from '../../src/backups/store/schema.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { joinSecrets, rotateKey } from '../../src/runtime/rotation.ts';
import { createVault, type Vault } from '../../src/runtime/vault.ts';
import { newVersion } from '../support/backups.ts';
import { type FreshDatabase, migrated, type TestDatabase } from '../support/databases.ts';
import { KEY, NEXT_KEY, vault } from '../support/inventory.ts';

const PART = 512 * 1024;

/** Binary backups in a database. */
export function binaryStoreContract(kind: string, fresh: FreshDatabase): void {
  describe(`binary backups in ${kind}`, () => {
    let test: TestDatabase & { readonly database: Database };
    before(async () => {
      test = await migrated(fresh);
    });
    after(() => test.drop());
    const books = (most = 10) =>
      createBackupStore({
        ...{ database: test.database, vault, keep: most },
        notices: createNoticeWriter({ database: test.database }),
      });
    const binaries = (given: Vault = vault) => createBinaryStore({ database: test.database, vault: () => given });
    const raw = (work: (tables: ReturnType<typeof tablesIn>) => Promise<unknown>) =>
      test.database.read((queries) => work(tablesIn(queries)));
    const tablesIn = (queries: Parameters<Parameters<Database['read']>[0]>[0]) => queries.withTables<BackupTables>();
    const keep = (device: string, version: number, bytes: Buffer) =>
      binaries().keep({ device, version, bytes, takenAt: 7, isLeft: true });
    const bytesOf = (seed: string, length: number) =>
      Buffer.concat(
        Array.from({ length: Math.ceil(length / 64) }, (_, at) => createHash('sha512').update(`${seed}${at}`).digest()),
      ).subarray(0, length);
    const versionsOf = async (device: string) => (await binaries().list(device)).map(({ version }) => version);
    async function make(device: string, ...sizes: readonly number[]): Promise<readonly Buffer[]> {
      const made: Buffer[] = [];
      for (const [index, size] of sizes.entries()) {
        await books().keep(device, `run-${index}`, () => newVersion(`${index}\n`));
        const bytes = bytesOf(`${device}${index}`, size);
        await keep(device, index + 1, bytes);
        made.push(bytes);
      }
      return made;
    }

    it('come back byte for byte, whatever their size, and say what is known of them', async () => {
      const device = 'edge-1 "ü"';
      const made = await make(device, 1, PART - 1, PART, PART + 1, 2 * PART);
      for (const [index, bytes] of made.entries())
        assert.ok((await binaries().read(device, index + 1))?.equals(bytes), `${index}`);
      assert.deepEqual((await binaries().list(device))[3], { device, version: 4, takenAt: 7, bytes: PART + 1 });
      assert.deepEqual(await binaries().find(device, 4), { bytes: PART + 1, isLeft: true });
      await binaries().removed(device, 4);
      assert.deepEqual(await binaries().find(device, 4), { bytes: PART + 1, isLeft: false });
      assert.deepEqual([await binaries().find(device, 6), await binaries().read('none', 1)], [null, null]);
    });

    it('are listed by device and version, or the newest of each device alone', async () => {
      await make('list-1', 100, 200);
      await make('list-2', 300);
      const ours = (all: readonly BinaryFacts[]) =>
        all.filter(({ device }) => device.startsWith('list-')).map(({ device, version }) => [device, version]);
      assert.deepEqual(ours(await binaries().list()), [
        ['list-1', 1],
        ['list-1', 2],
        ['list-2', 1],
      ]);
      assert.deepEqual(ours(await binaries().newest()), [
        ['list-1', 2],
        ['list-2', 1],
      ]);
    });

    it('are kept once, and not where the version is gone', async () => {
      const [first] = await make('once', 100);
      await keep('once', 1, bytesOf('other', 100));
      await keep('once', 2, bytesOf('other', 100));
      assert.deepEqual(await versionsOf('once'), [1]);
      assert.ok((await binaries().read('once', 1))?.equals(first ?? assert.fail('none')));
    });

    it('go with their version, by number and by age', async () => {
      await make('gone', 100, 200, 300);
      await books().forget('gone', 2);
      assert.deepEqual(await versionsOf('gone'), [1, 3]);
      await books(2).keep('gone', 'next', () => newVersion('next\n'));
      assert.deepEqual(await versionsOf('gone'), [3]);
      await raw(async (tables) => {
        const parts = await tables
          .selectFrom('backup_binary_parts')
          .select('version')
          .where('device', '=', 'gone')
          .execute();
        assert.deepEqual(
          parts.map(({ version }) => Number(version)),
          [3],
        );
      });
    });

    it('are read by the key of their row, and encrypted anew when the key changes', async () => {
      const [first, second] = await make('keys', 100, PART + 5);
      const secrets = joinSecrets([
        createBackupSecrets({ database: test.database }),
        createBinarySecrets({ database: test.database }),
      ]);
      const next = createVault(NEXT_KEY, [KEY]);
      assert.ok((await rotateKey({ vault: next, secrets, workers: async () => [] })) > 2);
      const alone = createVault(NEXT_KEY);
      assert.deepEqual(await secrets.keyIds(), new Set([alone.keyId]));
      assert.ok((await binaries(alone).read('keys', 1))?.equals(first ?? assert.fail('none')));
      assert.ok((await binaries(alone).read('keys', 2))?.equals(second ?? assert.fail('none')));
      await assert.rejects(binaries().read('keys', 1), { code: 'KEY_WRONG' });
      await rotateKey({ vault: createVault(KEY, [NEXT_KEY]), secrets, workers: async () => [] });
    });

    it('are read whole while the key changes', async () => {
      const made = await make('meanwhile', ...Array.from({ length: 8 }, () => 1_000));
      const [former, next] = [createVault(KEY, [NEXT_KEY]), createVault(NEXT_KEY, [KEY])];
      const secrets = createBinarySecrets({ database: test.database });
      let isOver = false;
      async function readOn(): Promise<void> {
        while (!isOver) {
          for (const [index, bytes] of made.entries())
            assert.ok((await binaries(former).read('meanwhile', index + 1))?.equals(bytes), `${index}`);
          await turn();
        }
      }
      const readers = Promise.all([readOn(), readOn()]);
      for (const each of [next, former]) while ((await secrets.rekey(each)) > 0);
      isOver = true;
      await readers;
    });

    it('that others changed in the database are found, and told apart from those that are well', async () => {
      await make('harmed', 100, PART * 2, 100);
      const content = (await binaries().read('harmed', 1)) ?? assert.fail('none');
      const foreign = vault.sealBytes(content, {
        table: 'backup_binary_parts',
        row: '["other",1,0]',
        column: 'content',
      });
      await raw((tables) =>
        tables
          .updateTable('backup_binary_parts')
          .set({ content: foreign.text })
          .where('device', '=', 'harmed')
          .where('version', '=', 1n)
          .execute(),
      );
      await raw((tables) =>
        tables
          .deleteFrom('backup_binary_parts')
          .where('device', '=', 'harmed')
          .where('version', '=', 2n)
          .where('part', '=', 1n)
          .execute(),
      );
      const found = await Array.fromAsync(binaries().verify('harmed'));
      assert.deepEqual(
        found.map(({ version, trouble }) => [version, trouble === null]),
        [
          [1, false],
          [2, false],
          [3, true],
        ],
      );
      assert.match(found[0]?.trouble ?? '', /cannot be decrypted/);
      assert.match(found[1]?.trouble ?? '', /binary backup of version 2 of harmed cannot be read/);
      // A change of the key stops at none of them.
      const secrets = createBinarySecrets({ database: test.database });
      const next = createVault(NEXT_KEY, [KEY]);
      await assert.rejects(rotateKey({ vault: next, secrets, workers: async () => [] }), { code: 'KEY_STILL_NEEDED' });
      assert.ok((await binaries(createVault(NEXT_KEY)).read('harmed', 3)) !== null);
    });
  });
}
