import type { Archive } from '../../src/backups/archive.ts';
import { type Archiver, type ArchiverDeps, createArchiver } from '../../src/backups/archiver.ts';
import { createFolderArchive } from '../../src/backups/archives/folder.ts';
import { createArchiveStore } from '../../src/backups/store/archive-store.ts';
import { createBackupStore } from '../../src/backups/store/backup-store.ts';
import { createBinaryStore } from '../../src/backups/store/binary-store.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import type { Database } from '../../src/platform/store/database.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { createTroubleLog } from '../../src/runtime/trouble-log.ts';
import { vault } from './inventory.ts';
import { createMemoryLogger } from './memory-logger.ts';

let ids = 0;

export function folderArchive(folder: string, given: Partial<Archive> = {}): Archive {
  return {
    ...{ name: 'nas', kind: 'folder', place: folder, isOpenToRead: false, keep: 100 },
    ...{ open: createFolderArchive(folder), ...given },
  };
}

/** An archiver over a database; a copy is the plain text with `sealed ` before it. */
export function archiverOn(
  database: Database,
  archives: readonly Archive[],
  clock: Clock,
  given: Partial<ArchiverDeps> = {},
): Archiver & { readonly logger: ReturnType<typeof createMemoryLogger> } {
  const notices = createNoticeWriter({ database });
  const logger = createMemoryLogger();
  const archiver = createArchiver({
    ...{ archives, clock, logger, troubles: createTroubleLog({ logger, clock }), newId: () => `holder-${++ids}` },
    ...{ book: createArchiveStore({ database, notices }), tell: () => [], wake: () => {} },
    texts: createBackupStore({ database, vault, notices, keep: 100 }),
    binaries: createBinaryStore({ database, vault: () => vault }),
    encrypt: async (text) => Buffer.concat([Buffer.from('sealed '), text]),
    ...{ onCopy: () => {}, onFailure: () => {}, ...given },
  });
  return { ...archiver, logger };
}
