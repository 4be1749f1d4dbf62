import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { describeMissing, NEEDS, type Need, need } from './needs.ts';

const ROOT = join(import.meta.dirname, '../..');
const TOOLS: readonly Need[] = [
  { anyOf: ['netsentinel-tool-a', 'netsentinel-tool-z'], package: 'package-a' },
  { anyOf: ['netsentinel-tool-b'], package: 'package-b' },
  { anyOf: ['netsentinel-tool-c'], package: 'package-b' },
];

/** Runs the preparation on a machine of which all programs are pretended. */
function prepareOn(t: TestContext, { uid, apt }: { readonly uid: number; readonly apt: string }) {
  const folder = mkdtempSync(join(tmpdir(), 'netsentinel-needs-'));
  t.after(() => rmSync(folder, { recursive: true }));
  function pretend(program: string, code: string): void {
    writeFileSync(join(folder, program), `#!/bin/sh\ncd '${folder}'\n${code}\n`);
    chmodSync(join(folder, program), 0o755);
  }
  pretend('id', `echo ${uid}`);
  pretend('apt-get', `echo "$*" >>calls\n${apt}`);
  for (const tool of ['sh', 'grep', 'tail', 'touch']) {
    const found = ['/bin', '/usr/bin'].map((place) => join(place, tool)).find((path) => existsSync(path));
    assert.ok(found !== undefined, tool);
    symlinkSync(found, join(folder, tool));
  }
  const module = JSON.stringify(join(import.meta.dirname, 'needs.ts'));
  const code = `import { prepareNeeds } from ${module};
    const needs = ${JSON.stringify(TOOLS)};
    try { prepareNeeds(needs); prepareNeeds(needs); } catch (error) { console.log(error.message); }`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
    env: { PATH: folder },
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  const calls = join(folder, 'calls');
  return { stdout, stderr, calls: existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [] };
}

describe('what the tests need of the machine', () => {
  it('is installed in one go where it may be, and once', (t) => {
    const { stdout, stderr, calls } = prepareOn(t, {
      uid: 0,
      apt: 'touch netsentinel-tool-a netsentinel-tool-b netsentinel-tool-c',
    });
    assert.equal(stdout, '');
    assert.equal(stderr, 'Installing what the tests need: package-a package-b\n');
    assert.equal(calls.length, 1);
    assert.match(calls[0] ?? '', /^install .* package-a package-b$/);
  });

  it('is named whole in one line where it may not be installed', (t) => {
    const { stdout, calls } = prepareOn(t, { uid: 1000, apt: 'exit 0' });
    assert.equal(
      stdout,
      'The tests need netsentinel-tool-a, netsentinel-tool-b, netsentinel-tool-c. ' +
        'On Debian, as root: apt-get install --no-install-recommends package-a package-b ' +
        '(not installed: only root may install packages)\n',
    );
    assert.deepEqual(calls, []);
  });

  it('is named with the reason where apt cannot install it', (t) => {
    const { stdout } = prepareOn(t, { uid: 0, apt: "echo 'E: no network' >&2; exit 100" });
    assert.match(stdout, /^The tests need .* package-a package-b \(not installed: E: no network\)\n$/);
  });

  it('names only what is missing', () => {
    const [first] = TOOLS;
    assert.ok(first !== undefined);
    assert.equal(
      describeMissing([first], null),
      'The tests need netsentinel-tool-a. On Debian, as root: apt-get install --no-install-recommends package-a',
    );
  });

  it('is all here once the tests run', () => {
    for (const { anyOf, package: name } of NEEDS) {
      assert.ok(
        anyOf.some((each) => existsSync(need(each))),
        name,
      );
    }
  });

  it('has to be on the list', () => {
    assert.throws(() => need('netsentinel-tool-a'), /is not on the list/);
  });

  it('is installed by nothing else', () => {
    const files = globSync(['test/**/*.ts', 'src/**/*.ts'], { cwd: ROOT });
    const spawnsApt = /(?:spawn|exec)\w*\(\s*['"](?:apt|apt-get|dpkg)['"]/;
    assert.deepEqual(
      files.filter((file) => spawnsApt.test(readFileSync(join(ROOT, file), 'utf8'))),
      [],
    );
  });
});
