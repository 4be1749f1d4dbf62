import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { EMPTY_CHANGE, type StoredCredential } from '../../src/devices/inventory.ts';
import { openSecrets, sealSecrets } from '../../src/devices/secrets.ts';
import { createCredentialSecrets } from '../../src/devices/store/credential-secrets.ts';
import { createInventoryStore } from '../../src/devices/store/inventory-store.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { createKeyHolders } from '../../src/platform/store/key-holders.ts';
import { rotateKey } from '../../src/runtime/rotation.ts';
import { createVault } from '../../src/runtime/vault.ts';
import { type FreshDatabase, migrated, type TestDatabase } from '../support/databases.ts';
import { createTestDesk, KEY, NEXT_KEY, storedDevice, vault } from '../support/inventory.ts';

const ALL_FIELDS = {
  ...{
    name: "a 'quoted' ü ",
    host: '2001:db8::1',
    model: 'ios',
    apiPort: 65_535,
    apiTls: 'AB:CD',
    apiCredential: 'c1',
  },
  ...{ sshPort: 22, sshCredential: 'c1', terminalCredential: 'c2', parent: 'core', tags: ['a"b', 'ü'], usage: false },
  ...{ backup: false, paused: true, changedAt: 1_700_000_000_000, version: 7 },
};

function credential(given: Partial<StoredCredential> = {}): StoredCredential {
  const id = given.id ?? 'c1';
  const sealed = sealSecrets(vault, id, { password: 'hunter2 ü', privateKey: null, passphrase: null });
  return { id, name: 'shared', deviceId: null, version: 1, username: 'api', ...sealed, changedAt: 5, ...given };
}

