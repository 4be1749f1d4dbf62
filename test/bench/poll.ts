import { createOutage } from '../../src/platform/store/outage.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { createTroubleLog } from '../../src/runtime/trouble-log.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { createBacklog } from '../../src/usage/backlog.ts';
import { createCollector } from '../../src/usage/collect.ts';
import type { QueueReader } from '../../src/usage/ports.ts';
import { createUsageLedger } from '../../src/usage/store/usage-store.ts';
import { freshMysql, freshSqlite, migrated } from '../support/databases.ts';
import { visitUntil } from '../support/visits.ts';
import { openBareStore, type TestStore } from './bare-store.ts';
import { type BenchRow, type Cost, compare, measure, medianCost, sumOf } from './harness.ts';
import { openReader, openSocket, readMinimally, runChild, startQueueServer } from './read-queues.ts';

const QUEUES = 10_000;
const SOME = 3_000;
/** Routers read at once, as by default. */
const CONCURRENCY = 32;

interface Counter {
  uploadBytes: bigint;
  downloadBytes: bigint;
}

/**
 * The router's list stands still, so that serving it costs nothing; here the counters of the first `moving` queues grow from poll to
 * poll.
 */
function growing(reader: QueueReader): QueueReader & { moving: number } {
  const grown = Array.from({ length: QUEUES }, () => ({ uploadBytes: 0n, downloadBytes: 0n }));
  return {
    moving: 0,
    async read(visit) {
      const reading = await reader.read(visit);
      for (const growth of grown.slice(0, this.moving)) {
        growth.uploadBytes += 1_234n;
        growth.downloadBytes += 56_789n;
      }
      // In place, since this is to cost next to nothing of the poll that is measured.
      reading.queues.forEach((queue: Counter, index) => {
        queue.uploadBytes += grown[index]?.uploadBytes ?? 0n;
        queue.downloadBytes += grown[index]?.downloadBytes ?? 0n;
      });
      return reading;
    },
    close: () => reader.close(),
  };
}

/** Polls from the request to the commit, of which so many queues have moved since the one before. */
function openPolling(test: TestStore, port: number) {
  const calendar = createCalendar('Asia/Karachi');
  const troubles = createTroubleLog({ logger: createLogger({ level: 'silent', isPretty: false }), clock: systemClock });
  const reader = growing(openReader(port));
  const collector = createCollector({
    router: { name: 'bench', lineMbps: 1_000_000, reader },
    users: [],
    ledger: createUsageLedger({ database: test.database }),
    calendar,
    clock: systemClock,
    backlog: createBacklog({ maxRows: 1_000_000, calendar }),
    outage: createOutage({ clock: systemClock, troubles }),
    troubles,
    listeners: [],
  });
  return {
    async poll(moving: number) {
      reader.moving = moving;
      const outcome = await collector.poll(visitUntil());
      if (outcome.status !== 'booked') throw new Error(`a poll was ${outcome.status}`);
    },
    close: () => collector.close(),
  };
}

/**
 * Whole polls against the least that reads the list and writes the rows of the queues that moved, and against a statement for each of
 * these rows. Where none moved there is nothing to write.
 */
async function wholePolls(store: string, fresh: typeof freshMysql): Promise<BenchRow[]> {
  const server = await startQueueServer(QUEUES, 0);
  const [test, bareTest] = [await migrated(fresh), await migrated(fresh)];
  const polling = openPolling(test, server.port);
  const socket = openSocket(server.port);
  const bare = await openBareStore(bareTest, QUEUES);
  const medians = await measure(
    {
      read: () => readMinimally(socket),
      writeAll: () => bare.write(QUEUES),
      writeSome: () => bare.write(SOME),
      all: () => polling.poll(QUEUES),
      some: () => polling.poll(SOME),
      none: () => polling.poll(0),
    },
    11,
  );
  // Seconds each, so that they take no turns with the others: a checkpoint of theirs would fall into what comes next.
  const slow = await measure(
    { writeAll: () => bare.writeOneByOne(QUEUES), writeSome: () => bare.writeOneByOne(SOME) },
    5,
  );
  polling.close();
  socket.destroy();
  await bare.close();
  await test.drop();
  await bareTest.drop();
  server.stop();
  const least = 'minimal read + bare upserts';
  const oneByOne = 'minimal read + a statement a row';
  const what = `whole poll of 10,000 queues, ${store}`;
  return [
    // As in `store.ts`, the limit is for the store of production.
    ...compare(`${what}, all changed`, medians.all, [
      {
        against: least,
        cost: sumOf(medians.read, medians.writeAll),
        ...(test.database.kind === 'mysql' ? { limit: 2 } : {}),
      },
      { against: oneByOne, cost: sumOf(medians.read, slow.writeAll) },
    ]),
    ...compare(`${what}, 30 % changed`, medians.some, [
      { against: least, cost: sumOf(medians.read, medians.writeSome) },
      { against: oneByOne, cost: sumOf(medians.read, slow.writeSome) },
    ]),
    ...compare(`${what}, none changed`, medians.none, [{ against: 'minimal read', cost: medians.read }]),
  ];
}

