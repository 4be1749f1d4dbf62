import type { BenchRow } from './harness.ts';
import { compileWorker, worker } from './poll.ts';

/**
 * What one worker and one MariaDB are to read every 30 s, with the two settings that `docs/operations.md` names for so many routers. The
 * list server is on the same machine.
 */
export async function run(): Promise<BenchRow[]> {
  await compileWorker();
  const settings = { routers: 10_000, queues: 100, latencyMs: 40, concurrency: 192, semiSpaceMib: 32 };
  return await worker(settings, { ms: 30_000, mib: 1_536, rounds: 4 });
}
