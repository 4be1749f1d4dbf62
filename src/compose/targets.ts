import type { Device, DeviceDirectory } from '../devices/ports.ts';
import type { Config, LibrenmsConfig } from '../platform/config/schema.ts';
import { createLibrenmsClient } from '../platform/librenms/client.ts';
import type { RouterTarget } from '../platform/routeros/line.ts';

/** LibreNMS takes seconds for a thousand devices. */
const LIBRENMS_TIMEOUT_MS = 30_000;

export function directoryOf({ url, token }: LibrenmsConfig): DeviceDirectory {
  return createLibrenmsClient({ url, token: () => token.reveal(), timeoutMs: LIBRENMS_TIMEOUT_MS });
}

/** Where and how a device is read. */
export function targetOf({ name, host, api }: Device, config: Pick<Config, 'collect'>): RouterTarget {
  const { port, tls, username, encoding } = api;
  const timeoutMs = config.collect.timeoutSeconds * 1000;
  return { name, host, port, tls, username, password: () => api.password.reveal(), encoding, timeoutMs };
}
