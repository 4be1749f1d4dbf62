import { randomUUID } from 'node:crypto';
import type { BinaryBook } from '../../src/backups/binary.ts';
import { createFindModel } from '../../src/backups/models/find.ts';
import { createRunner, type RunDeps, type Runner } from '../../src/backups/run.ts';
import { createBackupStore } from '../../src/backups/store/backup-store.ts';
import { createBinaryStore } from '../../src/backups/store/binary-store.ts';
import { createRunStore } from '../../src/backups/store/run-store.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { vault } from './inventory.ts';
import { createMemoryLogger } from './memory-logger.ts';

let nonces = 0;

/** The versions that runs of tests keep. */
export function backupBookOn(
  database: Database,
  notices: Pick<ReturnType<typeof createNoticeWriter>, 'write'> = createNoticeWriter({ database }),
): ReturnType<typeof createBackupStore> {
  return createBackupStore({ database, vault, keep: 10, notices });
}

/** Their binary backups. */
export function binaryBookOn(database: Database): BinaryBook {
  return createBinaryStore({ database, vault: () => vault });
}

/** What makes backups over a database and tells nobody of them, but for what is changed. */
export function backupRunnerOn(database: Database, change: Pick<RunDeps, 'clock'> & Partial<RunDeps>): Runner {
  return createRunner({
    ...{ book: backupBookOn(database), findModel: createFindModel({}), logger: createMemoryLogger(), places: 4 },
    runs: createRunStore({ database, notices: createNoticeWriter({ database }) }),
    ...{ limits: { idleMs: 1, totalMs: 1, mostBytes: 1_000_000 }, random: () => 0, wake: () => {} },
    ...{ newId: randomUUID, newNonce: () => `nonce${++nonces}`, tell: () => () => [], tellFailures: () => [] },
    ...{ tellBinaryFailures: () => [], makeBinary: async () => null },
    ...change,
  });
}
