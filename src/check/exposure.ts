import { asTyped } from '../runtime/command-name.ts';
import type { PartFinding } from '../runtime/finding.ts';
import { ok, warning } from '../runtime/finding.ts';
import { readableName } from '../runtime/format.ts';
import { notLookedAt } from './finding.ts';
import type { Reach, RouterAddress, RouterReport, ServiceRow } from './ports.ts';
import { certificateCommands, type RouterOs, serviceSelector } from './version.ts';

/** The services through which the API is used. */
export const API_SERVICES = ['api', 'api-ssl'];
const EVERYBODY = ['0.0.0.0/0', '::/0', '0.0.0.0', '::'];

/** Which addresses can reach the API, and whether its traffic can be read on the way. `version` is `null` where unknown. */
export function judgeExposure(
  router: RouterAddress,
  { localAddress }: Pick<Reach, 'localAddress'>,
  { services }: Pick<RouterReport, 'services'>,
  version: RouterOs | null,
): PartFinding[] {
  if ('unread' in services) return [notLookedAt('exposure', services.unread, '/ip service')];
  if (services.rows.every(({ name }) => !API_SERVICES.includes(name))) {
    return [
      warning(
        'exposure',
        'not checked: the router does not list the services api and api-ssl',
        'Check it on the router: `/ip service print`',
      ),
    ];
  }
  const apis = services.rows.filter(({ name, disabled }) => API_SERVICES.includes(name) && !disabled);
  const findings = apis.map((service) => judgeService(service, localAddress, version));
  const used = router.protection === 'clear' ? 'api' : 'api-ssl';
  if (apis.every(({ name }) => name !== used)) findings.push(judgeUnlisted(used));
  if (router.protection !== 'clear') return findings;
  const encrypted = services.rows.find(({ name }) => name === 'api-ssl');
  return encrypted === undefined ? findings : [...findings, judgeClearText(encrypted, version)];
}

function judgeService(
  { name, networks }: ServiceRow,
  localAddress: string | null,
  version: RouterOs | null,
): PartFinding {
  if (networks.length > 0 && !networks.some((network) => EVERYBODY.includes(network))) {
    return ok('exposure', `the service ${name} takes connections from ${networks.map(readableName).join(', ')} only`);
  }
  return warning(
    'exposure',
    `the service ${name} takes connections from any address`,
    `\`/ip service set ${serviceSelector(name, version)} address=${localAddress ?? 'THIS_SERVER'}\`, with every other address that ` +
      `needs it, separated by commas. Allow only these in the firewall too: \`${asTyped(`hardening --server-ip ${localAddress ?? 'THIS_SERVER'}`)}\` writes both.`,
  );
}

/** The check is logged in through this service, so it is on. */
function judgeUnlisted(name: string): PartFinding {
  return warning(
    'exposure',
    `not checked: the router does not list the service ${name} as enabled, but it is in use now`,
    'Check that host and port lead to this router itself and not through a port forwarding; see `/ip service print`',
  );
}

function judgeClearText(encrypted: ServiceRow, version: RouterOs | null): PartFinding {
  const part = 'encryption';
  if (encrypted.disabled) return ok(part, 'no encryption; the service api-ssl is disabled');
  const port = encrypted.port ?? 8729;
  const begin = encrypted.hasCertificate ? 'Set' : `${certificateCommands(version)}; then set`;
  return warning(
    part,
    'password and counters are sent unencrypted, although the router has api-ssl',
    `${begin} tls: { fingerprint } and port: ${port} for this router; check shows the fingerprint with tls: { insecure: true }.`,
  );
}
