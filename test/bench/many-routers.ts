import type { QueueReader } from '../../src/usage/ports.ts';
import { visitUntil } from '../support/visits.ts';
import { type BenchRow, type Cost, compare, costOf, costs, medianCost } from './harness.ts';
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
  const bare = await readOneByOne();
  return [
    ...(await firstRounds(0, bare)),
    ...(await nextRounds(0, bare)),
    ...(await firstRounds(40, bare)),
    ...(await nextRounds(40, bare)),
    // Five first rounds at that distance would take more than a minute.
    ...(await nextRounds(150, bare)),
  ];
}

/** The same lists one after the other through the minimal parser, over one connection and from next door. */
async function readOneByOne(): Promise<Cost> {
  const server = await startQueueServer(QUEUES, 0);
  const socket = openSocket(server.port);
  const rounds = await costs(ROUNDS, async () => {
    for (let router = 0; router < ROUTERS; router += 1) expectRows(await readMinimally(socket), QUEUES);
  });
  socket.destroy();
  server.stop();
  return medianCost(rounds);
}

/** With connecting. */
async function firstRounds(latencyMs: number, bare: Cost): Promise<BenchRow[]> {
  const server = await startQueueServer(QUEUES, latencyMs);
  const rounds: Cost[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const readers = openReaders(server.port);
    rounds.push(await costOf(() => readAll(readers)));
    for (const reader of readers) reader.close();
  }
  server.stop();
  return rowsOf('first round', medianCost(rounds), { latencyMs, bare, roundTrips: FIRST_ROUND_TRIPS });
}

/** Over connections that are kept. */
async function nextRounds(latencyMs: number, bare: Cost): Promise<BenchRow[]> {
  const server = await startQueueServer(QUEUES, latencyMs);
  const readers = openReaders(server.port);
  const rounds = await costs(ROUNDS, () => readAll(readers));
  for (const reader of readers) reader.close();
  server.stop();
  return rowsOf('next rounds', medianCost(rounds), { latencyMs, bare, roundTrips: NEXT_ROUND_TRIPS });
}

function openReaders(port: number): QueueReader[] {
  return Array.from({ length: ROUTERS }, (_, index) => openReader(port, `router-${index}`));
}

async function readAll(readers: readonly QueueReader[]): Promise<void> {
  const visit = visitUntil();
  const waiting = readers.values();
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      for (const reader of waiting) expectRows((await reader.read(visit)).queues, QUEUES);
    }),
  );
}

/**
 * Against the greater of the two bounds, not their sum: while some routers are waited for the lists of others can be parsed, so that
 * a perfect program would need no more, and the sum would flatter us. Processor time is compared with the minimal parser's in any case.
 */
function rowsOf(
  which: string,
  round: Cost,
  bound: { readonly latencyMs: number; readonly bare: Cost; readonly roundTrips: number },
): BenchRow[] {
  const { latencyMs, bare, roundTrips } = bound;
  // Of the 32 that work side by side, one has to read 32 of the 1,000 routers.
  const latencyBoundMs = roundTrips * latencyMs * Math.ceil(ROUTERS / CONCURRENCY);
  const parser = 'a minimal parser, one by one';
  const against = latencyBoundMs > bare.ms ? `latency of ${roundTrips} round trips; CPU: ${parser}` : parser;
  const name = `read ${ROUTERS} routers × ${QUEUES} queues, ${latencyMs} ms away, ${which}`;
  const least = { ms: Math.max(latencyBoundMs, bare.ms), cpuMs: bare.cpuMs };
  return compare(name, round, [{ against, cost: least }], latencyMs === 40 ? LIMIT_MS : undefined);
}
