import { TroubleError } from '../runtime/errors.ts';
import type { Examination, Examine } from '../runtime/examination.ts';
import { about, type Finding, ok, type PartFinding, routerSubject, troubled, warning } from '../runtime/finding.ts';
import { readableName } from '../runtime/format.ts';
import { createLimiter } from '../runtime/limiter.ts';
import type { DeviceShell } from './ports.ts';
import { examineRouter } from './routeros/examine-router.ts';

/** A device that is backed up, as `check` looks at it. */
export interface ExaminedDevice {
  readonly name: string;
  readonly model: string;
  readonly username: string;
  /** Whether it may use algorithms that are only left for old devices. */
  readonly isLegacy: boolean;
  /** Whether binary backups are asked for. */
  readonly hasBinary: boolean;
  readonly shell: DeviceShell;
}

export interface BackupsExamineDeps {
  /** Those of all sources, once the ones in the database are up to date. */
  readonly devices: () => readonly ExaminedDevice[];
  /** Brings them up to date. Rejects with a `TroubleError` when the database is away. */
  readonly refresh: () => Promise<void>;
  /** Devices at once. */
  readonly places: number;
}

/** Whether each device that is backed up can be reached by SSH, shows its host key, and takes the login; and what a RouterOS then says. */
export function createBackupsExamine({ devices, refresh, places }: BackupsExamineDeps): Examine {
  return async (examination) => {
    const limiter = createLimiter(places);
    const [isFresh, routers] = await Promise.all([
      examination.read(async () => {
        await refresh();
        return true;
      }),
      examination.routers(),
    ]);
    const known = new Set(routers);
    const findings = devices().map(async (device): Promise<readonly Finding[]> => {
      const subject = known.has(device.name) ? routerSubject(device.name) : `device ${device.name}`;
      // The host keys are in the database: no password goes to a device whose key cannot be compared.
      const parts =
        isFresh === null ? [NOT_CHECKED] : await limiter.run(() => examineLogin(device, examination.signal));
      return about(subject, parts);
    });
    return (await Promise.all(findings)).flat();
  };
}

const NOT_CHECKED = warning(
  'ssh',
  'not checked: the host keys are in the database, which cannot be used',
  'Correct what is said about the database.',
);

async function examineLogin(
  { model, username, isLegacy, hasBinary, shell }: ExaminedDevice,
  signal: Examination['signal'],
): Promise<PartFinding[]> {
  const old = isLegacy ? [LEGACY] : [];
  try {
    const session = await shell.open(signal);
    try {
      const more = model === 'routeros' ? await examineRouter(session, { username, hasBinary }, signal) : [];
      return [...REACHED, HOST_KEY, ok('ssh login', `logged in as ${readableName(username)}`), ...old, ...more];
    } finally {
      session.close();
    }
  } catch (error) {
    if (!(error instanceof TroubleError)) throw error;
    return [...judgeTrouble(error), ...old];
  }
}

const REACHED = [ok('ssh', 'answers')];
const HOST_KEY = ok('host key', 'the pinned one; that of a new device is pinned now');
const LEGACY = warning(
  'ssh',
  'legacy is set: old algorithms are allowed, which can be broken',
  'Update the device, then remove legacy from its ssh.',
);

function judgeTrouble(trouble: TroubleError): PartFinding[] {
  if (trouble.code === 'SSH_HOST_KEY_CHANGED') return [...REACHED, troubled('host key', trouble)];
  if (trouble.code === 'SSH_LOGIN_FAILED') return [...REACHED, HOST_KEY, troubled('ssh login', trouble)];
  return [troubled('ssh', trouble)];
}
