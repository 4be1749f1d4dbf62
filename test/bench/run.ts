import { readdir } from 'node:fs/promises';
import { type BenchRow, isWithinLimit, printTable } from './harness.ts';

/** Runs every file of this folder that exports `run`, or only those named as arguments, e.g. `npm run bench -- read-queues`. */
async function main(wanted: readonly string[]): Promise<void> {
  const files = (await readdir(import.meta.dirname)).filter((file) => file.endsWith('.ts') && file !== 'run.ts').sort();
  const rows: BenchRow[] = [];
  for (const file of files) {
    if (wanted.length > 0 && !wanted.includes(file.replace(/\.ts$/, ''))) {
      continue;
    }
    const bench: { run?: () => Promise<BenchRow[]> } = await import(`./${file}`);
    if (bench.run === undefined) continue;
    console.error(`measuring ${file.replace(/\.ts$/, '')} …`);
    rows.push(...(await bench.run()));
  }
  printTable(rows);
  if (!rows.every(isWithinLimit)) {
    process.exitCode = 1;
  }
}

await main(process.argv.slice(2));
