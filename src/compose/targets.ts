import { assignDevices } from '../devices/assign.ts';
import type { Device, DeviceDirectory } from '../devices/ports.ts';
import { createLibrenmsClient } from '../platform/librenms/client.ts';
import type { RouterTarget } from '../platform/routeros/line.ts';
import type { Config, LibrenmsConfig, RouterConfig } from '../settings.ts';

/** LibreNMS takes seconds for a thousand devices. */
const LIBRENMS_TIMEOUT_MS = 30_000;

export function directoryOf({ url, token }: LibrenmsConfig): DeviceDirectory {
  return createLibrenmsClient({ url, token: () => token.reveal(), timeoutMs: LIBRENMS_TIMEOUT_MS });
}

/** Which devices are routers of their own, by the configuration. */
export function assignmentOf({ routers, librenms }: Config) {
  const { match = '*', exclude = [] } = librenms ?? {};
  return { configured: routers, match, exclude };
}

/** The routers that devices stand for, besides the configured ones. */
export function routersOf(devices: readonly Device[], config: Config): RouterConfig[] {
  const { librenms } = config;
  if (librenms === undefined) return [];
  return assignDevices(devices, assignmentOf(config)).added.map((device) => routerOf(device, librenms));
}

/** A device that LibreNMS knows, as if it were configured. */
function routerOf({ hostname, host }: Device, librenms: LibrenmsConfig): RouterConfig {
  const { port, tls, username, password, lineMbps, encoding } = librenms;
  return { name: hostname, host, port, tls, username, password, lineMbps, encoding };
}

/** Where and how a configured router is read. */
export function targetOf(router: RouterConfig, config: Config): RouterTarget {
  const { name, host, port, tls, username, encoding } = router;
  const timeoutMs = config.collect.timeoutSeconds * 1000;
  return { name, host, port, tls, username, password: () => router.password.reveal(), encoding, timeoutMs };
}
