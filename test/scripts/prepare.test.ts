import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';

const ROOT = join(import.meta.dirname, '../..');
const LACKS_LIBATOMIC =
  'node: error while loading shared libraries: libatomic.so.1: cannot open shared object file: No such file or directory';
/** What a bare system has and the scripts use; nothing else is on their PATH but the pretended programs. */
const SHELL_TOOLS = ['sh', 'dirname', 'grep', 'tail', 'cat', 'touch'];

interface Machine {
  /** What the Node of `npm ci` says when it is asked for its version; it starts once the folder has a file `mended`. */
  readonly node?: string;
  readonly uid?: number;
  /** Shell code of apt-get, run in the folder; there is no apt-get without. */
  readonly apt?: string;
}

/** An installed checkout on a machine that is pretended by programs of a few lines. */
function createMachine(t: TestContext, { node = LACKS_LIBATOMIC, uid = 0, apt }: Machine) {
  const folder = mkdtempSync(join(tmpdir(), 'netsentinel-prepare-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const programs = join(folder, 'programs');
  const brought = join(folder, 'node_modules/.bin');
  mkdirSync(programs);
  mkdirSync(brought, { recursive: true });
  cpSync(join(ROOT, 'scripts'), join(folder, 'scripts'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));

  function pretend(path: string, code: string): void {
    writeFileSync(path, `#!/bin/sh\ncd '${folder}'\n${code}\n`);
    chmodSync(path, 0o755);
  }
  pretend(join(brought, 'node'), `if [ -e mended ]; then echo v26.10.0; else echo '${node}' >&2; exit 127; fi`);
  pretend(join(programs, 'id'), `echo ${uid}`);
  pretend(join(programs, 'sleep'), 'echo sleep >>calls');
  if (apt !== undefined) pretend(join(programs, 'apt-get'), `echo "$*" >>calls\n${apt}`);
  for (const tool of SHELL_TOOLS) {
    const found = ['/bin', '/usr/bin'].map((place) => join(place, tool)).find((path) => existsSync(path));
    assert.ok(found !== undefined, tool);
    symlinkSync(found, join(programs, tool));
  }

  return {
    file: (name: string) => join(folder, name),
    /** What apt-get was called with, its options left out. */
    calls(): string[] {
      const file = join(folder, 'calls');
      const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
      return lines.map((line) => line.replace(/ -\S+( DPkg\S+)?/g, ''));
    },
    prepare() {
      const { status, stdout, stderr } = spawnSync('/bin/sh', ['scripts/prepare.sh'], {
        cwd: folder,
        env: { PATH: programs },
        encoding: 'utf8',
      });
      return { status, stdout, stderr };
    },
    /** `npm run`, by the npm and the Node of the tests; the script itself meets the pretended Node first. */
    npm(script: string) {
      const path = [dirname(process.execPath), programs, process.env['PATH']].join(delimiter);
      const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', script], {
        cwd: folder,
        env: { ...process.env, PATH: path },
        encoding: 'utf8',
      });
      return { status, stdout, stderr };
    },
  };
}

const ADVICE =
  'NetSentinel: Node does not start: the library libatomic.so.1 is missing. ' +
  'Install it, then try again: libatomic1 on Debian and Ubuntu, libatomic on Fedora and RHEL, gcc-libs on Arch';
const INSTALLING = 'NetSentinel: installing libatomic1, which Node needs\n';

