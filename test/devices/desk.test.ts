import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { credentialCommand } from '../../src/devices/commands/credential.ts';
import { openSecrets } from '../../src/devices/secrets.ts';
import { createMemoryInventory, createTestDesk, otherDevice, vault } from '../support/inventory.ts';
import { runCommands } from '../support/program.ts';

function setUp(options: Parameters<typeof createTestDesk>[1] = {}) {
  const book = createMemoryInventory();
  return { book, desk: createTestDesk(book, options) };
}

/** The fields that are refused, each with the kind of its problem. */
async function refused(work: Promise<unknown>): Promise<string[]> {
  const error: unknown = await work.then(
    () => assert.fail('it was not refused'),
    (each) => each,
  );
  assert.ok(error instanceof Error && 'problems' in error && Array.isArray(error.problems), String(error));
  return error.problems.map(({ field, kind }: { field: string; kind: string }) => `${field} ${kind}`);
}

const HOST = { host: '192.0.2.7' };
const LOGIN = { username: 'api', password: 'hunter22' };

describe('credentials', () => {
  it('are shared by devices and changed in one place', async () => {
    const { book, desk } = setUp();
    await desk.addCredential('polling', LOGIN);
    await desk.addDevice('edge-1', { ...HOST, apiCredential: 'polling' });
    await desk.addDevice('edge-2', { host: '192.0.2.8', apiCredential: 'polling', sshCredential: 'polling' });
    assert.equal((await desk.credentials())[0]?.devices, 2);
    await desk.setCredential('polling', { password: 'another-1' });
    const [stored] = book.stored().credentials;
    assert.ok(stored !== undefined);
    assert.deepEqual(openSecrets(vault, stored), { password: 'another-1', privateKey: null, passphrase: null });
    assert.deepEqual((await desk.credentials())[0]?.username, 'api');
  });

  it('cannot be removed while a device uses them', async () => {
    const { desk } = setUp();
    await desk.addCredential('polling', LOGIN);
    await desk.addDevice('edge-1', { ...HOST, terminalCredential: 'polling' });
    assert.deepEqual(await refused(desk.removeCredential('polling')), ['name conflict']);
    await desk.setDevice('edge-1', { terminalCredential: null });
    await desk.removeCredential('polling');
    assert.deepEqual(await desk.credentials(), []);
    assert.deepEqual(await refused(desk.removeCredential('polling')), ['name unknown']);
  });

  it('need a user name and a password or a key, under a name that is free', async () => {
    const { desk } = setUp();
    await desk.addCredential('polling', LOGIN);
    assert.deepEqual(await refused(desk.addCredential('polling', LOGIN)), ['name conflict']);
    assert.deepEqual(await refused(desk.addCredential('=x', { passphrase: 'p' })), [
      'name invalid',
      'username invalid',
      'password invalid',
      'passphrase invalid',
    ]);
    assert.deepEqual(await refused(desk.setCredential('polling', { password: null })), ['password invalid']);
    assert.deepEqual(await refused(desk.setCredential('nobody', LOGIN)), ['name unknown']);
  });

  it('keep a password while devices use it for the API, which knows no keys', async () => {
    const { desk } = setUp();
    const privateKey = '-----BEGIN OPENSSH PRIVATE KEY-----\nx';
    await desk.addCredential('both', { ...LOGIN, privateKey, passphrase: 'p' });
    await desk.addCredential('key', { username: 'api', privateKey });
    assert.deepEqual(await refused(desk.addDevice('edge-1', { ...HOST, apiCredential: 'key' })), [
      'apiCredential invalid',
    ]);
    await desk.addDevice('edge-1', { ...HOST, apiCredential: 'both' });
    assert.deepEqual(await refused(desk.setCredential('both', { password: null })), ['password conflict']);
  });

  it('tell the second of two who edit them', async () => {
    const { desk } = setUp();
    await desk.addCredential('polling', LOGIN);
    await desk.setCredential('polling', { username: 'one' }, 1);
    assert.deepEqual(await refused(desk.setCredential('polling', { username: 'two' }, 1)), ['version conflict']);
  });
});

