import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { findTestFiles, groupTests } from './test-groups.ts';

const ROOT = join(import.meta.dirname, '../..');
const RUN_ALL = join(import.meta.dirname, 'run-all.ts');

describe('the groups of test files', () => {
  it('have every test file on the disk, each in one group', () => {
    const onDisk = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => join('test', file));
    assert.ok(onDisk.length > 250);
    assert.deepEqual(groupTests(findTestFiles()).flat().toSorted(), onDisk.toSorted());
  });

  it('have the files of one folder only, never too many, and none without a file', () => {
    for (const group of groupTests(findTestFiles())) {
      assert.ok(group.length >= 1 && group.length <= 12, group.join(' '));
      assert.equal(new Set(group.map((file) => dirname(file))).size, 1, group.join(' '));
    }
  });

  it('begin with what waits longest, which never shares a process', () => {
    const files = [
      'test/a/1.test.ts',
      'test/a/2.test.ts',
      'test/e2e/1.test.ts',
      'test/e2e/2.test.ts',
      'test/soak/1.test.ts',
    ];
    assert.deepEqual(groupTests(files), [
      ['test/soak/1.test.ts'],
      ['test/e2e/1.test.ts'],
      ['test/e2e/2.test.ts'],
      ['test/a/1.test.ts', 'test/a/2.test.ts'],
    ]);
  });
});

describe('a run of test files that share a process', () => {
  it('fails when one fails, cannot be loaded, changes the process or ends it, and names that file', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'netsentinel-groups-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const files = Object.entries({
      'shared/fails.test.ts':
        "beforeEach(() => console.log('its own hook'));\nit('fails', () => { throw new Error('as it must'); });",
      'shared/is-broken.test.ts': "import './is-not-there.ts';\nit('is never run', () => {});",
      'shared/changes.test.ts': "it('changes', () => { process.env.LEFT_BEHIND = '1'; });",
      'shared/passes.test.ts': "it('passes', () => {});",
      'other/ends.test.ts': "it('ends', () => process.exit(0));\nit('is cut off', () => {});",
    }).map(([name, code]) => {
      const file = join(folder, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `import { beforeEach, it } from 'node:test';\n${code}\n`);
      return file;
    });
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { status, stdout } = spawnSync(process.execPath, [RUN_ALL, ...files], { env, encoding: 'utf8' });
    assert.equal(status, 1);
    for (const name of ['fails', 'is-broken', 'changes'])
      assert.match(stdout, new RegExp(`✖ \\S*/${name}\\.test\\.ts`));
    assert.match(stdout, /ended before these were finished: \S*\/ends\.test\.ts$/m);
    assert.match(stdout, /✔ \S*\/passes\.test\.ts/);
    assert.match(stdout, /Cannot find module '\S*is-not-there\.ts'/);
    assert.match(stdout, /the variable LEFT_BEHIND/);
    assert.equal(stdout.split('its own hook').length - 1, 1);
  });
});
