import type { RouterTarget } from '../adapters/routeros/queue-reader.ts';
import type { Config, LibrenmsConfig, RouterConfig } from '../config/schema.ts';
import type { Device } from '../features/discovery/ports.ts';

/** A device that LibreNMS knows, as if it were configured. */
export function routerOf({ hostname, host }: Device, librenms: LibrenmsConfig): RouterConfig {
  const { port, tls, username, password, lineMbps, encoding } = librenms;
  return { name: hostname, host, port, tls, username, password, lineMbps, encoding };
}

/** Where and how a configured router is read. */
export function targetOf(router: RouterConfig, config: Config): RouterTarget {
  const { name, host, port, tls, username, encoding } = router;
  const timeoutMs = config.collect.timeoutSeconds * 1000;
  return { name, host, port, tls, username, password: () => router.password.reveal(), encoding, timeoutMs };
}
