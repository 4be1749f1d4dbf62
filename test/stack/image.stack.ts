import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { docker, eventually, findObstacle, HARDENED, type Outcome, ROOT, run, theImage } from './engine.ts';

const MOST_ADDED_BYTES = 90_000_000;
const UID = 1000;
const SECRET = '/run/secrets/router_password';

const CONFIG = `import { defineConfig, secret } from 'netsentinel/config';
export default defineConfig({
  timeZone: 'Asia/Karachi',
  database: 'sqlite:/data/netsentinel.db',
  routers: [{ name: 'edge-1', host: '127.0.0.1', username: 'librenms_api', password: secret('ROUTER_PASSWORD') }],
});
`;

describe('the image', { skip: await findObstacle() }, () => {
  let image = '';
  let folder = '';
  let baseImage = '';

  before(async () => {
    image = await theImage();
    folder = mkdtempSync(join(tmpdir(), 'netsentinel-image-'));
    // The container's user must get to what lies in it.
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, 'config'));
    writeFileSync(join(folder, 'config/config.ts'), CONFIG);
    writeFileSync(join(folder, 'secret'), 'x\n');
    baseImage =
      /^FROM (\S+)$/m.exec(readFileSync(join(ROOT, 'Dockerfile'), 'utf8').split('AS packages')[1] ?? '')?.[1] ?? '';
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function inspect<Value>(path: string, of = image): Promise<Value> {
    return docker(['image', 'inspect', '--format', `{{json ${path}}}`, of]).then((text) => JSON.parse(text));
  }

  /** One command of ours with the rights that the compose file gives. */
  function ours(args: readonly string[], options: readonly string[] = []): Promise<Outcome> {
    return run('docker', ['run', '--rm', '--network=none', ...HARDENED, ...options, image, ...args]);
  }

  /** Evaluates an expression in the container; gives what it is. */
  async function evaluate(expression: string, options: readonly string[] = []): Promise<unknown> {
    const script = `console.log(JSON.stringify(${expression}))`;
    const given = ['--rm', '--network=none', ...HARDENED, ...options, '--entrypoint=node', image, '-e', script];
    return JSON.parse(await docker(['run', ...given]));
  }

  function mounts(): string[] {
    return [
      `--volume=${join(folder, 'config')}:/etc/netsentinel:ro`,
      `--volume=${join(folder, 'secret')}:${SECRET}:ro`,
      `--env=ROUTER_PASSWORD_FILE=${SECRET}`,
    ];
  }

  /** As root of a container, so that the tests need not be root. */
  async function giveSecret(owner: number, mode: string): Promise<void> {
    const script = `fs.chownSync('/s/secret', ${owner}, ${owner}); fs.chmodSync('/s/secret', 0o${mode})`;
    await docker(['run', '--rm', '--user=0', `--volume=${folder}:/s`, '--entrypoint=node', image, '-e', script]);
  }

  it('adds less than 90 MB to its base', async (t) => {
    const added = (await inspect<number>('.Size')) - (await inspect<number>('.Size', baseImage));
    t.diagnostic(`${(added / 1e6).toFixed(1)} MB`);
    assert.ok(added > 0 && added < MOST_ADDED_BYTES, `${(added / 1e6).toFixed(1)} MB`);
  });

  it('says what it is in OCI labels', async () => {
    const labels = await inspect<Record<string, string>>('.Config.Labels');
    for (const name of ['title', 'description', 'licenses', 'version', 'revision']) {
      assert.ok(labels[`org.opencontainers.image.${name}`], name);
    }
  });

  it('runs as a user that is not root, told by number', async () => {
    assert.equal(await inspect('.Config.User'), `${UID}:${UID}`);
    assert.deepEqual(await evaluate('[process.getuid(), process.getgid(), process.getgroups()]'), [UID, UID, [UID]]);
  });

  it('has no capability and gets none', async () => {
    const status = await evaluate(`fs.readFileSync('/proc/self/status', 'utf8')`);
    assert.match(String(status), /^CapEff:\s+0+$/m);
    assert.match(String(status), /^CapBnd:\s+0+$/m);
    assert.match(String(status), /^NoNewPrivs:\s+1$/m);
  });

  it('holds the program and what it needs to run, and nothing else', async () => {
    const entries = await evaluate(`fs.readdirSync('/app').sort()`);
    assert.deepEqual(entries, ['LICENSE', 'node_modules', 'package.json', 'routeros', 'sql', 'src']);
  });

  it('holds no development dependency and no second Node', async () => {
    const { devDependencies, optionalDependencies }: Record<string, object> = JSON.parse(
      readFileSync(join(ROOT, 'package.json'), 'utf8'),
    );
    // mysql2 itself depends on it.
    const absent = Object.keys({ ...devDependencies, ...optionalDependencies }).filter(
      (name) => name !== '@types/node',
    );
    assert.ok(absent.length > 5);
    const names = JSON.stringify(absent);
    assert.deepEqual(await evaluate(`${names}.filter((name) => fs.existsSync('/app/node_modules/' + name))`), []);
  });

  it('lets its user change nothing but /data and /tmp, even where the file system can be written', async () => {
    const find = `(function walk(path) {
      try { fs.accessSync(path, fs.constants.W_OK); return [path]; } catch {}
      return fs.readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory()).flatMap((entry) => walk(path + '/' + entry.name));
    })`;
    const args = ['run', '--rm', '--network=none', '--entrypoint=node', image, '-p'];
    const script = `JSON.stringify([...${find}('/app'), ...['/etc/netsentinel', '/data', '/tmp'].flatMap(${find})])`;
    assert.deepEqual(JSON.parse(await docker([...args, script])), ['/data', '/tmp']);
  });

  it('needs no shell', async () => {
    const noShell = ['/bin/dash', '/bin/bash'].map((path) => `--volume=/dev/null:${path}:ro`);
    assert.equal((await ours(['--version'], noShell)).code, 0);
    const sh = await run('docker', ['run', '--rm', ...noShell, '--entrypoint=/bin/sh', image, '-c', 'exit 0']);
    assert.notEqual(sh.code, 0, 'there is still a shell, so this proves nothing');
    const { Test } = await inspect<{ Test: string[] }>('.Config.Healthcheck');
    assert.deepEqual([Test[0], Test.at(-1)], ['CMD', '/app/src/platform/cli/health.ts']);
  });

  it('runs the demo without a network and without writing outside /tmp', async () => {
    const { code, stdout } = await ours(['demo', '--seconds', '10']);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^booked [1-9][\d,]+ of [\d,]+ bytes/m);
  });

  it('ends with 2 and the list of all that is wrong with the configuration', async () => {
    const broken = join(folder, 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, 'config.json'), '{"timeZone": "Mars/Olympus", "routers": []}');
    const { code, stderr } = await ours(['run', '--config', 'config.json'], [`--volume=${broken}:/etc/netsentinel:ro`]);
    assert.equal(code, 2);
    assert.match(stderr, /timeZone: /);
    assert.match(stderr, /routers: /);
  });

  it('names a secret that it cannot read, with its owner and our uid', async () => {
    await giveSecret(0, '400');
    const { code, stderr } = await ours(['run'], mounts());
    assert.equal(code, 2);
    assert.ok(stderr.includes(`file ${SECRET} cannot be read (EACCES)`), stderr);
    assert.ok(stderr.includes('belongs to uid 0 with mode 0400'), stderr);
    assert.ok(stderr.includes(`chown ${UID}`), stderr);
  });

  it('works, finds itself healthy, and stops within 10 s', async () => {
    await giveSecret(UID, '400');
    const options = [...HARDENED, ...mounts(), '--tmpfs=/data:uid=1000', '--network=none'];
    const id = await docker(['run', '--detach', ...options, image, 'run']);
    try {
      await eventually('the worker is healthy', async () => {
        const { code } = await run('docker', ['exec', id, 'netsentinel', 'health']);
        return code === 0 ? true : undefined;
      });
      const startedAt = performance.now();
      await docker(['stop', '--time=30', id]);
      assert.ok(performance.now() - startedAt < 10_000);
      assert.equal(await docker(['inspect', '--format={{.State.ExitCode}}', id]), '0');
    } finally {
      await docker(['rm', '--force', '--volumes', id]);
    }
  });
});
