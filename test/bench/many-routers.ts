import type { QueueReader } from '../../src/usage/ports.ts';
import { visitUntil } from '../support/visits.ts';
import { type BenchRow, compare, median } from './harness.ts';
import { expectRows, openReader, openSocket, readMinimally, startQueueServer } from './read-queues.ts';

const ROUTERS = 1_000;
const QUEUES = 100;
/** As by default. */
const CONCURRENCY = 32;
const ROUNDS = 5;
/** The uptime, which has to be known before the list is asked for, and the list. */
const NEXT_ROUND_TRIPS = 2;
/** The login before that; the server makes nobody wait for the connection itself. */
const FIRST_ROUND_TRIPS = 3;
const LIMIT_MS = 10_000;

/** Reading many small routers at several distances: how close a round comes to what distance and processor allow. */
export async function run(): Promise<BenchRow[]> {
  const cpuBoundMs = await readOneByOne();
  return [
    ...(await firstRounds(0, cpuBoundMs)),
    ...(await nextRounds(0, cpuBoundMs)),
    ...(await firstRounds(40, cpuBoundMs)),
    ...(await nextRounds(40, cpuBoundMs)),
    // Five first rounds at that distance would take more than a minute.
    ...(await nextRounds(150, cpuBoundMs)),
  ];
}

/** The same lists one after the other through the minimal parser, over one connection and from next door, ms. */
async function readOneByOne(): Promise<number> {
  const server = await startQueueServer(QUEUES, 0);
  const socket = openSocket(server.port);
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const startedMs = performance.now();
    for (let router = 0; router < ROUTERS; router += 1) expectRows(await readMinimally(socket), QUEUES);
    if (round > 0) times.push(performance.now() - startedMs);
  }
  socket.destroy();
  server.stop();
  return median(times);
}

/** With connecting. */
async function firstRounds(latencyMs: number, cpuBoundMs: number): Promise<BenchRow[]> {
  const server = await startQueueServer(QUEUES, latencyMs);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const readers = openReaders(server.port);
    times.push(await readAll(readers));
    for (const reader of readers) reader.close();
  }
  server.stop();
  return rowsOf('first round', median(times), { latencyMs, cpuBoundMs, roundTrips: FIRST_ROUND_TRIPS });
}

/** Over connections that are kept. */
async function nextRounds(latencyMs: number, cpuBoundMs: number): Promise<BenchRow[]> {
  const server = await startQueueServer(QUEUES, latencyMs);
  const readers = openReaders(server.port);
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const ms = await readAll(readers);
    if (round > 0) times.push(ms);
  }
  for (const reader of readers) reader.close();
  server.stop();
  return rowsOf('next rounds', median(times), { latencyMs, cpuBoundMs, roundTrips: NEXT_ROUND_TRIPS });
}

function openReaders(port: number): QueueReader[] {
  return Array.from({ length: ROUTERS }, (_, index) => openReader(port, `router-${index}`));
}

async function readAll(readers: readonly QueueReader[]): Promise<number> {
  const visit = visitUntil();
  const startedMs = performance.now();
  const waiting = readers.values();
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      for (const reader of waiting) expectRows((await reader.read(visit)).queues, QUEUES);
    }),
  );
  return performance.now() - startedMs;
}

/**
 * Against the greater of the two bounds, not their sum: while some routers are waited for the lists of others can be parsed, so that
 * a perfect program would need no more, and the sum would flatter us.
 */
function rowsOf(
  which: string,
  roundMs: number,
  bound: { readonly latencyMs: number; readonly cpuBoundMs: number; readonly roundTrips: number },
): BenchRow[] {
  const { latencyMs, cpuBoundMs, roundTrips } = bound;
  // Of the 32 that work side by side, one has to read 32 of the 1,000 routers.
  const latencyBoundMs = roundTrips * latencyMs * Math.ceil(ROUTERS / CONCURRENCY);
  const greater =
    latencyBoundMs > cpuBoundMs
      ? { against: `latency of ${roundTrips} round trips`, ms: latencyBoundMs }
      : { against: 'a minimal parser, one by one', ms: cpuBoundMs };
  const name = `read ${ROUTERS} routers × ${QUEUES} queues, ${latencyMs} ms away, ${which}`;
  return compare(name, roundMs, [greater], latencyMs === 40 ? LIMIT_MS : undefined);
}
