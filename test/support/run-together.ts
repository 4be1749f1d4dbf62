import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { after, before, describe } from 'node:test';
import { forgetSecrets } from '../../src/runtime/mask.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const EVENTS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'uncaughtException', 'unhandledRejection'] as const;

/**
 * Runs test files in this process, one after another, each as a suite of its own: its hooks are for its own tests, and it must leave the
 * process as it was. A file that cannot be loaded is a failed suite.
 */
export function runTogether(files: readonly string[]): void {
  const unfinished = new Set(files);
  process.once('exit', () => {
    if (unfinished.size === 0) return;
    // Node's runner takes tests that never ran for tests that are not there.
    console.error(`The process ended before these were finished: ${[...unfinished].join(' ')}`);
    process.exitCode = 1;
  });
  for (const file of files) {
    describe(file, async () => {
      let found = new Map<string, unknown>();
      before(() => {
        forgetSecrets();
        found = stateOfProcess();
      });
      after(() => {
        unfinished.delete(file);
        assert.deepEqual(changesSince(found), [], 'this file changes the process for the files after it');
      });
      await import(resolve(ROOT, file));
    });
  }
}

/** What a test could change for the tests of other files, by its name. */
function stateOfProcess(): Map<string, unknown> {
  return new Map<string, unknown>([
    ['the working folder', process.cwd()],
    ['the exit code', process.exitCode],
    ...EVENTS.map((event) => [`listeners of ${event}`, process.listenerCount(event)] as const),
    ...Object.entries(process.env).map(([name, value]) => [`the variable ${name}`, value] as const),
  ]);
}

function changesSince(found: ReadonlyMap<string, unknown>): string[] {
  const now = stateOfProcess();
  return [...new Set([...found.keys(), ...now.keys()])].filter((name) => found.get(name) !== now.get(name));
}
