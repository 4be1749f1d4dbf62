import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { docker, findObstacle, ROOT, run } from './engine.ts';

const FILES = [
  'docker-compose.yml',
  'docker-compose.scale.yml',
  'docker-compose.standalone.yml',
  'docker-compose.demo.yml',
];
/** Of others: what they need themselves is theirs to say. */
const SERVERS = ['database', 'valkey'];
const BESIDE_LIBRENMS = ['docker-compose.yml', 'docker-compose.scale.yml'];
/** Of LibreNMS's own compose file; on one network two services of one name answer in turn. */
const THEIR_NAMES = ['db', 'redis', 'msmtpd', 'librenms', 'dispatcher', 'syslogng', 'snmptrapd'];

interface Service {
  readonly read_only?: boolean;
  readonly init?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly mem_limit?: string;
  readonly deploy?: { readonly replicas?: number };
  readonly logging?: { readonly options?: Readonly<Record<string, string>> };
  readonly volumes?: readonly { readonly type: string; readonly target: string; readonly read_only?: boolean }[];
}

interface Stack {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks?: Readonly<Record<string, { readonly name?: string; readonly external?: boolean }>>;
}

describe('the compose files', { skip: await findObstacle() }, () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'netsentinel-compose-'));
    for (const file of FILES) cpSync(join(ROOT, file), join(folder, file));
    mkdirSync(join(folder, 'secrets'));
    for (const name of [
      'database_url',
      'database_password',
      'redis_url',
      'valkey_conf',
      'router_password',
      'netsentinel_key',
    ]) {
      writeFileSync(join(folder, 'secrets', name), 'x');
    }
  });
  after(() => rmSync(folder, { recursive: true }));

  async function stackOf(file: string, env: Readonly<Record<string, string>> = {}): Promise<Stack> {
    return JSON.parse(await docker(['compose', '-f', file, 'config', '--format', 'json'], { cwd: folder, env }));
  }

  for (const file of FILES) {
    it(`${file} is read by docker compose without a word`, async () => {
      const { code, stdout, stderr } = await run('docker', ['compose', '-f', file, 'config', '-q'], { cwd: folder });
      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
    });

    it(`${file} gives our containers no right that they do not need`, async () => {
      const ours = Object.entries((await stackOf(file)).services).filter(([name]) => !SERVERS.includes(name));
      assert.equal(ours.length, 1);
      for (const [name, service] of ours) {
        assert.equal(service.read_only, true, name);
        assert.equal(service.init, true, name);
        assert.deepEqual(service.cap_drop, ['ALL'], name);
        assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name);
      }
    });

    it(`${file} bounds memory and logs of every container`, async () => {
      for (const [name, service] of Object.entries((await stackOf(file)).services)) {
        assert.ok(service.mem_limit, name);
        assert.ok(service.logging?.options?.['max-size'], name);
      }
    });
  }

  for (const file of BESIDE_LIBRENMS) {
    it(`${file} joins the network of LibreNMS, by another name where it has one`, async () => {
      assert.deepEqual((await stackOf(file)).networks?.['librenms'], {
        name: 'librenms_default',
        ipam: {},
        external: true,
      });
      const older = await stackOf(file, { LIBRENMS_NETWORK: 'compose_default' });
      assert.equal(older.networks?.['librenms']?.name, 'compose_default');
    });

    it(`${file} names no service as LibreNMS does`, async () => {
      const { services } = await stackOf(file, { COMPOSE_PROFILES: 'valkey' });
      assert.deepEqual(
        Object.keys(services).filter((name) => THEIR_NAMES.includes(name)),
        [],
      );
    });

    it(`${file} mounts the folder of the configuration, to be read only`, async () => {
      const { services } = await stackOf(file);
      const mount = services['netsentinel']?.volumes?.find(({ target }) => target === '/etc/netsentinel');
      assert.equal(mount?.type, 'bind');
      assert.equal(mount?.read_only, true);
    });
  }

  it('docker-compose.scale.yml starts three workers, and Valkey only where it is asked for', async () => {
    const { services } = await stackOf('docker-compose.scale.yml');
    assert.deepEqual(Object.keys(services), ['netsentinel']);
    assert.equal(services['netsentinel']?.deploy?.replicas, 3);
    const own = (await stackOf('docker-compose.scale.yml', { COMPOSE_PROFILES: 'valkey' })).services['valkey'];
    assert.equal(own?.read_only, true);
    assert.deepEqual(own?.cap_drop, ['ALL']);
  });
});
