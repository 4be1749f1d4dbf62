import { randomUUID } from 'node:crypto';
import { createAudit } from '../../src/accounts/audit.ts';
import { createAccountBooks } from '../../src/accounts/store/account-books.ts';
import { createBackupActs } from '../../src/backups/acts.ts';
import type { ArchiveEntry } from '../../src/backups/archive-desk.ts';
import type { BinaryBook, MakeBinary } from '../../src/backups/binary.ts';
import { createBackupDesk } from '../../src/backups/desk.ts';
import { createBackupJob } from '../../src/backups/job.ts';
import { createBackupLook } from '../../src/backups/look.ts';
import { createFindModel } from '../../src/backups/models/find.ts';
import type { RunBook, RunStates } from '../../src/backups/outcome.ts';
import type { BackupDevice } from '../../src/backups/ports.ts';
import { createArchiveRoutes } from '../../src/backups/routes/archives.ts';
import { BACKUPS_LINK, createBackupRoutes, createBackupsPanel } from '../../src/backups/routes.ts';
import { createRunStarter, type RunStarter } from '../../src/backups/start-run.ts';
import { createBackupStore } from '../../src/backups/store/backup-store.ts';
import { createRunStates } from '../../src/backups/store/run-states.ts';
import { createRunStore } from '../../src/backups/store/run-store.ts';
import { createWatchStore } from '../../src/backups/store/watch-store.ts';
import type { BackupBook } from '../../src/backups/versions.ts';
import type { SitePart } from '../../src/capability.ts';
import { createIncidentWriter } from '../../src/incidents/store/incident-writer.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLimiter } from '../../src/runtime/limiter.ts';
import { requireVault, type Vault } from '../../src/runtime/vault.ts';
import { backupRunnerOn, binaryBookOn } from './backup-runner.ts';
import { vault } from './inventory.ts';
import { createManualClock } from './manual-clock.ts';
import { createMemoryLogger } from './memory-logger.ts';
import { EVENING, TIME_ZONE } from './pages.ts';

export interface BackupSite {
  /** Pages and API. */
  readonly part: SitePart;
  readonly book: BackupBook;
  readonly binaries: BinaryBook;
  readonly runs: RunBook;
  readonly states: RunStates;
  readonly starter: RunStarter;
  readonly logger: ReturnType<typeof createMemoryLogger>;
}

/** A public key of age. */
export const RECIPIENT = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p';

export interface BackupSiteOptions {
  readonly devices?: readonly BackupDevice[];
  readonly hasKey?: boolean;
  readonly archives?: readonly ArchiveEntry[];
  readonly makeBinary?: MakeBinary;
}

/** What people see of backups, over a database; runs log in to the shells of `devices`. Without `hasKey` nothing is kept. */
export function backupSiteOn(
  database: Database,
  { devices = [], hasKey = true, archives = [], makeBinary = async () => null }: BackupSiteOptions = {},
): BackupSite {
  const clock = createManualClock(EVENING);
  const logger = createMemoryLogger();
  const notices = createNoticeWriter({ database });
  const findModel = createFindModel({});
  const bookWith = (given: Vault) => createBackupStore({ database, vault: given, notices, keep: 200 });
  const book = () => bookWith(requireVault(hasKey ? vault : null));
  const binaries = binaryBookOn(database);
  const runs = createRunStore({ database, notices });
  const states = createRunStates({ database });
  const watches = createWatchStore({ database, notices, incidents: createIncidentWriter({ database }) });
  const desk = () => createBackupDesk({ book: book(), binaries, findModel, newId: randomUUID });
  const look = () =>
    createBackupLook({ book: book(), binaries, findModel, clock: systemClock, limiter: createLimiter(2) });
  const runner = () => backupRunnerOn(database, { book: book(), clock, logger, makeBinary });
  const job = createBackupJob({ jobs: { note: async () => {}, lastRuns: async () => [] }, clock, logger });
  const starter = createRunStarter({
    ...{ devices: () => devices, runner, states, newId: randomUUID, job, logger },
  });
  const { record } = createAudit({ book: createAccountBooks({ database }).audit, clock });
  const acts = createBackupActs({ desk, starter, record });
  const listed = () => devices.map(({ name }) => ({ name, hasLogin: true, hasBackups: true, isPaused: false }));
  return {
    book: bookWith(vault),
    binaries,
    runs,
    states,
    starter,
    logger,
    part: {
      navigation: [BACKUPS_LINK],
      devicePanels: [createBackupsPanel({ look, timeZone: TIME_ZONE })],
      routes: ({ frame }) => [
        ...createBackupRoutes({
          ...{ desk, look, acts, runs, states, watches, starter, frame, clock, timeZone: TIME_ZONE },
          ...{ devices: listed, staleAfterMs: 48 * 3_600_000 },
        }),
        ...createArchiveRoutes({
          ...{ archives: { list: async () => archives }, recipients: [RECIPIENT], frame, timeZone: TIME_ZONE, clock },
        }),
      ],
    },
  };
}
