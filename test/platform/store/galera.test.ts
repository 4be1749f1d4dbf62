import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { type Database, openDatabase } from '../../../src/platform/store/database.ts';
import { migrate, readMigrations } from '../../../src/platform/store/migrate.ts';
import { TroubleError } from '../../../src/runtime/errors.ts';
import type { RouterState } from '../../../src/usage/accounting/counter.ts';
import { createUsageArchive } from '../../../src/usage/store/usage-archive.ts';
import { createUsageLedger } from '../../../src/usage/store/usage-store.ts';
import { baselineOf, bookingAt, DAY, NOON, partOf } from '../../support/bookings.ts';
import { type GaleraCluster, startGaleraCluster } from '../../support/galera-cluster.ts';

/** Without a claim that all nodes certify, seven of eight races ended badly. */
const RACES = 6;
const SAMPLES_EACH = 20;

interface Starter {
  readonly child: ChildProcess;
  readonly lines: Interface;
}

/** Who loses a dozen times against the other node has written nothing, and the next poll tries again. */
async function isBooked(booking: Promise<void>): Promise<boolean> {
  try {
    await booking;
    return true;
  } catch (error) {
    if (error instanceof TroubleError && error.code === 'DATABASE_BUSY') return false;
    throw error;
  }
}

/** Three nodes of which each takes writes. */
describe('a Galera cluster', () => {
  let cluster: GaleraCluster;
  let admin: Database;
  before(async () => {
    cluster = await startGaleraCluster();
    admin = openDatabase({ url: `${cluster.url(cluster.nodes)}mysql` });
  });
  after(async () => {
    await admin.close();
    await cluster.remove();
  });

  async function fresh(name: string): Promise<[string, string]> {
    await admin.read((queries) => sql`CREATE DATABASE ${sql.id(name)}`.execute(queries));
    const [first, second, third] = cluster.nodes;
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    return [`${cluster.url([first, third])}${name}`, `${cluster.url([second, third])}${name}`];
  }

  /** For connections made from then on, at the node where a database of `fresh` is opened first. */
  async function setSyncWait(mask: 0 | 1): Promise<void> {
    await admin.read((queries) => sql`SET GLOBAL wsrep_sync_wait = ${sql.lit(mask)}`.execute(queries));
  }

  function startProcess(): Starter {
    const script = new URL('../../support/migrate-on-command.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
    assert.ok(child.stdout !== null);
    return { child, lines: createInterface({ input: child.stdout }) };
  }

  async function migrateIn({ child, lines }: Starter, url: string): Promise<string[]> {
    const answer = Promise.race([once(lines, 'line'), once(child, 'exit').then(() => [null])]);
    child.stdin?.write(`${url}\n`);
    const [line] = await answer;
    assert.equal(typeof line, 'string', 'the process ended in a race of migrations');
    return JSON.parse(line);
  }

  it('is migrated once by two processes at two nodes, however often they race', async () => {
    const files = (await readMigrations('mysql')).map(({ name }) => name);
    const starters = [startProcess(), startProcess()] as const;
    try {
      for (let race = 0; race < RACES; race += 1) {
        const [one, other] = await fresh(`race_${race}`);
        const applied = await Promise.all([migrateIn(starters[0], one), migrateIn(starters[1], other)]);
        assert.deepEqual(applied.flat(), files);
        for (const url of [one, other]) {
          const database = openDatabase({ url });
          await database.read((queries) => sql`SELECT * FROM daily_usage`.execute(queries));
          await database.close();
        }
      }
    } finally {
      for (const { child } of starters) child.kill('SIGKILL');
    }
  });

  it('keeps totals exact while two workers write the same router at two nodes', async () => {
    const urls = await fresh('writes');
    const databases = urls.map((url) => openDatabase({ url }));
    // A node shows what another one committed a moment later, unless its reads wait for it.
    await setSyncWait(1);
    const settled = openDatabase({ url: urls[0] });
    try {
      for (const database of databases) await migrate({ database });
      let sampledAt = NOON;
      /** Each sample shows one byte more than the last booked one, whichever worker wrote that. */
      const decide = (state: RouterState | null) => {
        sampledAt += 1000;
        const uploadBytes = (state?.baselines.get('*bob')?.counter?.uploadBytes ?? 0n) + 1n;
        const changedBaselines = [baselineOf('bob', { counter: { uploadBytes, downloadBytes: 0n } })];
        return bookingAt(sampledAt, { changedBaselines, usage: [partOf('bob')] });
      };
      await Promise.all(
        databases.map(async (database) => {
          const ledger = createUsageLedger({ database });
          for (let sample = 0; sample < SAMPLES_EACH; ) {
            if (await isBooked(ledger.book('edge', decide))) sample += 1;
          }
        }),
      );
      const days = await createUsageArchive({ database: settled }).queueDays({ fromDay: DAY, toDay: DAY });
      assert.deepEqual(
        days.map((row) => row.uploadBytes),
        [BigInt(2 * SAMPLES_EACH)],
      );
      await createUsageLedger({ database: settled }).book('edge', (state) => {
        assert.equal(state?.baselines.get('*bob')?.counter?.uploadBytes, BigInt(2 * SAMPLES_EACH));
        return null;
      });
    } finally {
      for (const database of databases) await database.close();
      await settled.close();
      await setSyncWait(0);
    }
  });

  it('goes on at another node when one is killed, and takes the one back', async () => {
    const [url] = await fresh('failover');
    const database = openDatabase({ url });
    const [first] = cluster.nodes;
    assert.ok(first !== undefined);
    try {
      await migrate({ database });
      const ledger = createUsageLedger({ database });
      await ledger.book('edge', () => bookingAt(NOON, { usage: [partOf('bob')] }));
      await first.kill();
      await ledger.book('edge', () => bookingAt(NOON + 60_000, { usage: [partOf('bob')] }));
      await first.start();
      const rejoined = openDatabase({ url: `${cluster.url([first])}failover` });
      const days = await createUsageArchive({ database: rejoined }).queueDays({ fromDay: DAY, toDay: DAY });
      await rejoined.close();
      assert.deepEqual(
        days.map((row) => row.uploadBytes),
        [2n],
      );
    } finally {
      await database.close();
    }
  });
});
