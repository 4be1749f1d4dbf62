import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';

const ROOT = join(import.meta.dirname, '../..');

/** A folder with programs of a few lines, first on the PATH. */
function createPrograms(t: TestContext, programs: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'netsentinel-bare-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, code] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${code}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return {
    folder,
    run(script: string, ...args: string[]) {
      const { status, stdout, stderr } = spawnSync('bash', [script, ...args], {
        env: { ...process.env, PATH: `${folder}${delimiter}${process.env['PATH']}` },
        encoding: 'utf8',
      });
      return { status, stdout, stderr };
    },
  };
}

/** CI's command in a folder of its own, beside a bare system that ends like this, and an npm that notes its calls. */
function createCi(t: TestContext, { bare, npm = '' }: { readonly bare: string; readonly npm?: string }) {
  const { folder, run } = createPrograms(t, { npm: `echo "$*" >>"$(dirname "$0")/calls"\n${npm}` });
  mkdirSync(join(folder, 'test/bare'), { recursive: true });
  cpSync(join(ROOT, '.ci'), join(folder, '.ci'), { recursive: true });
  writeFileSync(join(folder, 'test/bare/run.sh'), bare);
  const calls = join(folder, 'calls');
  return {
    run: () => run(join(folder, '.ci/run')),
    calls: () => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : []),
  };
}

describe('a bare system', () => {
  it('is refused with its reason and a status of its own to who is not root', (t) => {
    const { run } = createPrograms(t, { id: 'echo 1000' });
    assert.deepEqual(run(join(ROOT, 'test/bare/run.sh'), 'true'), {
      status: 125,
      stdout: '',
      stderr: 'No bare system here: only root can make one\n',
    });
  });
});

describe('the command of CI', () => {
  it("runs the README's test command on a bare system", (t) => {
    const ci = createCi(t, { bare: 'echo "$*"' });
    assert.deepEqual(ci.run(), { status: 0, stdout: 'npm ci && npm test\n', stderr: '' });
    assert.deepEqual(ci.calls(), []);
  });

  it('ends as the tests there end, and runs them once', (t) => {
    const ci = createCi(t, { bare: 'exit 3' });
    assert.equal(ci.run().status, 3);
    assert.deepEqual(ci.calls(), []);
  });

  it('runs it on the machine itself where no bare one can be made, and says so', (t) => {
    const ci = createCi(t, { bare: 'exit 125' });
    assert.deepEqual(ci.run(), { status: 0, stdout: 'Running the tests directly on this machine.\n', stderr: '' });
    assert.deepEqual(ci.calls(), ['ci', 'test']);
  });

  it('fails there as the tests do', (t) => {
    assert.equal(createCi(t, { bare: 'exit 125', npm: '[ "$1" = ci ] || exit 7' }).run().status, 7);
  });
});
