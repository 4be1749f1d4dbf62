import { TroubleError } from '../runtime/errors.ts';
import { quoteRsc } from '../runtime/rsc-text.ts';
import { parseHost, parseSource } from './address.ts';
import { fillIn } from './fill-in.ts';
import { parsePassword } from './password.ts';
import { rollbackText } from './rollback.ts';

export interface HardeningOptions {
  /** The text of `routeros/security_hardening.rsc`. */
  readonly template: string;
  /** Addresses of the server, the one the worker polls from first; IPv4 or IPv6. */
  readonly serverAddresses: readonly string[];
  /** Further addresses or networks that may use the API. */
  readonly adminNetworks: readonly string[];
  readonly password: string;
  /** Minutes until the router undoes everything by itself; 0 for never. */
  readonly rollbackMinutes: number;
  /** Also do the script's optional part. */
  readonly optional: boolean;
}

/**
 * The hardening script with its values filled in, ready for `/import`.
 * @throws TroubleError `HARDENING_ADDRESS`, `HARDENING_PASSWORD`, `HARDENING_ROLLBACK`: a value the router could not take;
 *   `HARDENING_TEMPLATE`: the template has been changed where the values go
 */
export function renderHardening(options: HardeningOptions): string {
  const servers = unique(options.serverAddresses.map(parseHost));
  if (servers.length === 0)
    throw new TroubleError(
      'HARDENING_ADDRESS',
      'the address of the server is missing',
      'Give the address from which NetSentinel polls: --server-ip 192.0.2.10.',
    );
  const networks = unique(options.adminNetworks.map(parseSource)).filter((network) => !servers.includes(network));
  return fillIn('security_hardening.rsc', options.template, {
    nsServers: quoteRsc(servers.join(',')),
    nsAdminNets: quoteRsc(networks.join(',')),
    nsPassword: quoteRsc(parsePassword(options.password)),
    nsRollbackMinutes: rollbackText(options.rollbackMinutes),
    nsOptional: String(options.optional),
  });
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
