import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** Test files that share a process, by their paths from the root of the repository. */
export type TestGroup = readonly string[];

/** Their files mostly wait for other processes or for time to pass: together they would wait one after another. Longest first. */
const WAITING = ['test/soak', 'test/e2e'];
/** More in a row would keep one core busy while the other has nothing left to do. */
const MOST_FILES = 12;

export function findTestFiles(): string[] {
  return globSync('test/**/*.test.ts', { cwd: ROOT }).toSorted();
}

/** The files of a folder together, for they load mostly the same modules; files that wait alone, and first. */
export function groupTests(files: readonly string[]): TestGroup[] {
  const folders = Map.groupBy(files, (file) => dirname(file));
  const waiting = WAITING.flatMap((folder) => folders.get(folder) ?? []);
  const others = [...folders].filter(([folder]) => !WAITING.includes(folder));
  return [...waiting.map((file) => [file]), ...others.flatMap(([, some]) => inParts(some))];
}

/** Parts of about the same number of files. */
function inParts(files: readonly string[]): TestGroup[] {
  const parts = Math.ceil(files.length / MOST_FILES);
  const size = Math.ceil(files.length / parts);
  return Array.from({ length: parts }, (_, index) => files.slice(index * size, (index + 1) * size));
}