describe('the preparation of Node', () => {
  it('says and does nothing where Node starts', (t) => {
    const machine = createMachine(t, { apt: 'exit 1' });
    writeFileSync(machine.file('mended'), '');
    assert.deepEqual(machine.prepare(), { status: 0, stdout: '', stderr: '' });
    assert.deepEqual(machine.calls(), []);
  });

  it('installs the missing library as root where there is apt', (t) => {
    const machine = createMachine(t, { apt: 'touch mended' });
    assert.deepEqual(machine.prepare(), { status: 0, stdout: '', stderr: INSTALLING });
    assert.deepEqual(machine.calls(), ['install libatomic1']);
  });

  it('gets the lists of packages first where there are none', (t) => {
    const apt = `case $1 in
      update) touch lists ;;
      install) [ -e lists ] || { echo 'E: Unable to locate package libatomic1' >&2; exit 100; }; touch mended ;;
    esac`;
    const machine = createMachine(t, { apt });
    assert.deepEqual(machine.prepare(), { status: 0, stdout: '', stderr: INSTALLING });
    assert.deepEqual(machine.calls(), ['install libatomic1', 'update', 'install libatomic1']);
  });

  it('waits while another apt gets the lists', (t) => {
    const apt = `case $1 in
      update) [ -e waited ] || { touch waited; echo 'E: Could not get lock /var/lib/apt/lists/lock.' >&2; exit 100; }; touch lists ;;
      install) [ -e lists ] || { echo 'E: Unable to locate package libatomic1' >&2; exit 100; }; touch mended ;;
    esac`;
    const machine = createMachine(t, { apt });
    assert.deepEqual(machine.prepare(), { status: 0, stdout: '', stderr: INSTALLING });
    assert.deepEqual(machine.calls(), ['install libatomic1', 'update', 'sleep', 'update', 'install libatomic1']);
  });

  it('lets apt wait for the lock of dpkg, and asks nothing', (t) => {
    const machine = createMachine(t, { apt: 'touch mended' });
    machine.prepare();
    const [call = ''] = readFileSync(machine.file('calls'), 'utf8').split('\n');
    for (const option of ['-y', '--no-install-recommends', 'DPkg::Lock::Timeout='])
      assert.ok(call.includes(option), call);
  });

  it('installs a second library that is missing', (t) => {
    const apt = `case $* in *libstdc++6*) touch mended ;; *libatomic1*) touch half ;; esac`;
    const machine = createMachine(t, { apt });
    const node = machine.file('node_modules/.bin/node');
    const second = LACKS_LIBATOMIC.replace('libatomic.so.1', 'libstdc++.so.6');
    const before = readFileSync(node, 'utf8');
    writeFileSync(
      node,
      before.replace(
        'if [ -e mended ]',
        `if [ -e half ] && [ ! -e mended ]; then echo '${second}' >&2; exit 127; elif [ -e mended ]`,
      ),
    );
    assert.equal(machine.prepare().status, 0);
    assert.deepEqual(machine.calls(), ['install libatomic1', 'install libstdc++6']);
  });

  it('says in one line what to install where it may not install', (t) => {
    const machine = createMachine(t, { uid: 1000, apt: 'touch mended' });
    assert.deepEqual(machine.prepare(), { status: 1, stdout: '', stderr: `${ADVICE}\n` });
    assert.deepEqual(machine.calls(), []);
  });

  it('says the same line on a system without apt', (t) => {
    assert.deepEqual(createMachine(t, {}).prepare(), { status: 1, stdout: '', stderr: `${ADVICE}\n` });
  });

  it('adds why apt could not, and tries no more', (t) => {
    const machine = createMachine(t, { apt: "echo 'W: old' >&2; echo 'E: no network' >&2; exit 100" });
    const stderr = `${INSTALLING}${ADVICE} (apt-get could not: E: no network)\n`;
    assert.deepEqual(machine.prepare(), { status: 1, stdout: '', stderr });
  });

  it('does not go round when the installed library does not help', (t) => {
    const machine = createMachine(t, { apt: 'exit 0' });
    assert.deepEqual(machine.prepare(), { status: 1, stdout: '', stderr: `${INSTALLING}${ADVICE}\n` });
    assert.deepEqual(machine.calls(), ['install libatomic1']);
  });

  it('says in one line when Node cannot start for another reason', (t) => {
    const { status, stderr } = createMachine(t, { node: 'node: not found', apt: 'exit 0' }).prepare();
    assert.equal(status, 1);
    assert.equal(
      stderr,
      'NetSentinel: Node does not start here (node: not found). Install Node 26, then run: npm ci --omit=optional\n',
    );
  });

  it('says what to do when only an older Node is here', (t) => {
    const machine = createMachine(t, {});
    writeFileSync(machine.file('node_modules/.bin/node'), '#!/bin/sh\necho v20.20.2\n');
    const { status, stderr } = machine.prepare();
    assert.equal(status, 1);
    assert.match(stderr, /^NetSentinel: Node 26 is needed, and this is v20\.20\.2\. Run npm ci, .*\n$/);
  });
});

describe('npm, where Node cannot start', () => {
  const cannot = { uid: 1000 };

  it('runs no code of a package when it installs, for that could not start either', () => {
    assert.match(readFileSync(join(import.meta.dirname, '../../.npmrc'), 'utf8'), /^ignore-scripts=true$/m);
  });

  for (const script of ['start', 'demo', 'netsentinel', 'test']) {
    it(`says the one line for the command ${script} and ends with 1`, (t) => {
      assert.deepEqual(createMachine(t, cannot).npm(script), { status: 1, stdout: '', stderr: `${ADVICE}\n` });
    });
  }
});
