import { z } from 'zod';
import type { NavigationLink } from '../platform/http/frame.ts';
import type { Panel, PanelReading } from '../platform/http/panels.ts';
import type { Route } from '../platform/http/route.ts';
import { TroubleError } from '../runtime/errors.ts';
import { type BackupApiDeps, backupRoutes } from './api/backups.ts';
import { runRoutes } from './api/runs.ts';
import { listAnswer } from './api/schemas.ts';
import { listEntries } from './entries.ts';
import type { BackupLook, DeviceHistory } from './look.ts';
import { quarantineNote, versionRows } from './pages/device.ts';
import { backupLink } from './pages/links.ts';
import type { BackupPagesDeps } from './routes/deps.ts';
import { createDeviceBackupPages } from './routes/device-pages.ts';
import { createFleetBackupPages } from './routes/fleet-pages.ts';

export interface BackupRoutesDeps extends BackupApiDeps, Omit<BackupPagesDeps, 'look'> {}

export const BACKUPS_LINK: NavigationLink = { key: 'backups', href: '/backups', title: 'Backups' };

/** Configurations of devices, as pages and as JSON. */
export function createBackupRoutes(deps: BackupRoutesDeps): Route[] {
  for (const name of ['pager', 'quarantine', 'runs'] as const) deps.frame.addPartial(`backup-${name}`, template(name));
  return [...createFleetBackupPages(deps), ...createDeviceBackupPages(deps), ...backupRoutes(deps), ...runRoutes(deps)];
}

const NOTHING: DeviceHistory = { versions: [], quarantine: null, binaries: [] };
/** Versions on the page of a device. */
const PANEL_ROWS = 5;

interface PanelDevice {
  readonly name: string;
  readonly ssh: object | null;
  /** Whether it is to be backed up. */
  readonly hasBackups: boolean;
}

/** The last versions of a device, on its page and in the API. */
export function createBackupsPanel({
  look,
  timeZone,
}: {
  readonly look: () => BackupLook;
  readonly timeZone: string;
}): Panel<PanelDevice> {
  async function historyOf(device: string): Promise<DeviceHistory> {
    try {
      return await look().history(device);
    } catch (error) {
      if (error instanceof TroubleError && error.code === 'KEY_MISSING') return NOTHING;
      throw error;
    }
  }

  const read = async ({ name, ssh, hasBackups }: PanelDevice): Promise<PanelReading> => {
    const { versions, quarantine, binaries } = await historyOf(name);
    const rows = versionRows(name, versions.toReversed(), binaries, timeZone).slice(0, PANEL_ROWS);
    const apart = quarantine === null ? [] : [quarantine];
    return {
      data: { backups: listEntries(versions.slice(-PANEL_ROWS), apart, binaries) },
      view: () => ({
        content: {
          isShown: rows.length > 0 || quarantine !== null || (ssh !== null && hasBackups),
          href: backupLink(name),
          quarantine: quarantine === null ? null : quarantineNote(name, quarantine, versions.at(-1), false, timeZone),
          rows,
        },
      }),
    };
  };
  const query = z.object({}).transform(() => read);
  return {
    ...{ key: 'backups', templates: { below: template('panel') }, query, typedQuery: query },
    answer: { backups: z.array(listAnswer).readonly() },
  };
}

function template(name: 'pager' | 'quarantine' | 'runs' | 'panel'): URL {
  return new URL(`./pages/${name}.hbs`, import.meta.url);
}
