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
import { type BenchRow, type Cost, costs } from './harness.ts';

const ROUNDS = 7;
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

/** 40,000 rows; every second one says what changed. */
function largeText(change: number): string {
  const rows = Array.from({ length: 40_000 }, (_, index) => {
    const house = index % 2 === 0 ? change : 0;
    return `add address=10.0.${index % 250}.${index % 199} comment="customer ${index} of the village, house ${house}" list=customers password=hunter-${index} timeout=1d`;
  });
  return exportText({ menus: { '/ip firewall address-list': rows } });
}
