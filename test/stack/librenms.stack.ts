import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { docker, eventually, findObstacle, type Outcome, ROOT, run, theImage } from './engine.ts';

const NETWORK = 'librenms_default';
const DATABASE = 'librenms_db';
const PROJECT = 'netsentinel-stack-test';
const ROUTER = 'netsentinel-stack-test-router';
/** As the configuration calls it. */
const ROUTER_HOST = 'edge-router';
const ROUTER_PASSWORD = 'stack-test-password';
const UID = 1000;

type Totals = Record<string, { upload: string; download: string }>;

/** Where our stand-in for their stack is described, in any checkout. */
const THEIR_FILE = 'test/stack/librenms/docker-compose.yml';

/** A run that was killed leaves its containers: the next one would take them for a LibreNMS, and test nothing. */
async function removeLeftovers(): Promise<void> {
  const label = '{{.Label "com.docker.compose.project.config_files"}}';
  const file = await docker(['ps', '--all', `--filter=name=^${DATABASE}$`, `--format=${label}`]);
  if (!file.endsWith(THEIR_FILE)) return;
  for (const project of [PROJECT, 'librenms']) {
    const belongs = `--filter=label=com.docker.compose.project=${project}`;
    const containers = await docker(['ps', '--all', '--quiet', belongs]);
    const others = project === PROJECT ? [ROUTER] : [];
    // Some of them may be gone.
    await run('docker', ['rm', '--force', '--volumes', ...containers.split('\n').filter(Boolean), ...others]);
    for (const kind of ['network', 'volume']) {
      const left = await docker([kind, 'ls', '--quiet', belongs]);
      if (left !== '') await docker([kind, 'rm', ...left.split('\n')]);
    }
  }
}

/** We would meddle with a LibreNMS that runs here. */
async function findObstacleHere(): Promise<string | false> {
  const obstacle = await findObstacle();
  if (obstacle !== false) return obstacle;
  await removeLeftovers();
  const networks = await docker(['network', 'ls', '--format={{.Name}}']);
  const containers = await docker(['ps', '--all', '--format={{.Names}}']);
  const isTaken = networks.split('\n').includes(NETWORK) || containers.split('\n').includes(DATABASE);
  return isTaken ? `this engine has a LibreNMS already (${NETWORK} or ${DATABASE}): its stack is not touched` : false;
}

