import { createInventoryStore } from '../../src/devices/store/inventory-store.ts';
import { importDevices } from '../../src/devices/transfer.ts';
import { freshMysql, freshSqlite, migrated } from '../support/databases.ts';
import { createTestDesk } from '../support/inventory.ts';
import { type BenchRow, type Cost, costOf, medianCost } from './harness.ts';

const LINES = 5_000;
const ROUNDS = 3;
const LIMIT_MS = 5_000;

/** A file of many routers, each with its own password and behind the one before: imported anew, and again without a change. */
export async function run(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const [name, fresh] of [
    ['MariaDB', freshMysql],
    ['SQLite', freshSqlite],
  ] as const) {
    const added: Cost[] = [];
    const again: Cost[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const { database, drop } = await migrated(fresh);
      try {
        const desk = createTestDesk(createInventoryStore({ database }));
        for (const [costs, outcome] of [
          [added, 'added'],
          [again, 'unchanged'],
        ] as const) {
          const cost = await costOf(async () => {
            const lines = await importDevices(desk, FILE, { map: new Map(), isDryRun: false });
            if (lines.some((line) => line.outcome !== outcome)) throw new Error(`a line was not ${outcome}`);
          });
          costs.push(cost);
        }
      } finally {
        await drop();
      }
    }
    rows.push(
      { name: `import of ${LINES} devices with passwords, ${name}`, ...medianCost(added), limit: LIMIT_MS },
      { name: '… again, unchanged', ...medianCost(again), limit: LIMIT_MS },
    );
  }
  return rows;
}

const FILE = Buffer.from(
  [
    'name,host,username,password,parent,tags',
    ...Array.from({ length: LINES }, (_, index) => {
      const parent = index === 0 ? '' : `router-${index - 1}`;
      return `router-${index},10.${index >> 16}.${(index >> 8) & 255}.${index & 255},api,password-${index},${parent},lte;north`;
    }),
  ].join('\n'),
);
