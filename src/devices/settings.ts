import type { LibrenmsConfig, RouterConfig } from '../platform/config/schema.ts';
import type { Assignment } from './assign.ts';
import type { Device, DeviceSource, ListedDevice } from './ports.ts';

/** The routers of the configuration; they change only with it, which makes a new worker. */
export function configuredDevices(routers: readonly RouterConfig[]): DeviceSource {
  const devices = routers.map((router): Device => deviceOf(router, 'config'));
  return { devices: () => devices, follow: () => {} };
}

/** Which devices of LibreNMS are added. */
export function assignmentOf({ match, exclude }: LibrenmsConfig): Omit<Assignment, 'configured'> {
  return { match, exclude };
}

/** A device that LibreNMS lists, with what the configuration says of all of them. */
export function listedDevice({ hostname, host }: ListedDevice, librenms: LibrenmsConfig): Device {
  return deviceOf({ ...librenms, name: hostname, host }, 'librenms');
}

function deviceOf(router: RouterConfig, source: Device['source']): Device {
  const { name, host, port, tls, username, password, encoding, lineMbps } = router;
  return { name, host, model: 'routeros', source, api: { port, tls, username, password, encoding }, lineMbps };
}
