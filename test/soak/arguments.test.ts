import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { parseSoakArguments } from './arguments.ts';

describe('the arguments of the soak', () => {
  it('are ten minutes on both stores by default', () => {
    assert.deepEqual(parseSoakArguments([]), {
      stores: ['sqlite', 'mysql'],
      durationMs: 600_000,
      seed: 1,
      isVerbose: false,
    });
  });

  for (const [args, stores] of [
    ['--store sqlite', ['sqlite']],
    ['--store mysql', ['mysql']],
    ['--galera', ['sqlite', 'galera']],
    ['--galera --store both', ['sqlite', 'galera']],
    ['--galera --store mysql', ['galera']],
  ] as const) {
    it(`choose with ${args}: ${stores.join(' and ')}`, () => {
      assert.deepEqual(parseSoakArguments(args.split(' ')).stores, stores);
    });
  }

  it('take minutes, a seed, an earlier version and --verbose', () => {
    const given = parseSoakArguments('--minutes 0.5 --seed 31 --previous ../older --verbose'.split(' '));
    assert.deepEqual(given, {
      stores: ['sqlite', 'mysql'],
      durationMs: 30_000,
      seed: 31,
      previous: resolve('../older'),
      isVerbose: true,
    });
  });

  it('share the routers of MariaDB or Galera among several workers', () => {
    assert.deepEqual(parseSoakArguments(['--workers', '3']), {
      stores: ['mysql'],
      durationMs: 600_000,
      seed: 1,
      workers: 3,
      isVerbose: false,
    });
    assert.deepEqual(parseSoakArguments('--workers 2 --galera'.split(' ')).stores, ['galera']);
  });

  for (const args of [
    '--workers 1',
    '--workers 3 --store sqlite',
    '--workers 3 --minutes 1',
    '--workers 3 --previous .',
  ]) {
    it(`are refused with the usage: ${args}`, () => {
      assert.throws(() => parseSoakArguments(args.split(' ')), /npm run soak -- .*\[--workers N\]/);
    });
  }

  for (const args of ['--store galera', '--galera --store sqlite', '--minutes 0', '--minutes x', '--seed 1.5']) {
    it(`are refused with the usage: ${args}`, () => {
      assert.throws(() => parseSoakArguments(args.split(' ')), /npm run soak -- .*\[--galera\]/);
    });
  }
});
