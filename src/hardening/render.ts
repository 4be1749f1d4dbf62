import { TroubleError } from '../runtime/errors.ts';
import { quoteRsc } from '../runtime/rsc-text.ts';
import { parseHost, parseSource } from './address.ts';
import { parsePassword } from './password.ts';

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

/** A day: a later rollback would be forgotten and undo the hardening unexpectedly. */
const longestRollbackMinutes = 24 * 60;

/**
 * The hardening script with its values filled in, ready for `/import`.
 * @throws TroubleError `HARDENING_ADDRESS`, `HARDENING_PASSWORD`, `HARDENING_ROLLBACK`: a value the router could not take;
 *   `HARDENING_TEMPLATE`: the template has been changed where the values go
 */
export function renderHardening(options: HardeningOptions): string {
  const { rollbackMinutes } = options;
  const servers = unique(options.serverAddresses.map(parseHost));
  if (servers.length === 0)
    throw new TroubleError(
      'HARDENING_ADDRESS',
      'the address of the server is missing',
      'Give the address from which NetSentinel polls: --server-ip 192.0.2.10.',
    );
  if (!Number.isInteger(rollbackMinutes) || rollbackMinutes < 0 || rollbackMinutes > longestRollbackMinutes)
    throw new TroubleError(
      'HARDENING_ROLLBACK',
      'the minutes until the rollback must be a whole number from 0 to 1440',
      'Give for example --rollback-minutes 10, or 0 for no rollback.',
    );
  const networks = unique(options.adminNetworks.map(parseSource)).filter((network) => !servers.includes(network));
  const values: Readonly<Record<string, string>> = {
    nsServers: quoteRsc(servers.join(',')),
    nsAdminNets: quoteRsc(networks.join(',')),
    nsPassword: quoteRsc(parsePassword(options.password)),
    nsRollbackMinutes: String(rollbackMinutes),
    nsOptional: String(options.optional),
  };
  return Object.entries(values).reduce((text, [name, value]) => fillIn(text, name, value), options.template);
}

/** Puts the value where the template declares the variable for the first time: once, and nowhere else. */
function fillIn(text: string, name: string, value: string): string {
  const declaration = new RegExp(`^(  :local ${name} )(?:"[^"\n]*"|\\w+)$`, 'm');
  if (!declaration.test(text))
    throw new TroubleError(
      'HARDENING_TEMPLATE',
      `the hardening script does not declare ${name}`,
      'Reinstall NetSentinel: routeros/security_hardening.rsc has been changed.',
    );
  return text.replace(declaration, (_, before: string) => before + value);
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