describe('a device', () => {
  it('has a login of its own or a shared one, never both', async () => {
    const { book, desk } = setUp();
    await desk.addCredential('polling', LOGIN);
    const both = { ...HOST, ...LOGIN, apiCredential: 'polling' };
    assert.deepEqual(await refused(desk.addDevice('edge-1', both)), ['username conflict']);
    await desk.addDevice('edge-1', { ...HOST, ...LOGIN });
    assert.deepEqual(await refused(desk.setDevice('edge-1', { apiCredential: 'polling' })), ['apiCredential conflict']);
    await desk.setDevice('edge-1', { apiCredential: 'polling', username: null });
    assert.equal(book.stored().credentials.length, 1);
    assert.deepEqual(await refused(desk.setDevice('edge-1', { password: 'hunter23' })), ['password invalid']);
  });

  it('moves to another address with its password by a command, whose user has the key, and by nobody else', async () => {
    const { book, desk } = setUp();
    await desk.addDevice('edge-1', { host: '192.0.2.1', username: 'bob', password: 'hunter2' });
    const remote = createTestDesk(book, { movesPasswords: false });
    await assert.rejects(remote.setDevice('edge-1', { host: '192.0.2.2' }), /password: type the password again/);
    assert.equal((await desk.setDevice('edge-1', { host: '192.0.2.2' })).outcome, 'changed');
    assert.deepEqual([book.stored().credentials.length, book.stored().devices[0]?.host], [1, '192.0.2.2']);
  });

  it('takes its own login with it when it is removed', async () => {
    const { book, desk } = setUp();
    await desk.addDevice('edge-1', { ...HOST, ...LOGIN });
    await desk.removeDevice('edge-1');
    assert.deepEqual(book.stored(), { devices: [], credentials: [] });
    assert.deepEqual(await refused(desk.removeDevice('edge-1')), ['name unknown']);
  });

  it('of the configuration is changed there; one of LibreNMS can be taken over', async () => {
    const { desk } = setUp({
      others: [otherDevice(), otherDevice({ name: 'far', host: '192.0.2.9', source: 'librenms' })],
    });
    assert.deepEqual(await refused(desk.addDevice('core', HOST)), ['name conflict']);
    assert.deepEqual(await refused(desk.setDevice('core', HOST)), ['name conflict']);
    assert.deepEqual(await refused(desk.removeDevice('core')), ['name conflict']);
    await desk.addDevice('far', HOST);
    assert.equal((await desk.device('far')).source, 'inventory');
    assert.deepEqual(
      (await desk.devices()).map(({ name, source }) => `${name} ${source}`),
      ['core config', 'far inventory', 'far librenms'],
    );
  });

  it('stays while others are behind it, and is never behind itself', async () => {
    const { desk } = setUp({ others: [otherDevice()] });
    await desk.addDevice('edge-1', { ...HOST, parent: 'core' });
    await desk.addDevice('edge-2', { host: '192.0.2.8', parent: 'edge-1' });
    assert.deepEqual(await refused(desk.removeDevice('edge-1')), ['name conflict']);
    assert.deepEqual(await refused(desk.setDevice('edge-1', { parent: 'edge-2' })), ['parent conflict']);
    assert.deepEqual(await refused(desk.setDevice('edge-1', { parent: 'edge-1' })), ['parent conflict']);
    assert.deepEqual(await refused(desk.setDevice('edge-1', { parent: 'nobody' })), ['parent invalid']);
    await desk.removeDevice('edge-2');
    await desk.removeDevice('edge-1');
  });

  it('that is no router has no API', async () => {
    const { desk } = setUp();
    await desk.addCredential('polling', LOGIN);
    const fields = { ...HOST, model: 'linux', apiPort: 8728, apiCredential: 'polling' };
    assert.deepEqual(await refused(desk.addDevice('web-1', fields)), ['apiPort invalid', 'apiCredential invalid']);
    await desk.addDevice('web-1', { ...HOST, model: 'linux', sshCredential: 'polling' });
  });

  it('is told to the process that changes it, and not when nothing changes', async () => {
    let changes = 0;
    const { desk } = setUp({ onChange: () => void changes++ });
    await desk.addDevice('edge-1', HOST);
    await desk.setDevice('edge-1', { host: '192.0.2.7', tags: [] });
    assert.equal(changes, 1);
    assert.equal((await desk.device('edge-1')).version, 1);
  });
});

describe('the commands of credentials', () => {
  it('add, list, change and remove those that no device uses, and print no secret', async () => {
    const { desk } = setUp();
    const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nsecret-of-the-key';
    const files = new Map(Object.entries({ password: 'hunter22', next: 'hunter33', key, wrong: 'a-secret-in-a-file' }));
    const secrets = { fromFile: async (name: string) => files.get(name) ?? '', ask: async () => 'hunter44' };
    const said: string[] = [];
    async function cli(command: string): Promise<number> {
      const { code, stdout, stderr } = await runCommands(command.split(' '), [
        credentialCommand({ open: async () => ({ desk, close: async () => {} }), secrets }),
      ]);
      said.push(stdout, stderr);
      return code;
    }
    const codes = [
      await cli('credential add polling --username api --password-file password'),
      await cli('credential add backup --username ssh --private-key-file key'),
      await cli('credential add asked --username api'),
      await cli('credential add polling --username api --password-file password'),
      await cli('credential add other --username api --private-key-file wrong'),
      await cli('credential set polling --password-file next'),
      await cli('credential set nobody --username x'),
      await cli('credential list'),
      await cli('credential list --format json'),
    ];
    assert.deepEqual(codes, [0, 0, 0, 1, 2, 0, 1, 0, 0]);
    await desk.addDevice('edge-1', { ...HOST, apiCredential: 'polling' });
    assert.deepEqual([await cli('credential remove polling'), (await desk.credentials()).length], [1, 3]);
    await desk.removeDevice('edge-1');
    assert.deepEqual([await cli('credential remove polling'), (await desk.credentials()).length], [0, 2]);
    const text = said.join('');
    for (const part of [
      'there is a credential',
      '--private-key-file: must be',
      'no credential has',
      'a device uses it',
      'Removed',
    ]) {
      assert.ok(text.includes(part), `${part} in ${text}`);
    }
    assert.doesNotMatch(text, /hunter\d\d|secret-/);
  });
});
