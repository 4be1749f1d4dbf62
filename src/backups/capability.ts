import { randomUUID } from 'node:crypto';
import type { Base, Capability } from '../capability.ts';
import type { Device } from '../devices/ports.ts';
import type { Roster } from '../devices/roster.ts';
import type { IncidentWriter, RecordChange } from '../incidents/ports.ts';
import type { MakeNotice } from '../notices/make-notice.ts';
import type { NoticeWriter, PageLinks, Postman, Recipients } from '../notices/ports.ts';
import { joinSources } from '../platform/metrics/join.ts';
import { createHostKeyStore } from '../platform/ssh/host-key-store.ts';
import type { DatabaseTransaction } from '../platform/store/database.ts';
import { TroubleError } from '../runtime/errors.ts';
import { createLimiter } from '../runtime/limiter.ts';
import { joinSecrets, type SealedSecrets } from '../runtime/rotation.ts';
import { type KeySettings, requireVault, vaultOf } from '../runtime/vault.ts';
import { createBackupActs } from './acts.ts';
import { createArchiving } from './archives/archiving.ts';
import { createBinaryMaker } from './binary.ts';
import type { BackupBooks } from './commands/frame.ts';
import type { RunBooks } from './commands/run.ts';
import { createBackupDesk } from './desk.ts';
import { createBackupsExamine } from './examine.ts';
import { importFiles } from './import.ts';
import { createBackupJob } from './job.ts';
import { createBackupLook } from './look.ts';
import { createFindModel } from './models/find.ts';
import type { BackupDevice, DeviceShell } from './ports.ts';
import { makeNonce } from './proof.ts';
import { readCommands } from './reader/command-list.ts';
import { createDeviceAccess } from './reader/device-access.ts';
import { readRepository } from './reader/git-repository.ts';
import { rehearseVersion } from './rehearsal.ts';
import { createRunner, type Runner } from './run.ts';
import { createScheduledBackups } from './schedule.ts';
import { createScheduleDesk } from './schedule-desk.ts';
import type { BackupSettings } from './settings.ts';
import { createStaleWatch } from './stale.ts';
import { isReached, type ListedDevice } from './standing.ts';
import { createRunStarter } from './start-run.ts';
import { forgetBackups } from './store/backup-purger.ts';
import { createBackupSecrets } from './store/backup-secrets.ts';
import { createBackupStore } from './store/backup-store.ts';
import { createBinarySecrets } from './store/binary-secrets.ts';
import { createBinaryStore } from './store/binary-store.ts';
import { createRunStates } from './store/run-states.ts';
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
  /** Where a device answers SSH, whether or not it is backed up; `null`: there is no such device. */
  readonly findSshPlace: (
    name: string,
  ) => Promise<{ readonly host: string; readonly port: number; readonly hostKey: string | null } | null>;
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
  /** Keeps who changed what, on pages and by the API. */
  readonly record: RecordChange;
}

/** Configurations of devices: kept, compared and searched. */
export interface Backups extends Capability {
  /** For a change of the key. */
  readonly secrets: SealedSecrets;
  desk: BackupBooks['backups']['desk'];
  readonly states: BackupBooks['backups']['states'];
  readonly archives: BackupBooks['backups']['archives'];
  copyOnce: RunBooks['backups']['copyOnce'];
  readonly schedules: BackupBooks['backups']['schedules'];
  readRepository: BackupBooks['backups']['readRepository'];
  rehearse: BackupBooks['backups']['rehearse'];
  importFiles: BackupBooks['backups']['importFiles'];
  devices(): readonly BackupDevice[];
  run: RunBooks['backups']['run'];
  /** From now on only this host key of a device is talked to. Rejects with a `TroubleError` where there is none of this name. */
  trust(device: string, fingerprint: string): Promise<void>;
}

/** More than any configuration. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Devices at once. */
const PLACES = 16;

/** Large configurations that are looked at at once. */
const LOOKS = 2;
const HOUR_MS = 3_600_000;

/** Of a device that the roster does not know: what most are. */
const USUAL_MODEL = 'routeros';

