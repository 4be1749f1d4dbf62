import { randomUUID } from 'node:crypto';
import type { Base, Capability } from '../capability.ts';
import type { Device, SshAccess } from '../devices/ports.ts';
import type { Roster } from '../devices/roster.ts';
import type { IncidentWriter, RecordChange } from '../incidents/ports.ts';
import type { MakeNotice } from '../notices/make-notice.ts';
import type { NoticeWriter, PageLinks, Postman, Recipients } from '../notices/ports.ts';
import { createHostKeyStore } from '../platform/ssh/host-key-store.ts';
import type { DatabaseTransaction } from '../platform/store/database.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { SealedSecrets } from '../runtime/rotation.ts';
import { type KeySettings, requireVault, vaultOf } from '../runtime/vault.ts';
import type { BackupBooks } from './commands/frame.ts';
import type { RunBooks } from './commands/run.ts';
import { createBackupDesk } from './desk.ts';
import { createBackupsExamine } from './examine.ts';
import { importFiles } from './import.ts';
import { createBackupMetrics } from './metrics.ts';
import { createFindModel } from './models/find.ts';
import type { BackupDevice, DeviceShell } from './ports.ts';
import { makeNonce } from './proof.ts';
import { createRunner } from './run.ts';
import { createScheduledBackups } from './schedule.ts';
import { createScheduleDesk } from './schedule-desk.ts';
import type { BackupSettings } from './settings.ts';
import { createStaleWatch } from './stale.ts';
import { forgetBackups } from './store/backup-purger.ts';
import { createBackupSecrets } from './store/backup-secrets.ts';
import { createBackupStore } from './store/backup-store.ts';
import { createRunStore } from './store/run-store.ts';
import { createScheduleStore } from './store/schedule-store.ts';
import { createWatchStore } from './store/watch-store.ts';
import { createBackupTeller } from './tell.ts';
import type { BackupBook } from './versions.ts';

export interface BackupsSettings extends KeySettings {
  readonly backup: BackupSettings;
}

export interface BackupsNeeds {
  readonly roster: Pick<Roster, 'devices' | 'named'>;
  /** Brings the devices in the database up to date. Rejects with a `TroubleError` when it is away. */
  readonly refresh: () => Promise<void>;
  readonly notices: NoticeWriter<DatabaseTransaction>;
  readonly makeNotice: MakeNotice;
  readonly recipients: Recipients;
  readonly postman: Postman;
  /** Stands between a device and its backup. */
  readonly wrapShell?: ((shell: DeviceShell) => DeviceShell) | undefined;
  /** Absent: nobody knows where the pages are. */
  readonly pages?: PageLinks | undefined;
  readonly incidents: IncidentWriter<DatabaseTransaction>;
  /** Whether a device that the roster does not know is surely gone. */
  readonly areAllKnown: () => boolean;
  /** Keeps who changed what. */
  readonly record: RecordChange;
}

/** Configurations of devices: kept, compared and searched. */
export interface Backups extends Capability {
  /** For a change of the key. */
  readonly secrets: SealedSecrets;
  desk: BackupBooks['backups']['desk'];
  readonly runs: BackupBooks['backups']['runs'];
  readonly schedules: BackupBooks['backups']['schedules'];
  importFiles: BackupBooks['backups']['importFiles'];
  devices(): readonly BackupDevice[];
  run: RunBooks['backups']['run'];
  /** From now on only this host key of a device is talked to. Rejects with a `TroubleError` where it has no SSH. */
  trust(device: string, fingerprint: string): Promise<void>;
}

/** For all until the login is done. */
const LOGIN_TIMEOUT_MS = 30_000;
/** More than any configuration. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Devices at once. */
const PLACES = 16;

const HOUR_MS = 3_600_000;

/** Of a device that the roster does not know: what most are. */
const USUAL_MODEL = 'routeros';

