import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { globalSetup, globalTeardown } from './global-setup.ts';
import { findTestFiles, groupTests, type TestGroup } from './test-groups.ts';

/** Two for each of the two cores of a small machine: tests wait for servers and processes about as long as they work. */
const CONCURRENCY = 4;
const RUN_TOGETHER = join(import.meta.dirname, 'run-together.ts');

/** `node test/support/run-all.ts [FILE]…`: runs all test files, or those that are given, in groups that share a process. */
const given = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'netsentinel-tests-'));
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
try {
  await globalSetup();
  const files = groupTests(given.length > 0 ? given : findTestFiles()).map(writeGroup);
  const results = run({ files, concurrency: CONCURRENCY, signal: stop.signal });
  results.on('test:fail', () => {
    process.exitCode = 1;
  });
  for await (const text of results.compose(spec)) process.stdout.write(text);
} finally {
  await globalTeardown();
  rmSync(folder, { recursive: true });
}

/** Node starts a process for each file: here one that runs a whole group. */
function writeGroup(group: TestGroup, index: number): string {
  const file = join(folder, `group-${index + 1}.mjs`);
  const [module, files] = [RUN_TOGETHER, group].map((each) => JSON.stringify(each));
  writeFileSync(file, `import { runTogether } from ${module};\nrunTogether(${files});\n`);
  return file;
}
