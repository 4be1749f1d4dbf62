import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { decide } from '../../src/backups/decide.ts';
import { keptLetter } from '../../src/backups/letters.ts';
import { createBackupLook } from '../../src/backups/look.ts';
import { createFindModel } from '../../src/backups/models/find.ts';
import { routeros } from '../../src/backups/models/routeros.ts';
import { inTurns } from '../../src/backups/steps.ts';
import { createBackupStore } from '../../src/backups/store/backup-store.ts';
import { byteTextOf } from '../../src/backups/text.ts';
import type { BackupBook } from '../../src/backups/versions.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLimiter } from '../../src/runtime/limiter.ts';
import type { QueueReader } from '../../src/usage/ports.ts';
import { binaryBookOn } from '../support/backup-runner.ts';
import { newVersion } from '../support/backups.ts';
import { freshSqlite, migrated } from '../support/databases.ts';
import { exportText } from '../support/exports.ts';
import { vault } from '../support/inventory.ts';
import { visitUntil } from '../support/visits.ts';
import { type BenchRow, type Cost, costOf, costs } from './harness.ts';
import { openReader, startQueueServer } from './read-queues.ts';

const ROUNDS = 7;
const EVERY_MS = 100;
const WARM_MS = 500;
const QUIET_MS = 3_000;
const GO_LIMIT_MS = 100;
const LIMIT = { limit: 200, limits: 'CPU' } as const;

/** Processor time of a page of a configuration of 5 MB, and of its difference to one of which half has changed; the longest time in one go. */
export async function run(): Promise<BenchRow[]> {
  const { database, drop } = await migrated(freshSqlite);
  try {
    const book = createBackupStore({ database, vault, notices: createNoticeWriter({ database }), keep: 10 });
    const look = createBackupLook({
      ...{
        book,
        binaries: binaryBookOn(database),
        findModel: createFindModel({}),
        clock: systemClock,
        limiter: createLimiter(2),
      },
    });
    for (const change of [0, 1]) await book.keep('core', `${change}`, () => newVersion(largeText(change)));
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const view = await leastOf(() => look.view('core', 2, { part: 5, line: null, reveal: false }));
    const compare = await leastOf(() =>
      look.compare('core', { a: undefined, b: undefined }, { part: 3, isUnordered: false }),
    );
    delay.disable();
    return [
      { name: 'view of a configuration of 5 MB', ...view, ...LIMIT },
      { name: 'difference of two of 5 MB, half changed', ...compare, ...LIMIT },
      { name: 'the longest of it in one go', ms: delay.max / 1e6 },
      ...(await pollsBeside(book)),
    ];
  } finally {
    await drop();
  }
}

/** The least of several: what else runs on the machine empties the caches, which counts as time of this process. */
async function leastOf(work: () => Promise<unknown>): Promise<Cost> {
  const all = await costs(ROUNDS, work);
  return { ms: Math.min(...all.map(({ ms }) => ms)), cpuMs: Math.min(...all.map(({ cpuMs }) => cpuMs)) };
}

/** How late polls of a small router end while configurations of 5 MB come, are judged and are kept, as a run of backups does it. */
async function pollsBeside(book: Pick<BackupBook, 'keep'>): Promise<BenchRow[]> {
  const server = await startQueueServer(10, 0);
  const reader = openReader(server.port);
  try {
    const bytes = [0, 1].map((change) => Buffer.from(largeText(change), 'latin1'));
    await latenessOf(reader, () => wait(WARM_MS));
    const without = await latenessOf(reader, () => wait(QUIET_MS));
    const keep = (change: number, run: string) =>
      latenessOf(reader, () => keepLarge(book, bytes[change] ?? Buffer.alloc(0), run));
    const first = await keep(0, 'a');
    const changed = await keep(1, 'b');
    const unchanged = await keep(1, 'c');
    const rows = (what: string, { ms, goCpuMs }: Lateness): BenchRow[] => [
      {
        ...{ name: `a poll each ${EVERY_MS} ms beside a text of 5 MB, ${what}: the latest`, ms },
        ...{ against: `without it: ${without.ms.toFixed(1)} ms`, ratio: ms / without.ms },
      },
      { name: '… the longest in one go', ms: goCpuMs, cpuMs: goCpuMs, limit: GO_LIMIT_MS, limits: 'CPU' },
    ];
    return [...rows('first', first), ...rows('half changed', changed), ...rows('unchanged', unchanged)];
  } finally {
    await reader.close();
    server.stop();
  }
}

/** As a device's backup does it, from the bytes that came to the notice about the change. */
async function keepLarge(book: Pick<BackupBook, 'keep'>, bytes: Buffer, run: string): Promise<void> {
  const fetched = { text: byteTextOf(bytes), bytes: bytes.length, version: '7.20.8', at: Date.now(), actions: [] };
  await book.keep(
    'large',
    run,
    (known) => inTurns(decide(routeros, fetched, known)),
    (...what) => {
      keptLetter(routeros, 'large', what);
      return [];
    },
  );
}

interface Lateness {
  /** Of the worst poll, from when it was due until it was read, ms. */
  readonly ms: number;
  /** The longest time of the processor in one turn of the event loop, ms. */
  readonly goCpuMs: number;
}

async function latenessOf(reader: QueueReader, work: () => Promise<unknown>): Promise<Lateness> {
  let isOver = false;
  let worst = 0;
  const begunMs = performance.now();
  const polling = (async () => {
    for (let due = begunMs; !isOver; ) {
      await wait(Math.max(0, due - performance.now()));
      await reader.read(visitUntil());
      worst = Math.max(worst, performance.now() - due);
      // One that is still running is not begun again: those that were due meanwhile are left out.
      while (due < performance.now()) due += EVERY_MS;
    }
  })();
  let goCpuMs = 0;
  const watching = (async () => {
    while (!isOver) goCpuMs = Math.max(goCpuMs, (await costOf(() => turn())).cpuMs);
  })();
  await work();
  isOver = true;
  await Promise.all([polling, watching]);
  return { ms: worst, goCpuMs };
}

/** 40,000 rows; every second one says what changed. */
function largeText(change: number): string {
  const rows = Array.from({ length: 40_000 }, (_, index) => {
    const house = index % 2 === 0 ? change : 0;
    return `add address=10.0.${index % 250}.${index % 199} comment="customer ${index} of the village, house ${house}" list=customers password=hunter-${index} timeout=1d`;
  });
  return exportText({ menus: { '/ip firewall address-list': rows } });
}
