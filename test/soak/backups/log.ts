import { CompiledQuery } from 'kysely';
import { z } from 'zod';
import { OUTCOMES, type Outcome } from '../../../src/backups/outcome.ts';
import { createBackupStore } from '../../../src/backups/store/backup-store.ts';
import { createNoticeWriter } from '../../../src/notices/store/notice-writer.ts';
import type { Queries } from '../../../src/platform/store/database.ts';
import { TroubleError } from '../../../src/runtime/errors.ts';
import type { Vault } from '../../../src/runtime/vault.ts';
import { ask } from '../books.ts';
import type { SoakStore } from '../stores.ts';
import { NOTHING, readWrites, type Watched, type Write, watchWrites } from '../writes.ts';

/** What a run came to for a device. */
export interface LoggedOutcome {
  readonly device: string;
  readonly outcome: Outcome['outcome'];
  readonly code: string | null;
  readonly version: number | null;
  /** Unix ms of this machine. */
  readonly at: number;
}

/** A run as the transactions of the workers wrote it. Instants are Unix ms of this machine. */
export interface LoggedRun {
  readonly run: string;
  readonly from: number;
  readonly finishedAt: number | null;
  /** When another one went on with it whose holder had not left it, and the last sign of life of that holder before. */
  readonly takenUp: readonly { readonly lastSignAt: number; readonly at: number }[];
  readonly outcomes: readonly LoggedOutcome[];
}

export interface LoggedVersion {
  readonly device: string;
  readonly version: number;
  /** `null`: it cannot be read. */
  readonly text: string | null;
}

/** All that is stored about backups at the end. */
export interface BackupBooks {
  /** In the order in which they began. */
  readonly runs: readonly LoggedRun[];
  /** By device and number. */
  readonly versions: readonly LoggedVersion[];
  /** Devices with a text in quarantine. */
  readonly quarantined: readonly string[];
  /** Which change of which device people were told of, once for each notice. */
  readonly told: readonly Pick<LoggedVersion, 'device' | 'version'>[];
}

const LOG = 'soak_backups';
const HELD = "NEW.lease_holder <> ''";
const WATCHED: readonly Watched[] = [
  { table: 'backup_runs', event: 'INSERT', values: ["'run'", 'NEW.id', NOTHING, NOTHING, '0'] },
  {
    ...{ table: 'backup_runs', event: 'UPDATE', values: ["'sign'", 'NEW.id', NOTHING, NOTHING, '0'] },
    when: `${HELD} AND NEW.lease_holder = OLD.lease_holder`,
  },
  {
    ...{ table: 'backup_runs', event: 'UPDATE', values: ["'taken'", 'NEW.id', 'OLD.lease_holder', NOTHING, '0'] },
    when: `${HELD} AND NEW.lease_holder <> OLD.lease_holder`,
  },
  {
    ...{ table: 'backup_runs', event: 'UPDATE', values: ["'finished'", 'NEW.id', NOTHING, NOTHING, '0'] },
    when: 'OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL',
  },
  ...(['INSERT', 'UPDATE'] as const).map((event) => ({
    ...{ table: 'backup_outcomes', event },
    values: ["'outcome'", 'NEW.run_id', 'NEW.device', NOTHING, '0'] as const,
  })),
];

/** From now on each transaction of a worker writes down what it wrote about runs; the schema has to be there. */
export async function logBackups({ database }: SoakStore): Promise<void> {
  await watchWrites(database, LOG, WATCHED);
}

const outcomes = z.array(
  z.object({
    ...{ run_id: z.string(), device: z.string(), outcome: z.enum(OUTCOMES), code: z.string().nullable() },
    version: z.coerce.number().nullable(),
  }),
);

/** In the order in which they began. */
export async function readRuns({ database }: Pick<SoakStore, 'database'>): Promise<LoggedRun[]> {
  return await ask(() =>
    database.read(async (queries) => {
      const rows = await rowsOf(queries, 'SELECT run_id, device, outcome, code, version FROM backup_outcomes');
      const ofRun = Map.groupBy(outcomes.parse(rows), ({ run_id }) => run_id);
      const writes = await readWrites(queries, LOG);
      return writes
        .filter(({ what }) => what === 'run')
        .map(({ one: run, at: from }) => {
          const own = writes.filter(({ one }) => one === run);
          return {
            ...{
              run,
              from,
              takenUp: takenUp(own),
              finishedAt: own.find(({ what }) => what === 'finished')?.at ?? null,
            },
            outcomes: (ofRun.get(run) ?? []).map(({ run_id: _, ...outcome }) => ({
              ...outcome,
              at: own.findLast(({ what, two }) => what === 'outcome' && two === outcome.device)?.at ?? from,
            })),
          };
        });
    }),
  );
}

/** Of the writes of a run. */
function takenUp(writes: readonly Write[]): LoggedRun['takenUp'] {
  return writes.flatMap(({ what, two: before, at }, index) => {
    if (what !== 'taken' || before === '') return [];
    const sign = writes.slice(0, index).findLast((write) => write.what === 'sign' || write.what === 'taken');
    return [{ lastSignAt: sign?.at ?? at, at }];
  });
}

async function rowsOf(queries: Queries, statement: string): Promise<readonly unknown[]> {
  return (await queries.executeQuery(CompiledQuery.raw(statement))).rows;
}

const quarantines = z.array(z.object({ device: z.string() }));
const notices = z.array(z.object({ devices: z.string(), letter: z.string() }));
const names = z.array(z.string()).length(1);
const letters = z.object({ facts: z.array(z.object({ label: z.string(), value: z.string() })) });

export async function readBackupBooks(store: SoakStore, vault: Vault, keep: number): Promise<BackupBooks> {
  const { database } = store;
  const runs = await readRuns(store);
  const book = createBackupStore({ database, vault, keep, notices: createNoticeWriter({ database }) });
  const read = (statement: string) => ask(() => database.read((queries) => rowsOf(queries, statement)));
  const versions: LoggedVersion[] = [];
  for (const { device, version } of await ask(() => book.versions())) {
    versions.push({ device, version, text: await ask(() => readable(book.text(device, version))) });
  }
  const letter = await read(
    "SELECT t.devices AS devices, n.letter AS letter FROM notice_topics t JOIN notices n ON n.id = t.notice WHERE t.event = 'backup.changed'",
  );
  return {
    ...{ runs, versions },
    quarantined: quarantines.parse(await read('SELECT device FROM backup_quarantines')).map(({ device }) => device),
    told: notices.parse(letter).map((notice) => {
      const [device = ''] = names.parse(JSON.parse(notice.devices));
      const { facts } = letters.parse(JSON.parse(notice.letter));
      return { device, version: Number.parseInt(facts.find(({ label }) => label === 'Version')?.value ?? '', 10) };
    }),
  };
}

async function readable(text: Promise<string | null>): Promise<string | null> {
  try {
    return await text;
  } catch (error) {
    if (error instanceof TroubleError && !error.code.startsWith('DATABASE_')) return null;
    throw error;
  }
}

export async function hasVersion({ database }: Pick<SoakStore, 'database'>, router: string): Promise<boolean> {
  const found = await ask(() =>
    database.read((queries) =>
      rowsOf(queries, `SELECT device FROM backup_versions WHERE device = '${router}' LIMIT 1`),
    ),
  );
  return found.length > 0;
}

/** Nothing is due any more. */
export async function removeSchedules({ database }: SoakStore): Promise<void> {
  await ask(() => database.read((queries) => rowsOf(queries, 'DELETE FROM backup_schedules')));
}
