import { connect } from 'node:net';
import { createCalendar } from '../../src/accounting/day.ts';
import { createUsageLedger } from '../../src/adapters/store/usage-store.ts';
import { createBacklog } from '../../src/features/usage/backlog.ts';
import { createCollector, createOutage } from '../../src/features/usage/collect.ts';
import { combineMeters } from '../../src/features/usage/meter.ts';
import type { QueueReader } from '../../src/features/usage/ports.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { createTroubleLog } from '../../src/runtime/trouble-log.ts';
import { freshMysql, migrated } from '../support/databases.ts';
import { type BenchRow, measure, median } from './harness.ts';
import { openReader, readMinimally, startChild, startQueueServer } from './read-queues.ts';
import { bareMysql } from './store.ts';

const QUEUES = 10_000;

/** The router's list stands still, so that serving it costs nothing; here every counter grows from poll to poll. */
function growing(reader: QueueReader): QueueReader {
  let polls = 0n;
  return {
    async read(signal) {
      const reading = await reader.read(signal);
      polls += 1n;
      const queues = reading.queues.map((queue) => ({
        ...queue,
        uploadBytes: queue.uploadBytes + 1_234n * polls,
        downloadBytes: queue.downloadBytes + 56_789n * polls,
      }));
      return { ...reading, queues };
    },
    close: () => reader.close(),
  };
}

/** A whole poll, from the request to the commit, against the least that reads the list and writes the same rows. */
async function wholePoll(): Promise<BenchRow[]> {
  const server = await startQueueServer(QUEUES, 0);
  const [test, bareTest] = [await migrated(freshMysql), await migrated(freshMysql)];
  const calendar = createCalendar('Asia/Karachi');
  const troubles = createTroubleLog({ logger: createLogger({ level: 'silent', isPretty: false }), clock: systemClock });
  const collector = createCollector({
    router: { name: 'bench', lineMbps: 1_000_000, reader: growing(openReader(server.port)) },
    users: [],
    ledger: createUsageLedger({ database: test.database }),
    calendar,
    clock: systemClock,
    backlog: createBacklog({ maxRows: 1_000_000, calendar }),
    outage: createOutage({ clock: systemClock, troubles }),
    troubles,
    meter: combineMeters([]),
  });
  const socket = connect({ port: server.port, host: '127.0.0.1', noDelay: true });
  const bare = await bareMysql(bareTest);
  const medians = await measure(
    {
      read: () => readMinimally(socket),
      write: bare.write,
      poll: async () => {
        const outcome = await collector.poll(new AbortController().signal);
        if (outcome.status !== 'booked') throw new Error(`a poll was ${outcome.status}`);
      },
    },
    11,
  );
  collector.close();
  socket.destroy();
  await bare.close();
  await test.drop();
  await bareTest.drop();
  server.stop();
  const least = medians.read + medians.write;
  const against = 'minimal read + bare upserts';
  return [
    { name: `${against}, 10,000 queues on MariaDB`, medianMs: least },
    {
      name: 'whole poll, 10,000 queues all changed, MariaDB',
      medianMs: medians.poll,
      ratio: medians.poll / least,
      against,
      limit: 2,
    },
  ];
}

/** The worker as it is, in a process of its own: how long a round takes, and the most memory it had. */
async function worker(
  routers: number,
  queues: number,
  latencyMs: number,
  limits: { ms?: number; mib: number },
): Promise<BenchRow[]> {
  const server = await startQueueServer(queues, latencyMs, 'moving');
  const test = await freshMysql();
  const [, { roundMs, maxRssKib }] = await startChild<{ roundMs: number[]; maxRssKib: number }>('worker-rounds.ts', [
    server.port,
    routers,
    7,
    test.url,
  ]);
  await test.drop();
  server.stop();
  const [first = Number.NaN, ...next] = roundMs;
  const what = `worker, ${routers} × ${queues} queues all changed, ${latencyMs} ms away, MariaDB`;
  const limit = limits.ms === undefined ? {} : { limit: limits.ms };
  return [
    { name: `${what}: first round`, medianMs: first, ...limit },
    { name: `${what}: next rounds`, medianMs: median(next), ...limit },
    { name: `${what}: peak memory`, peakMib: maxRssKib / 1024, limit: limits.mib },
  ];
}

export async function run(): Promise<BenchRow[]> {
  return [
    ...(await wholePoll()),
    ...(await worker(1, 50_000, 0, { mib: 256 })),
    ...(await worker(1_000, 100, 40, { ms: 10_000, mib: 300 })),
  ];
}