export function createBackups(base: Base, settings: BackupsSettings, needs: BackupsNeeds): Backups {
  const { database, clock, calendar } = base;
  const { roster, notices, wrapShell = (shell: DeviceShell) => shell } = needs;
  const { keep, days, models, idleSeconds, totalSeconds, staleAfterHours, schedules: configured } = settings.backup;
  const vault = vaultOf(settings);
  const findModel = createFindModel(models);
  const newId = randomUUID;
  const runs = createRunStore({ database, notices });
  const scheduleBook = createScheduleStore({ database });
  const book = (): BackupBook => createBackupStore({ database, vault: requireVault(vault), notices, keep });
  const modelOf = (name: string) => roster.named(name)?.model ?? USUAL_MODEL;
  const hostKeys = createHostKeyStore({ database, clock });
  const teller = createBackupTeller({ ...base, ...needs });

  /** The client takes some MB: it is loaded with the first login. */
  function shellOf({ host }: Device, ssh: SshAccess): DeviceShell {
    return {
      async open(signal) {
        const { openSsh } = await import('../platform/ssh/shell.ts');
        return await openSsh({ ...ssh, host, timeoutMs: LOGIN_TIMEOUT_MS }, { hostKeys, clock }, signal);
      },
    };
  }

  const staleWatch = createStaleWatch({
    ...base,
    ...needs,
    expected: () => ({
      expected: new Set(backedUp().map(({ name }) => name)),
      known: new Set(roster.devices().map(({ name }) => name)),
      areAllKnown: needs.areAllKnown(),
    }),
    book: createWatchStore({ database, notices, incidents: needs.incidents }),
    staleAfterMs: staleAfterHours * HOUR_MS,
  });
  const metrics =
    base.registry === null ? null : createBackupMetrics(base.registry, { watches: staleWatch.watches, clock });
  const runner = () =>
    createRunner({
      ...{
        book: book(),
        runs: metrics?.count(runs) ?? runs,
        findModel,
        clock,
        logger: base.logger,
        newId,
        places: PLACES,
      },
      ...{ newNonce: makeNonce, random: Math.random, tell: teller.kept, tellFailures: teller.failures },
      limits: { idleMs: idleSeconds * 1000, totalMs: totalSeconds * 1000, mostBytes: MOST_BYTES },
      wake: () => needs.postman.wake(),
    });
  const reached = () =>
    roster.devices().flatMap((device) => {
      const { ssh, hasBackups, isPaused } = device;
      return ssh === null || !hasBackups || isPaused
        ? []
        : [{ ...device, ssh, shell: wrapShell(shellOf(device, ssh)) }];
    });
  const backedUp = () => reached().map(({ name, model, tags, shell }) => ({ name, model, tags, shell }));

  const timeZone = calendar.timeZone;
  const schedules = createScheduleDesk({
    ...{ book: scheduleBook, configured, devices: backedUp, clock, timeZone },
    requireKey: () => void requireVault(vault),
  });

  const scheduled = () =>
    createScheduledBackups({ ...base, configured, book: scheduleBook, devices: backedUp, runner: runner() });

  return {
    // Without a key nothing can be kept.
    parts: vault === null ? [] : [scheduled(), staleWatch],
    ...(metrics === null ? {} : { metrics }),
    schedules,
    devices: backedUp,
    run: (devices, signal) => runner().run(devices, signal),
    async trust(name, fingerprint) {
      const device = roster.named(name);
      if (device === null || device.ssh === null) throw noSsh(name);
      await hostKeys.trust({ host: device.host, port: device.ssh.port }, fingerprint);
    },
    examine: createBackupsExamine({
      ...{ refresh: needs.refresh, places: PLACES },
      devices: () =>
        reached().map(({ name, ssh, shell }) => ({ name, shell, username: ssh.username, isLegacy: ssh.legacy })),
    }),
    async site() {
      const { createScheduleRoutes } = await import('./routes/schedules.ts');
      return {
        navigation: [{ key: 'backups', href: '/backups/schedules', title: 'Backups' }],
        routes: ({ frame }) =>
          createScheduleRoutes({ schedules, frame, timeZone, hasKey: vault !== null, record: needs.record }),
      };
    },
    secrets: createBackupSecrets({ database }),
    desk: () => createBackupDesk({ book: book(), findModel, newId }),
    runs,
    importFiles: (files) => importFiles(files, { book: book(), findModel, modelOf, newId }),
    forget: forgetBackups({ book: vault === null ? null : book(), runs, days: days ?? null, clock }),
  };
}

function noSsh(name: string): TroubleError {
  return new TroubleError(
    'DEVICE_WITHOUT_SSH',
    `no device has the name '${name}' and a login by SSH`,
    'Give it ssh in the configuration, or an ssh_credential: device set NAME --ssh-credential.',
  );
}
