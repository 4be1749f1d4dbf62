import { freshMysql } from '../support/databases.ts';
import type { BenchRow } from './harness.ts';
import { runChild, startChild } from './read-queues.ts';

const ROUTERS = 1_000;
const QUEUES = 100;
const INTERFACES = 12;
/** Half of it for the first readings, half to measure: two polls and four rounds of health. */
const SECONDS = 240;
const LIMIT_MIB = 300;

interface Whole {
  readonly corePercent: number;
  readonly peakMib: number;
  readonly up: number;
  readonly read: number;
}

/** The worker with usage, health and pages, by its own timetable: what it takes of a core, and the most memory it had. */
export async function run(): Promise<BenchRow[]> {
  const [server, { port }] = await startChild<{ port: number }>('health-router.ts', [INTERFACES, QUEUES]);
  await compileWorker(port);
  const test = await freshMysql();
  try {
    const [, { corePercent, peakMib, up, read }] = await startChild<Whole>('whole-worker.ts', [
      ...[port, ROUTERS, SECONDS, test.url],
    ]);
    if (up < ROUTERS || read < ROUTERS) throw new Error(`${up} of ${ROUTERS} routers are up, ${read} were polled`);
    const what = `usage and health of ${ROUTERS} routers × ${QUEUES} queues, with pages, MariaDB`;
    return [
      { name: `${what}: CPU`, cpuRatio: corePercent, against: '1 % of a core' },
      { name: `${what}: peak memory`, peakMib, limit: LIMIT_MIB },
    ];
  } finally {
    await test.drop();
    server.disconnect();
  }
}

/** Fills the compile cache, as in `poll.ts`. */
async function compileWorker(port: number): Promise<void> {
  const test = await freshMysql();
  await runChild('whole-worker.ts', [port, 1, 1, test.url]);
  await test.drop();
}
