import { createDiscovery, type Discovery, type DiscoveryDeps } from '../devices/discovery.ts';
import type { DeviceSource, ListedDevice } from '../devices/ports.ts';
import { createRoster, type Roster } from '../devices/roster.ts';
import { assignmentOf, configuredDevices, listedDevice } from '../devices/settings.ts';
import { createDeviceStore } from '../devices/store/device-store.ts';
import type { Config } from '../platform/config/schema.ts';
import type { Database } from '../platform/store/database.ts';
import type { SchemaGate } from '../platform/store/schema-gate.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { TroubleLog } from '../runtime/trouble-log.ts';
import { directoryOf } from './targets.ts';

/** Which devices there are, and what keeps that up to date. */
export interface AppRoster {
  readonly roster: Roster;
  /** `null` when the configuration has no `librenms`. */
  readonly discovery: Discovery | null;
}

/** Joins the sources of devices. A further source has its place in the list; what stands first counts where two know the same device. */
export function createAppRoster(
  config: Config,
  deps: {
    readonly database: Database;
    readonly schema: SchemaGate;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly troubles: TroubleLog;
    readonly onBug: (error: unknown) => void;
    /** The last list of LibreNMS, of a worker before this one in the same process. */
    readonly listed: readonly ListedDevice[];
    readonly inventory: DeviceSource;
  },
): AppRoster {
  const discovery = discoveryOf(config, deps);
  const sources = [configuredDevices(config.routers), deps.inventory, discovery].filter((source) => source !== null);
  return { roster: createRoster(sources), discovery };
}

function discoveryOf({ librenms }: Config, deps: Parameters<typeof createAppRoster>[1]): Discovery | null {
  if (librenms === undefined) return null;
  return createDiscovery({
    ...deps,
    directory: directoryOf(librenms),
    book: guardedDevices(deps.database, deps.schema),
    assignment: assignmentOf(librenms),
    deviceOf: (listed) => listedDevice(listed, librenms),
    devices: deps.listed,
    everyMs: librenms.refreshMinutes * 60_000,
  });
}

/** The stored list of devices, once its table is there. */
function guardedDevices(database: Database, schema: SchemaGate): DiscoveryDeps['book'] {
  const devices = createDeviceStore({ database });
  return {
    async load() {
      schema.enter();
      return await devices.load();
    },
    async replace(list) {
      schema.enter();
      await devices.replace(list);
    },
  };
}
