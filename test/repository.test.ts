import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
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
  'hardening.rsc',
];
const KEPT_IN = ['config.example.ts', 'routeros/security_hardening.rsc', 'src/config/load.ts', 'src/main.ts'];

/** Whether git ignores a path, be it there or not. */
function isIgnoredByGit(path: string): boolean {
  const { status } = spawnSync('git', ['check-ignore', '--quiet', '--no-index', path], { cwd: ROOT });
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

describe('the repository', () => {
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