describe('beside LibreNMS', { skip: await findObstacleHere() }, () => {
  let image = '';
  let folder = '';
  let worker = '';
  let control = '';
  /** Of our database user. */
  let password = '';

  /** docker-compose.yml as it is, in a folder with a configuration and secrets of its own. */
  function ours(args: readonly string[]): Promise<string> {
    const env = { NETSENTINEL_IMAGE: image };
    return docker(['compose', '--project-name', PROJECT, ...args], { cwd: folder, env, timeoutMs: 240_000 });
  }

  function theirs(args: readonly string[]): Promise<string> {
    return docker(['compose', '-f', join(ROOT, THEIR_FILE), ...args]);
  }

  async function tell(order: string): Promise<unknown> {
    const response = await fetch(`http://${control}/${order}`);
    assert.equal(response.status, 200, order);
    return response.json();
  }

  /** Stops the worker; gives the ms from the signal to its end, as the engine noted both: the command for it takes seconds on a busy machine. */
  async function stopMs(): Promise<number> {
    await ours(['stop']);
    const filters = [`container=${worker}`, 'event=kill', 'event=die'].map((filter) => `--filter=${filter}`);
    const query = ['events', '--since=5m', '--until=0s', ...filters, '--format={{.Action}} {{.TimeNano}}'];
    return await eventually('the engine tells the events of the second that has just gone', async () => {
      const lines = (await docker(query)).split('\n');
      const lastAt = (action: string) => Number(lines.findLast((line) => line.startsWith(action))?.split(' ')[1]) / 1e6;
      const tookMs = lastAt('die') - lastAt('kill');
      return tookMs > 0 ? tookMs : undefined;
    });
  }

  /** As an admin would ask; what the command says instead while the database is not back yet. */
  async function booked(): Promise<Totals | string> {
    const args = ['usage', '--by', 'queue', '--from', 'yesterday', '--format', 'json'];
    const { code, stdout, stderr } = await run('docker', ['exec', worker, 'netsentinel', ...args]);
    if (code !== 0) return stderr;
    const rows: { queue: string; uploadBytes: number; downloadBytes: number }[] = JSON.parse(stdout);
    const totals: Totals = {};
    for (const { queue, uploadBytes, downloadBytes } of rows) {
      const { upload, download } = totals[queue] ?? { upload: '0', download: '0' };
      totals[queue] = {
        upload: String(BigInt(upload) + BigInt(uploadBytes)),
        download: String(BigInt(download) + BigInt(downloadBytes)),
      };
    }
    return totals;
  }

  /** Stops the traffic and waits until the database equals the truth to the byte; gives how long that took. */
  async function assertExact(timeoutMs = 60_000): Promise<number> {
    await tell('calm');
    const startedAt = performance.now();
    const deadline = startedAt + timeoutMs;
    while (performance.now() < deadline && !isSame(await booked(), await tell('truth'))) await pause(500);
    assert.deepEqual(await booked(), await tell('truth'));
    return performance.now() - startedAt;
  }

  async function moveFor(seconds: number): Promise<void> {
    await tell('traffic');
    await pause(seconds * 1000);
  }

  /** It is back afterwards whatever happens, so that one failure is no more than one. */
  async function withoutDatabase(end: 'stop' | 'kill', work: () => Promise<unknown>): Promise<void> {
    await docker([end, DATABASE]);
    try {
      await work();
    } finally {
      await docker(['start', DATABASE]);
    }
  }

  function query(user: string, userPassword: string, statement: string): Promise<Outcome> {
    // By the network, as the worker: on the socket a server may know other users of the name.
    const client = [
      'mariadb',
      `--host=${DATABASE}`,
      `--user=${user}`,
      '--batch',
      '--skip-column-names',
      '--execute',
      statement,
    ];
    return run('docker', ['exec', '--env=MYSQL_PWD', DATABASE, ...client], { env: { MYSQL_PWD: userPassword } });
  }

  before(async () => {
    image = await theImage();
    folder = mkdtempSync(join(tmpdir(), 'netsentinel-stack-'));
    for (const path of ['docker-compose.yml', 'sql']) cpSync(join(ROOT, path), join(folder, path), { recursive: true });

    await theirs(['up', '--detach']);
    await eventually('the database of LibreNMS answers', async () => {
      const { code } = await run('docker', ['exec', DATABASE, 'healthcheck.sh', '--connect', '--innodb_initialized']);
      return code === 0 ? true : undefined;
    });
    await docker([
      ...['run', '--detach', '--name', ROUTER, '--network', NETWORK, '--network-alias', ROUTER_HOST],
      ...['--publish', '127.0.0.1::8080', '--env', `ROUTER_PASSWORD=${ROUTER_PASSWORD}`],
      ...['--volume', `${join(ROOT, 'test/stack')}:/app/test/stack:ro`, '--no-healthcheck'],
      ...['--entrypoint', 'node', image, '/app/test/stack/router-server.ts'],
    ]);
    control = (await docker(['port', ROUTER, '8080/tcp'])).split('\n')[0] ?? '';
    await eventually('the simulated router answers', async () => {
      return await tell('truth')
        .then(() => true)
        .catch(() => undefined);
    });
  });

  after(async () => {
    await ours(['down', '--volumes']).catch(() => undefined);
    await docker(['rm', '--force', '--volumes', ROUTER]).catch(() => undefined);
    await theirs(['down', '--volumes']).catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  });

  it('is provided with a database of its own by the first command, which may be repeated', async () => {
    for (const _ of [1, 2]) {
      const { code, stderr } = await run('sh', ['sql/provision.sh'], { cwd: folder });
      assert.equal(code, 0, stderr);
    }
    // Later it belongs to the container's user.
    const url = readFileSync(join(folder, 'secrets/database_url'), 'utf8');
    password = /netsentinel:([0-9a-f]{48})@/.exec(url)?.[1] ?? '';
    const version = await query('netsentinel', password, 'SELECT VERSION()');
    assert.equal(version.code, 0, version.stderr);
    const grants = await query('netsentinel', password, 'SHOW GRANTS');
    assert.match(grants.stdout, /^GRANT USAGE ON \*\.\* TO/m);
    assert.equal(grants.stdout.match(/^GRANT /gm)?.length, 2);
    assert.match(grants.stdout, /^GRANT SELECT, [A-Z, ]* ON `netsentinel`\.\* TO/m);
    assert.doesNotMatch(grants.stdout, /ALL PRIVILEGES|GRANT OPTION/);
    const theirTables = await query('netsentinel', password, 'USE librenms');
    assert.notEqual(theirTables.code, 0, 'our user can look into the database of LibreNMS');
  });

  it('starts with a copy of the example, and is healthy', async () => {
    const example = readFileSync(join(ROOT, 'config.librenms.example.ts'), 'utf8');
    mkdirSync(join(folder, 'config'));
    const config = example
      .replace("host: '192.0.2.1'", `host: '${ROUTER_HOST}'`)
      .replace('  quotas:', '  collect: { everySeconds: 1, timeoutSeconds: 2 },\n  quotas:');
    assert.ok(config.includes(ROUTER_HOST) && config.includes('everySeconds: 1'));
    writeFileSync(join(folder, 'config/config.ts'), config);
    writeFileSync(join(folder, 'secrets/router_password'), ROUTER_PASSWORD);
    // As root of a container, so that the tests need not be root.
    const mount = `${join(folder, 'secrets')}:/s`;
    const script = `for (const name of fs.readdirSync('/s')) { fs.chownSync('/s/' + name, ${UID}, ${UID}); fs.chmodSync('/s/' + name, 0o400); }`;
    await docker(['run', '--rm', '--user=0', '--volume', mount, '--entrypoint=node', image, '-e', script]);

    await ours(['up', '--detach', '--no-build', '--wait', '--wait-timeout', '120']);
    worker = await ours(['ps', '--quiet', 'netsentinel']);
    assert.equal(await docker(['inspect', '--format={{.State.Health.Status}}', worker]), 'healthy');
  });

  it('accounts the traffic of a router on the same network to the byte', async () => {
    await moveFor(4);
    await assertExact();
    const totals = await booked();
    assert.deepEqual(Object.keys(totals).sort(), ['<pppoe-carol>', 'alice', 'bob', 'home/office', 'zoë']);
  });

  it('leaves the database of LibreNMS without a table', async () => {
    const tables = await query('librenms', 'asupersecretpassword', 'SHOW TABLES IN librenms');
    assert.deepEqual([tables.code, tables.stdout], [0, '']);
  });

  it('stays exact when the database restarts, and when counters restart while it is away', async () => {
    await moveFor(3);
    await withoutDatabase('stop', async () => {
      await moveFor(3);
      await tell('calm');
      // What the router counted until here must be in a sample that is held.
      await pause(4_000);
      await tell('reset');
      await tell('reconnect');
      await moveFor(3);
    });
    await moveFor(3);
    await assertExact();
  });

  it('stays exact when the database is killed', async () => {
    await moveFor(2);
    await withoutDatabase('kill', () => moveFor(2));
    await moveFor(2);
    await assertExact();
  });

  it('waits for a database that comes later, says so once, and is exact', async () => {
    await moveFor(1);
    await ours(['stop']);
    const since = await docker(['exec', ROUTER, 'node', '--print', 'new Date().toISOString()']);
    await withoutDatabase('stop', async () => {
      await ours(['start']);
      // The name service of the engine may take 8 s to say that there is no such container.
      await moveFor(12);
      await eventually('the worker lives', async () => {
        const { code } = await run('docker', ['exec', worker, 'netsentinel', 'health']);
        return code === 0 ? true : undefined;
      });
    });
    await moveFor(3);
    await assertExact();
    const { stderr } = await run('docker', ['logs', '--since', since, worker]);
    const troubles = stderr.split('\n').filter((line) => line.includes('DATABASE_UNAVAILABLE'));
    assert.deepEqual(
      troubles.map((line): unknown => JSON.parse(line).msg),
      ['trouble started', 'trouble is over'],
    );
  });

  it('is exact again after a backup was restored: the next poll books what was counted since', async () => {
    await moveFor(1);
    await assertExact();
    // The recipes of docs/operations.md.
    const client = ['--interactive', '--env=MYSQL_PWD', DATABASE];
    const login = `--host=${DATABASE} --user=netsentinel`;
    const env = { MYSQL_PWD: password, BACKUP: join(folder, 'backup.sql') };
    const options = '--single-transaction --skip-add-locks --hex-blob --add-drop-database --databases netsentinel';
    const dump = `docker exec ${client.join(' ')} mariadb-dump ${login} ${options} > "$BACKUP"`;
    assert.deepEqual(await run('sh', ['-c', dump], { env }), { code: 0, stdout: '', stderr: '' });
    await moveFor(3);
    await assertExact();
    await ours(['stop']);
    await moveFor(1);
    const restore = `docker exec ${client.join(' ')} mariadb ${login} < "$BACKUP"`;
    assert.deepEqual(await run('sh', ['-c', restore], { env }), { code: 0, stdout: '', stderr: '' });
    await ours(['start']);
    await moveFor(2);
    await assertExact();
  });

  it('stays exact when the worker is killed and started again', async () => {
    for (let times = 0; times < 3; times += 1) {
      await moveFor(1.3);
      await docker(['kill', worker]);
      await moveFor(1);
      await docker(['start', worker]);
    }
    await moveFor(2);
    await assertExact();
  });

  it('stays exact when the network is cut and healed', async (t) => {
    await moveFor(2);
    await docker(['network', 'disconnect', '--force', NETWORK, worker]);
    await moveFor(6);
    await docker(['network', 'connect', NETWORK, worker]);
    await moveFor(2);
    const tookMs = await assertExact(400_000);
    t.diagnostic(`exact ${(tookMs / 1000).toFixed(1)} s after the traffic ended`);
  });

  it('stops within 10 s in the middle of a poll that would take longer, and is exact when it comes back', async (t) => {
    const file = join(folder, 'config/config.ts');
    const patient = readFileSync(file, 'utf8').replace('timeoutSeconds: 2 ', 'timeoutSeconds: 60 ');
    assert.ok(patient.includes('timeoutSeconds: 60 '));
    // As an editor does it, which is why the folder is mounted and not the file.
    writeFileSync(`${file}.new`, patient);
    renameSync(`${file}.new`, file);
    await ours(['kill', '--signal', 'HUP', 'netsentinel']);
    await eventually('the worker took the new configuration', async () => {
      const { stderr } = await run('docker', ['logs', worker]);
      return stderr.includes('configuration changed') ? true : undefined;
    });
    await moveFor(3);
    await tell('stall');
    await moveFor(2);
    const tookMs = await stopMs();
    t.diagnostic(`stopped in ${(tookMs / 1000).toFixed(1)} s`);
    assert.ok(tookMs < 10_000, `${tookMs} ms`);
    assert.ok(tookMs > 3_000, 'no poll was in progress, so this proves little');
    assert.equal(await docker(['inspect', '--format={{.State.ExitCode}}', worker]), '0');
    await tell('heal');
    await ours(['start']);
    await moveFor(2);
    await assertExact();
  });

  it('stops within 10 s though the database hangs in the middle of a transaction, and is exact when both come back', async (t) => {
    await moveFor(2);
    await docker(['pause', DATABASE]);
    try {
      await moveFor(3);
      const tookMs = await stopMs();
      t.diagnostic(`stopped in ${(tookMs / 1000).toFixed(1)} s`);
      assert.ok(tookMs < 10_000, `${tookMs} ms`);
      assert.equal(await docker(['inspect', '--format={{.State.ExitCode}}', worker]), '0');
    } finally {
      await docker(['unpause', DATABASE]);
    }
    await ours(['start']);
    await moveFor(2);
    await assertExact();
  });

  it('says nothing of a bug, and no secret, in its log', async () => {
    const { stdout, stderr } = await run('docker', ['logs', worker]);
    const lines = `${stdout}${stderr}`.trim().split('\n');
    const graveness = lines.map((line): unknown => JSON.parse(line).level);
    assert.ok(lines.length > 5);
    assert.deepEqual(
      graveness.filter((level) => level === 'error' || Number(level) >= 50),
      [],
    );
    for (const secret of [ROUTER_PASSWORD, password]) assert.ok(!lines.join('\n').includes(secret));
  });
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function isSame(a: unknown, b: unknown): boolean {
  try {
    assert.deepEqual(a, b);
    return true;
  } catch {
    return false;
  }
}
