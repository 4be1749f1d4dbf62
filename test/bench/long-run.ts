import { freshSqlite } from '../support/databases.ts';
import { type BenchRow, type Cost, median, medianCost } from './harness.ts';
import { startChild, startQueueServer } from './read-queues.ts';

const QUEUES = 1_000;
/** A day at one poll a minute. */
const POLLS = 1_440;
/** Until then code is compiled and caches fill. */
const WARM_UP = 240;
const MOST_GROWTH_MIB = 10;

interface Rounds {
  readonly rounds: readonly Cost[];
  readonly rssMib: readonly number[];
}

/** The polls of 24 hours one after the other, by the whole worker: what each costs, and whether memory grows. */
export async function run(): Promise<BenchRow[]> {
  const server = await startQueueServer(QUEUES, 0, 'moving');
  const test = await freshSqlite();
  const [, { rounds, rssMib }] = await startChild<Rounds>('worker-rounds.ts', [server.port, 1, POLLS, test.url]);
  await test.drop();
  server.stop();
  const settled = rssMib.slice(WARM_UP);
  const third = Math.floor(settled.length / 3);
  const what = `${POLLS} polls of ${QUEUES} queues all changed, SQLite`;
  return [
    { name: `${what}: a poll`, ...medianCost(rounds) },
    { name: `${what}: memory in the first third`, peakMib: median(settled.slice(0, third)) },
    {
      name: `${what}: growth until the last third`,
      peakMib: median(settled.slice(-third)) - median(settled.slice(0, third)),
      limit: MOST_GROWTH_MIB,
    },
  ];
}
