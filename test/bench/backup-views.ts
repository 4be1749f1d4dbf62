import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createBackupLook } from '../../src/backups/look.ts';
import { createFindModel } from '../../src/backups/models/find.ts';
import { createBackupStore } from '../../src/backups/store/backup-store.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLimiter } from '../../src/runtime/limiter.ts';
import { binaryBookOn } from '../support/backup-runner.ts';
import { newVersion } from '../support/backups.ts';
import { freshSqlite, migrated } from '../support/databases.ts';
import { exportText } from '../support/exports.ts';
import { vault } from '../support/inventory.ts';
import { type BenchRow, cpuTimes } from './harness.ts';

const ROUNDS = 7;
const LIMIT_MS = 200;

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
    const view = await cpuOf(() => look.view('core', 2, { part: 5, line: null, reveal: false }));
    const compare = await cpuOf(() =>
      look.compare('core', { a: undefined, b: undefined }, { part: 3, isUnordered: false }),
    );
    delay.disable();
    return [
      { name: 'view of a configuration of 5 MB', medianMs: view, limit: LIMIT_MS },
      { name: 'difference of two of 5 MB, half changed', medianMs: compare, limit: LIMIT_MS },
      { name: 'the longest of it in one go', medianMs: delay.max / 1e6 },
    ];
  } finally {
    await drop();
  }
}

/** The least of several: what else runs on the machine empties the caches, which counts as time of this process. */
async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  return Math.min(...(await cpuTimes(ROUNDS, work)));
}

/** 40,000 rows; every second one says what changed. */
function largeText(change: number): string {
  const rows = Array.from({ length: 40_000 }, (_, index) => {
    const house = index % 2 === 0 ? change : 0;
    return `add address=10.0.${index % 250}.${index % 199} comment="customer ${index} of the village, house ${house}" list=customers password=hunter-${index} timeout=1d`;
  });
  return exportText({ menus: { '/ip firewall address-list': rows } });
}
