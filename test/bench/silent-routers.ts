import { createServer, type Socket } from 'node:net';
import { systemClock } from '../../src/runtime/clock.ts';
import { createBeat, createRounds, type Visit } from '../../src/runtime/rounds.ts';
import { readerOf } from '../support/reader-of.ts';
import type { BenchRow } from './harness.ts';
import { startQueueServer } from './read-queues.ts';

const LIVING = 60;
const QUEUES = 10;
const EVERY_MS = 1_000;
const TIMEOUT_MS = 20_000;
const PLACES = 8;
const MEASURED_MS = 12_000;
/** Of an interval: a poll that is later than this took the place of the next one. */
const LIMIT_MS = EVERY_MS / 2;

const quiet = (): void => {};
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };

/** How late the latest poll of a living router is while others never answer: from the instant of its timetable to its first answer. */
export async function run(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const percent of [0, 30, 75]) {
    const latestMs = await measureLateness(Math.round((LIVING * percent) / (100 - percent)));
    rows.push({
      name: `worst lateness of a living router, ${percent}% of the routers silent`,
      ms: latestMs,
      limit: LIMIT_MS,
    });
  }
  return rows;
}

async function measureLateness(silent: number): Promise<number> {
  const server = await startQueueServer(QUEUES, 0);
  const open = new Set<Socket>();
  const mute = createServer((socket) => open.add(socket.on('error', quiet))).listen(0, '127.0.0.1');
  await new Promise((resolve) => mute.once('listening', resolve));
  const address = mute.address();
  const mutePort = typeof address === 'object' && address !== null ? address.port : 0;
  const subjects = [
    ...Array.from({ length: silent }, (_, index) => ({ name: `silent-${index}`, port: mutePort })),
    ...Array.from({ length: LIVING }, (_, index) => ({ name: `living-${index}`, port: server.port })),
  ];
  let latestMs = 0;
  const rounds = createRounds<(typeof subjects)[number], void>({
    name: 'bench',
    subjects,
    createVisitor({ name, port }) {
      const target = {
        name,
        host: '127.0.0.1',
        port,
        tls: false,
        username: 'u',
        password: 'p',
        timeoutMs: TIMEOUT_MS,
      } as const;
      const reader = readerOf({ target, clock: systemClock, logger, readerId: 'bench' });
      const beat = createBeat({ name, everyMs: EVERY_MS, phase: 0 });
      let lastDueAt: number | null = null;
      return {
        async visit(visit: Visit) {
          // A timer may be a moment early; what was left out since the last visit is late, too.
          const dueAt = beat(systemClock.now() - EVERY_MS / 2);
          const leftOutMs = lastDueAt === null ? 0 : Math.max(0, dueAt - lastDueAt - EVERY_MS);
          lastDueAt = dueAt;
          async function enter(): Promise<void> {
            await visit.enter();
            latestMs = Math.max(latestMs, systemClock.now() - dueAt + leftOutMs);
          }
          await reader.read({ ...visit, enter }).catch(quiet);
        },
        close: () => reader.close(),
      };
    },
    isSame: () => true,
    everyMs: EVERY_MS,
    phase: 0,
    places: PLACES,
    clock: systemClock,
    graceMs: 0,
    onBug(error) {
      throw error;
    },
  });
  await rounds.start();
  await new Promise((resolve) => setTimeout(resolve, MEASURED_MS));
  await rounds.stop();
  rounds.close();
  for (const socket of open) socket.destroy();
  mute.close();
  server.stop();
  return latestMs;
}
