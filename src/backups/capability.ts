import { randomUUID } from 'node:crypto';
import type { Base, Capability } from '../capability.ts';
import type { Device, SshAccess } from '../devices/ports.ts';
import type { Roster } from '../devices/roster.ts';
import type { MakeNotice } from '../notices/make-notice.ts';
import type { NoticeWriter, Postman, Recipients } from '../notices/ports.ts';
import { createHostKeyStore } from '../platform/ssh/host-key-store.ts';
import type { DatabaseTransaction } from '../platform/store/database.ts';
import { TroubleError } from '../runtime/errors.ts';
import { createLimiter } from '../runtime/limiter.ts';
import type { SealedSecrets } from '../runtime/rotation.ts';
import { type KeySettings, requireVault, vaultOf } from '../runtime/vault.ts';
import { createBackupActs, type RecordChange } from './acts.ts';
import type { BackupBooks } from './commands/frame.ts';
import type { RunBooks } from './commands/run.ts';
import { createBackupDesk } from './desk.ts';
import { createBackupsExamine } from './examine.ts';
import { importFiles } from './import.ts';
import { createBackupLook } from './look.ts';
import { createFindModel } from './models/find.ts';
import type { BackupDevice, DeviceShell } from './ports.ts';
import { makeNonce } from './proof.ts';
import { createRunner } from './run.ts';
import { createScheduledBackups } from './schedule.ts';
import type { BackupSettings } from './settings.ts';
import { createRunStarter } from './start-run.ts';
import { forgetBackups } from './store/backup-purger.ts';
import { createBackupSecrets } from './store/backup-secrets.ts';
import { createBackupStore } from './store/backup-store.ts';
import { createRunStates } from './store/run-states.ts';
import { createRunStore } from './store/run-store.ts';
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
  /** Keeps who did what on pages and by the API. */
  readonly record: RecordChange;
}

/** Configurations of devices: kept, compared and searched. */
export interface Backups extends Capability {
  /** For a change of the key. */
  readonly secrets: SealedSecrets;
  desk: BackupBooks['backups']['desk'];
  readonly runs: BackupBooks['backups']['runs'];
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

/** Large configurations that are looked at at once. */
const LOOKS = 2;
/** A daily backup that failed once is no news yet. */
const STALE_AFTER_MS = 48 * 3_600_000;

/** Of a device that the roster does not know: what most are. */
const USUAL_MODEL = 'routeros';

export function createBackups(base: Base, settings: BackupsSettings, needs: BackupsNeeds): Backups {
  const { database, clock } = base;
  const { roster, notices } = needs;
  const { keep, days, models, idleSeconds, totalSeconds, schedules } = settings.backup;
  const vault = vaultOf(settings);
  const findModel = createFindModel(models);
  const newId = randomUUID;
  const runs = createRunStore({ database, notices });
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

  const runner = () =>
    createRunner({
      ...{ book: book(), runs, findModel, clock, logger: base.logger, newId, places: PLACES },
      ...{ newNonce: makeNonce, random: Math.random, tell: teller.kept, tellFailures: teller.failures },
      limits: { idleMs: idleSeconds * 1000, totalMs: totalSeconds * 1000, mostBytes: MOST_BYTES },
      wake: () => needs.postman.wake(),
    });
  const reached = () =>
    roster.devices().flatMap((device) => {
      const { ssh, hasBackups, isPaused } = device;
      return ssh === null || !hasBackups || isPaused ? [] : [{ ...device, ssh, shell: shellOf(device, ssh) }];
    });
  const devices = () => reached().map(({ name, model, tags, shell }) => ({ name, model, tags, shell }));

  const desk = () => createBackupDesk({ book: book(), findModel, newId });
  const limiter = createLimiter(LOOKS);
  const look = () => createBackupLook({ book: book(), findModel, clock, limiter });
  const states = createRunStates({ database });
  const starter = createRunStarter({ ...base, devices, runner, states, newId });
  const acts = createBackupActs({ desk, starter, record: needs.record });
  const listed = () =>
    roster.devices().map(({ name, ssh, hasBackups, isPaused }) => {
      return { name, hasLogin: ssh !== null, hasBackups, isPaused };
    });

  return {
    // Without a key nothing can be kept.
    parts:
      vault === null ? [] : [createScheduledBackups({ ...base, schedules, devices, runner: runner() }), starter.part],
    async site() {
      const { createBackupRoutes, createBackupsPanel, BACKUPS_LINK } = await import('./routes.ts');
      const { timeZone } = base.calendar;
      return {
        navigation: [BACKUPS_LINK],
        devicePanels: [createBackupsPanel({ look, timeZone })],
        routes: ({ frame }) =>
          createBackupRoutes({
            ...{ desk, look, acts, runs, states, starter, frame, clock, timeZone },
            ...{ devices: listed, staleAfterMs: STALE_AFTER_MS },
          }),
      };
    },
    devices,
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
    secrets: createBackupSecrets({ database }),
    desk,
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
