import type { PartFinding } from '../check/ports.ts';
import { judgePrivilege } from '../check/privilege.ts';
import { judgeReach } from '../check/reach.ts';
import { createRouterInspector } from '../check/reader/inspector.ts';
import { routerOsOf } from '../check/version.ts';
import type { Device } from '../devices/ports.ts';
import type { Config } from '../platform/config/schema.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { targetOf } from './targets.ts';

/** Tries the way to a router step by step: its name, TCP, TLS, the login, and the rights of the user. */
export async function testRouter(
  device: Device,
  config: Pick<Config, 'collect'>,
  deps: { readonly clock: Clock; readonly logger: Logger; readonly signal: AbortSignal },
): Promise<readonly PartFinding[]> {
  const { clock, logger, signal } = deps;
  const { name, host, api } = device;
  const { port, tls, username } = api;
  const protection = tls === false ? 'clear' : typeof tls === 'object' && 'insecure' in tls ? 'insecure' : 'verified';
  const inspector = createRouterInspector({
    target: targetOf(device, config),
    userOf: (queue) => queue.name,
    clock,
    logger,
  });
  const { reach, router } = await inspector.inspect(signal);
  const address = { name, host, port, username, protection } as const;
  if (router === null) return judgeReach(address, reach, clock.now(), null);
  return [...judgeReach(address, reach, clock.now(), routerOsOf(router.resource)), judgePrivilege(username, router)];
}
