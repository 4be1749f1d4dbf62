import type { Registry } from 'prom-client';
import type { NoticeWriter } from '../../notices/ports.ts';
import type { MetricsSource } from '../../platform/metrics/metrics.ts';
import type { SshClient } from '../../platform/ssh/client.ts';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Examine } from '../../runtime/examination.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { TroubleLog } from '../../runtime/trouble-log.ts';
import { type ArchiveDesk, createArchiveDesk } from '../archive-desk.ts';
import { type Archiver, createArchiver } from '../archiver.ts';
import type { BinaryBook } from '../binary.ts';
import { createArchivesExamine } from '../examine-archives.ts';
import type { BackupSettings } from '../settings.ts';
import { createArchiveStore } from '../store/archive-store.ts';
import type { BackupTeller } from '../tell.ts';
import type { BackupBook } from '../versions.ts';
import { createArchives } from './create.ts';
import { createEncrypt } from './encrypt.ts';

export interface ArchivingNeeds {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly troubles: TroubleLog;
  /** `null`: nobody will read metrics. */
  readonly registry: Registry | null;
  readonly settings: Pick<BackupSettings, 'archives' | 'recipients' | 'keep'>;
  /** Throws a `TroubleError` `KEY_MISSING` without a key. */
  readonly texts: () => Pick<BackupBook, 'text'>;
  readonly binaries: Pick<BinaryBook, 'read'>;
  readonly ssh: Pick<SshClient, 'openFiles'>;
  readonly notices: NoticeWriter<DatabaseTransaction>;
  readonly tell: BackupTeller['archive'];
  readonly wake: () => void;
  readonly newId: () => string;
}

/** Off-site copies of all that is kept. */
export interface Archiving {
  readonly desk: ArchiveDesk;
  readonly archiver: Archiver;
  readonly examine: Examine;
  /** `null`: nobody will read them, or there is no archive. */
  readonly metrics: MetricsSource | null;
}

export async function createArchiving(needs: ArchivingNeeds): Promise<Archiving> {
  const { database, clock, logger, troubles, registry, settings, texts, binaries, ssh, notices, tell, wake, newId } =
    needs;
  const { recipients, keep } = settings;
  const archives = createArchives(settings.archives, { ssh, clock, keep });
  const book = createArchiveStore({ database, notices });
  const encrypt = createEncrypt(recipients);
  const now = () => clock.now();
  const names = archives.map(({ name }) => name);
  const metrics =
    registry === null || names.length === 0
      ? null
      : (await import('./metrics.ts')).createArchiveMetrics(registry, { archives: names, book, now });
  return {
    desk: createArchiveDesk({ archives, book, now }),
    archiver: createArchiver({
      ...{ archives, book, encrypt, clock, logger, troubles, newId, tell, wake, binaries },
      texts: { text: (device, version) => texts().text(device, version) },
      onCopy: (archive, bytes) => metrics?.copied(archive, bytes),
      onFailure: (archive) => metrics?.failed(archive),
    }),
    examine: createArchivesExamine({ archives, recipients: recipients.length, encrypt, book, clock }),
    metrics,
  };
}