export async function createBackups(base: Base, settings: BackupsSettings, needs: BackupsNeeds): Promise<Backups> {
  const { database, clock, calendar, ssh: client } = base;
  const { roster, notices } = needs;
  const { keep, days, models, idleSeconds, totalSeconds, staleAfterHours, schedules: configured } = settings.backup;
  const vault = vaultOf(settings);
  const findModel = createFindModel(models);
  const newId = randomUUID;
  const runs = createRunStore({ database, notices });
  const scheduleBook = createScheduleStore({ database });
  const book = (): BackupBook => createBackupStore({ database, vault: requireVault(vault), notices, keep });
  const binaries = createBinaryStore({ database, vault: () => requireVault(vault) });
  const modelOf = (name: string) => roster.named(name)?.model ?? USUAL_MODEL;
  const hostKeys = createHostKeyStore({ database, clock });
  const teller = createBackupTeller({ ...base, ...needs });
  const { archiver, ...archiving } = await createArchiving({
    ...base,
    ...{ settings: settings.backup, texts: book, binaries, ssh: client, notices, newId },
    ...{ tell: teller.archive, wake: () => needs.postman.wake() },
  });

  const accessTo = createDeviceAccess({
    ...{ client, logger: base.logger, binary: settings.backup.binary },
    wrapShell: needs.wrapShell ?? ((shell) => shell),
  });

  const watches = createWatchStore({ database, notices, incidents: needs.incidents });
  const staleWatch = createStaleWatch({
    ...base,
    ...{ teller, postman: needs.postman },
    expected: () => ({
      expected: new Set(backedUp().map(({ name }) => name)),
      known: new Set(roster.devices().map(({ name }) => name)),
      areAllKnown: needs.areAllKnown(),
    }),
    book: watches,
    staleAfterMs: staleAfterHours * HOUR_MS,
  });
  const metrics =
    base.registry === null
      ? null
      : (await import('./metrics.ts')).createBackupMetrics(base.registry, { watches: staleWatch.watches, clock });
  let made: Runner | null = null;
  /** One for all runs: each of several would back up so many devices at once. */
  function runner(): Runner {
    const limits = { idleMs: idleSeconds * 1000, totalMs: totalSeconds * 1000 };
    made ??= createRunner({
      ...{ book: book(), runs: metrics?.count(runs) ?? runs, findModel, clock, logger: base.logger, newId },
      ...{ places: PLACES, newNonce: makeNonce, random: Math.random },
      ...{ tell: teller.kept, tellFailures: teller.failures, tellBinaryFailures: teller.binaryFailures },
      makeBinary: createBinaryMaker({ book: binaries, limits, clock, logger: base.logger, newNonce: makeNonce }),
      limits: { ...limits, mostBytes: MOST_BYTES },
      wake() {
        needs.postman.wake();
        archiver.wake();
      },
    });
    return made;
  }
  const reached = () =>
    roster.devices().flatMap((device) => {
      const { ssh } = device;
      return ssh === null || !isReached(listedOf(device)) ? [] : [{ ...device, ssh, ...accessTo(device, ssh) }];
    });
  const examineDevices = createBackupsExamine({
    ...{ refresh: needs.refresh, places: PLACES },
    devices: () =>
      reached().map(({ name, model, ssh, shell, binary }) => ({
        ...{ name, model, shell, username: ssh.username, isLegacy: ssh.legacy, hasBinary: binary !== null },
      })),
  });
  const backedUp = () =>
    reached().map(({ name, model, tags, shell, binary }) => ({ name, model, tags, shell, binary }));

  const timeZone = calendar.timeZone;
  const schedules = createScheduleDesk({
    ...{ book: scheduleBook, configured, devices: backedUp, clock, timeZone },
    requireKey: () => void requireVault(vault),
  });

  const job = createBackupJob(base);
  const scheduled = () =>
    createScheduledBackups({ ...base, job, configured, book: scheduleBook, devices: backedUp, runner: runner() });

  const desk = () => createBackupDesk({ book: book(), binaries, findModel, newId });
  const limiter = createLimiter(LOOKS);
  const look = () => createBackupLook({ book: book(), binaries, findModel, clock, limiter });
  const states = createRunStates({ database });
  const starter = createRunStarter({ ...base, job, devices: backedUp, runner, states, newId });
  const acts = createBackupActs({ desk, starter, record: needs.record });

  return {
    // Without a key nothing can be kept.
    parts: vault === null ? [] : [archiver, scheduled(), starter.part, staleWatch],
    archives: archiving.desk,
    copyOnce: archiver.tryOnce,
    ...(metrics === null ? {} : { metrics: joinSources([metrics, archiving.metrics ?? {}]) }),
    schedules,
    devices: backedUp,
    run: (devices, signal) => runner().run(devices, signal),
    async trust(name, fingerprint) {
      const place = await needs.findSshPlace(name);
      if (place === null) throw unknownDevice(name);
      if (place.hostKey !== null) throw keyConfigured(name);
      await hostKeys.trust(place, fingerprint);
    },
    examine: async (examination) =>
      (await Promise.all([examineDevices(examination), archiving.examine(examination)])).flat(),
    async site() {
      const [{ createBackupRoutes, createBackupsPanel, BACKUPS_LINK }, { createScheduleRoutes }, archiveSite] =
        await Promise.all([import('./routes.ts'), import('./routes/schedules.ts'), import('./routes/archives.ts')]);
      const { record } = needs;
      return {
        navigation: [BACKUPS_LINK],
        devicePanels: [createBackupsPanel({ look, timeZone })],
        routes: ({ frame }) => [
          ...createBackupRoutes({
            ...{ desk, look, acts, runs, states, watches, starter, frame, clock, timeZone },
            ...{ devices: () => roster.devices().map(listedOf), staleAfterMs: staleAfterHours * HOUR_MS },
          }),
          ...createScheduleRoutes({ schedules, frame, timeZone, hasKey: vault !== null, record }),
          ...archiveSite.createArchiveRoutes({
            ...{ archives: archiving.desk, recipients: settings.backup.recipients, frame, timeZone, clock },
          }),
        ],
      };
    },
    secrets: joinSecrets([createBackupSecrets({ database }), createBinarySecrets({ database })]),
    desk,
    states,
    readRepository: (gitDir, signal) => readRepository(gitDir, { most: keep, now: clock.now() }, signal),
    rehearse: (device, version) => rehearseVersion(device, version, { book: book(), readCommands }),
    importFiles: (files) => importFiles(files, { book: book(), findModel, modelOf, newId, now: clock.now() }),
    forget: forgetBackups({ book: vault === null ? null : book(), runs, days: days ?? null, clock }),
  };
}

function listedOf({ name, ssh, hasBackups, isPaused }: Device): ListedDevice {
  return { name, hasLogin: ssh !== null, hasBackups, isPaused };
}

function unknownDevice(name: string): TroubleError {
  return new TroubleError(
    'DEVICE_UNKNOWN',
    `no device has the name '${name}'`,
    'See the names: device list. A device that LibreNMS lists is known once a worker has asked LibreNMS.',
  );
}

function keyConfigured(name: string): TroubleError {
  return new TroubleError(
    'SSH_HOST_KEY_CONFIGURED',
    `the host key of '${name}' is set in the configuration: nothing was changed`,
    'Change hostKey in its ssh there, or take it out: then the key that is accepted here counts.',
  );
}