/** Fills the compile cache: what strips types takes 20 MB, which a worker that is started a second time never has. */
export async function compileWorker(): Promise<void> {
  const server = await startQueueServer(1, 0);
  const test = await freshMysql();
  await runChild('worker-rounds.ts', [server.port, 1, 1, test.url, CONCURRENCY]);
  await test.drop();
  server.stop();
}

interface Worker {
  readonly rounds: readonly Cost[];
  readonly peakMib: number;
}

const WHOLE_POLLS = 24;
/** Until then code is compiled. */
const WARM_POLLS = 8;
/** Of the shortest reader of the same list. */
const MOST_CPU = 6;

/** A poll by the worker as it is, against the shortest reader of the same list; each has a process of its own. */
async function workerPoll(store: string, fresh: typeof freshMysql): Promise<BenchRow[]> {
  const server = await startQueueServer(QUEUES, 0, 'moving');
  const test = await fresh();
  const { rounds, peakMib } = await runChild<Worker>('worker-rounds.ts', [
    ...[server.port, 1, WHOLE_POLLS, test.url, CONCURRENCY],
  ]);
  const bare = await runChild<Pick<Worker, 'rounds'>>('minimal-reader.ts', [server.port, QUEUES, WHOLE_POLLS]);
  await test.drop();
  server.stop();
  const what = `worker, 10,000 queues all changed, ${store}`;
  const least = medianCost(bare.rounds.slice(WARM_POLLS));
  return [
    ...compare(`${what}: a poll`, medianCost(rounds.slice(WARM_POLLS)), [
      { against: 'a minimal reader', cost: least, limit: MOST_CPU, limits: 'CPU' },
    ]),
    { name: `${what}: peak memory`, peakMib, limit: 200 },
  ];
}

interface WorkerSettings {
  readonly routers: number;
  readonly queues: number;
  readonly latencyMs: number;
  readonly concurrency?: number;
  /** Of V8's young generation; as the image has it if absent. */
  readonly semiSpaceMib?: number;
}

/** The worker as it is, in a process of its own: how long a round takes, and the most memory it had. */
export async function worker(
  { routers, queues, latencyMs, concurrency = CONCURRENCY, semiSpaceMib }: WorkerSettings,
  limits: { readonly ms?: number; readonly mib: number; readonly rounds?: number },
): Promise<BenchRow[]> {
  const server = await startQueueServer(queues, latencyMs, 'moving');
  const test = await freshMysql();
  const args = [server.port, routers, limits.rounds ?? 7, test.url, concurrency];
  const { rounds, peakMib } = await runChild<Worker>('worker-rounds.ts', args, semiSpaceMib);
  await test.drop();
  server.stop();
  const [first, ...next] = rounds;
  const what = `worker, ${routers} × ${queues} queues all changed, ${latencyMs} ms away, MariaDB`;
  const limit = limits.ms === undefined ? {} : { limit: limits.ms };
  return [
    { name: `${what}: first round`, ...first, ...limit },
    { name: `${what}: next rounds`, ...medianCost(next), ...limit },
    { name: `${what}: peak memory`, peakMib, limit: limits.mib },
  ];
}

export async function run(): Promise<BenchRow[]> {
  await compileWorker();
  return [
    ...(await workerPoll('MariaDB', freshMysql)),
    ...(await workerPoll('SQLite', freshSqlite)),
    ...(await wholePolls('MariaDB', freshMysql)),
    ...(await wholePolls('SQLite', freshSqlite)),
    ...(await worker({ routers: 1, queues: 50_000, latencyMs: 0 }, { mib: 256 })),
    ...(await worker({ routers: 1_000, queues: 100, latencyMs: 40 }, { ms: 10_000, mib: 300 })),
  ];
}
