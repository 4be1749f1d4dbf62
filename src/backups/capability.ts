import { randomUUID } from 'node:crypto';
import type { Base, Capability } from '../capability.ts';
import type { Roster } from '../devices/roster.ts';
import type { NoticeWriter } from '../notices/ports.ts';
import type { DatabaseTransaction } from '../platform/store/database.ts';
import type { SealedSecrets } from '../runtime/rotation.ts';
import { type KeySettings, requireVault, vaultOf } from '../runtime/vault.ts';
import type { BackupBooks } from './commands/frame.ts';
import { createBackupDesk } from './desk.ts';
import { importFiles } from './import.ts';
import { createFindModel } from './models/find.ts';
import type { BackupSettings } from './settings.ts';
import { forgetBackups } from './store/backup-purger.ts';
import { createBackupSecrets } from './store/backup-secrets.ts';
import { createBackupStore } from './store/backup-store.ts';
import { createRunStore } from './store/run-store.ts';
import type { BackupBook } from './versions.ts';

export interface BackupsSettings extends KeySettings {
  readonly backup: BackupSettings;
}

export interface BackupsNeeds {
  readonly roster: Pick<Roster, 'devices'>;
  readonly notices: NoticeWriter<DatabaseTransaction>;
}

/** Configurations of devices: kept, compared and searched. */
export interface Backups extends Capability {
  /** For a change of the key. */
  readonly secrets: SealedSecrets;
  desk: BackupBooks['backups']['desk'];
  readonly runs: BackupBooks['backups']['runs'];
  importFiles: BackupBooks['backups']['importFiles'];
}

/** Of a device that the roster does not know: what most are. */
const USUAL_MODEL = 'routeros';

export function createBackups(base: Base, settings: BackupsSettings, { roster, notices }: BackupsNeeds): Backups {
  const { database, clock } = base;
  const { keep, days, models } = settings.backup;
  const vault = vaultOf(settings);
  const findModel = createFindModel(models);
  const newId = randomUUID;
  const runs = createRunStore({ database, notices });
  const book = (): BackupBook => createBackupStore({ database, vault: requireVault(vault), notices, keep });
  const modelOf = (name: string) => roster.devices().find((device) => device.name === name)?.model ?? USUAL_MODEL;
  return {
    secrets: createBackupSecrets({ database }),
    desk: () => createBackupDesk({ book: book(), findModel, newId }),
    runs,
    importFiles: (files) => importFiles(files, { book: book(), findModel, modelOf, newId }),
    forget: forgetBackups({ book: vault === null ? null : book(), runs, days: days ?? null, clock }),
  };
}
