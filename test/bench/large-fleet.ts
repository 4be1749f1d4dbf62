import type { BenchRow } from './harness.ts';
import { compileWorker, worker } from './poll.ts';

/** What one worker and one MariaDB are to read every 30 s. The list server, which makes each list anew, is on the same machine. */
export async function run(): Promise<BenchRow[]> {
  await compileWorker();
  return await worker({ routers: 10_000, queues: 100, latencyMs: 40 }, { ms: 30_000, mib: 1_536, rounds: 4 });
}