/** The inventory in a database. */
export function describeInventoryStore(name: string, fresh: FreshDatabase): void {
  describe(`the inventory in ${name}`, () => {
    let test: TestDatabase & { readonly database: Database };
    beforeEach(async () => {
      test = await migrated(fresh);
    });
    afterEach(() => test.drop());
    const book = () => createInventoryStore({ database: test.database });
    const put = (devices: readonly ReturnType<typeof storedDevice>[], credentials: readonly StoredCredential[] = []) =>
      book().change(() => ({ devices: { put: devices, remove: [] }, credentials: { put: credentials, remove: [] } }));

    it('gives back every field as it was stored', async () => {
      const device = storedDevice({ id: 'd2', ...ALL_FIELDS });
      const key = { privateKey: 'K'.repeat(9000), password: null, passphrase: 'p' };
      const second = { ...credential({ id: 'c2', name: null, deviceId: 'd2' }), ...sealSecrets(vault, 'c2', key) };
      await put([storedDevice(), device], [credential(), second]);
      const { devices, credentials } = await book().load();
      assert.deepEqual(
        devices.toSorted((one, other) => (one.id < other.id ? -1 : 1)),
        [storedDevice(), device],
      );
      const byId = new Map(credentials.map((each) => [each.id, each]));
      assert.deepEqual(byId.get('c1'), credential({ ...byId.get('c1') }));
      const [first, other] = [byId.get('c1'), byId.get('c2')];
      assert.ok(first !== undefined && other !== undefined);
      assert.equal(openSecrets(vault, first).password, 'hunter2 ü');
      assert.deepEqual(openSecrets(vault, other), key);
    });

    it('has another revision after each change, and the same after none', async () => {
      assert.equal(await book().revision(), 0);
      await put([storedDevice()]);
      const first = await book().revision();
      assert.equal(await book().change(() => EMPTY_CHANGE), false);
      assert.equal(await book().revision(), first);
      await put([storedDevice({ host: '192.0.2.8', version: 2 })]);
      assert.notEqual(await book().revision(), first);
      assert.deepEqual((await book().load()).devices, [storedDevice({ host: '192.0.2.8', version: 2 })]);
    });

    it('takes everything back when the decision throws', async () => {
      await put([storedDevice()]);
      const refused = book().change(() => {
        throw new Error('no');
      });
      await assert.rejects(refused, /no/);
      assert.deepEqual((await book().load()).devices, [storedDevice()]);
    });

    it('removes devices with their logins', async () => {
      await put([storedDevice()], [credential({ name: null, deviceId: 'd1' })]);
      await book().change(() => ({
        devices: { put: [], remove: ['d1'] },
        credentials: { put: [], remove: ['c1'] },
      }));
      assert.deepEqual(await book().load(), { devices: [], credentials: [] });
    });

    it('lets one of two changes at once wait for the other, so that none is lost', async () => {
      const other = createInventoryStore({ database: test.open() });
      const add = (store: typeof other, id: string) =>
        store.change(({ devices }) => {
          const device = storedDevice({ id, name: id, version: devices.length });
          return { ...EMPTY_CHANGE, devices: { put: [device], remove: [] } };
        });
      await Promise.all(Array.from({ length: 6 }, (_, index) => add(index % 2 === 0 ? book() : other, `d${index}`)));
      const { devices } = await book().load();
      assert.deepEqual(devices.map(({ version }) => version).sort(), [0, 1, 2, 3, 4, 5]);
    });

    it('tells the second of two admins who edit the same device', async () => {
      const desk = createTestDesk(book());
      await desk.addDevice('edge-1', { host: '192.0.2.7' });
      const { version } = await desk.device('edge-1');
      assert.ok(version !== null);
      await desk.setDevice('edge-1', { host: '192.0.2.8' }, version);
      await assert.rejects(desk.setDevice('edge-1', { tags: ['x'] }, version), { code: 'ENTRY_CONFLICT' });
      const { host, tags } = await desk.device('edge-1');
      assert.deepEqual({ host, tags }, { host: '192.0.2.8', tags: [] });
    });

    it('leaves out a device whose row was edited into nonsense, and shows the others', async () => {
      await put([storedDevice(), storedDevice({ id: 'd2', name: 'edge-2' })]);
      await test.database.read((queries) =>
        queries
          .withTables<{ devices: { id: string; tags: string } }>()
          .updateTable('devices')
          .set({ tags: '{' })
          .where('id', '=', 'd2')
          .execute(),
      );
      assert.deepEqual((await book().load()).devices, [storedDevice()]);
    });

    const next = () => createVault(NEXT_KEY, [KEY]);
    const rotate = (workers: Parameters<typeof rotateKey>[0]['workers'] = async () => []) =>
      rotateKey({ vault: next(), secrets: createCredentialSecrets({ database: test.database }), workers });

    it('encrypts all secrets anew with another key, more than go into one transaction', async () => {
      const many = Array.from({ length: 250 }, (_, index) => credential({ id: `c${index}`, name: `n${index}` }));
      await put([], many);
      assert.equal(await rotate(), 250);
      const { credentials } = await book().load();
      assert.equal(credentials.length, 250);
      for (const each of credentials) assert.equal(openSecrets(createVault(NEXT_KEY), each).password, 'hunter2 ü');
      assert.equal(await rotate(), 0);
    });

    it('goes on with an interrupted change of the key', async () => {
      await put(
        [],
        Array.from({ length: 150 }, (_, index) => credential({ id: `c${index}`, name: `n${index}` })),
      );
      const secrets = createCredentialSecrets({ database: test.database });
      assert.equal(await secrets.rekey(next()), 100);
      assert.equal((await secrets.keyIds()).size, 2);
      assert.equal(await rotate(), 50);
      assert.deepEqual(await secrets.keyIds(), new Set([next().keyId]));
    });

    it('changes no key while a worker runs that has the old one alone', async () => {
      await put([], [credential()]);
      const holders = createKeyHolders({ database: test.database });
      const holder = { id: 'h1', host: 'box', pid: 42, keyIds: [vault.keyId] };
      await holders.beat(holder);
      await holders.beat(holder);
      const running = () => holders.alive(60_000);
      assert.deepEqual(await running(), [holder]);
      await assert.rejects(rotate(running), { code: 'KEY_OLD_WORKER', message: /process 42 on box/ });
      assert.deepEqual(await createCredentialSecrets({ database: test.database }).keyIds(), new Set([vault.keyId]));
      await holders.beat({ ...holder, keyIds: [...next().keyIds] });
      assert.equal(await rotate(running), 1);
      await holders.remove('h1');
      assert.deepEqual(await running(), []);
    });

    it('is not done when a worker with the old key alone was started meanwhile', async () => {
      await put([], [credential()]);
      let asked = 0;
      const workers = async () => (++asked === 1 ? [] : [{ host: 'box', pid: 1, keyIds: [vault.keyId] }]);
      await assert.rejects(rotate(workers), { code: 'KEY_OLD_WORKER' });
    });

    it('writes nothing with a wrong key', async () => {
      await put([], [credential()]);
      const wrong = createVault(Buffer.alloc(32, 9).toString('base64'));
      const desk = createTestDesk(book(), { vault: wrong });
      const before = await book().load();
      const secrets = { username: 'x', password: 'new-password' };
      await assert.rejects(desk.addCredential('other', secrets), { code: 'KEY_WRONG' });
      await assert.rejects(desk.setCredential('shared', secrets), { code: 'KEY_WRONG' });
      await assert.rejects(desk.setCredential('shared', { username: 'x' }), { code: 'KEY_WRONG' });
      await assert.rejects(desk.addDevice('edge-1', { host: '192.0.2.7', ...secrets }), { code: 'KEY_WRONG' });
      const rotated = rotateKey({
        vault: wrong,
        secrets: createCredentialSecrets({ database: test.database }),
        workers: async () => [],
      });
      await assert.rejects(rotated, { code: 'KEY_WRONG' });
      assert.deepEqual(await book().load(), before);
    });
  });
}
