import { asTyped } from '../../runtime/command-name.ts';
import { readableName } from '../../runtime/format.ts';
import { notLookedAt, ok, warning } from './finding.ts';
import type { PartFinding, Reach, RouterAddress, RouterReport, ServiceRow } from './ports.ts';
import { certificateCommands, type RouterOs, serviceSelector } from './version.ts';

/** The services through which the API is used. */
export const API_SERVICES = ['api', 'api-ssl'];
const EVERYBODY = ['0.0.0.0/0', '::/0', '0.0.0.0', '::'];

/** Who may knock at the API, and who may listen to what is said. `version` is `null` where it is not known. */
export function judgeExposure(
  router: RouterAddress,
  { localAddress }: Pick<Reach, 'localAddress'>,
  { services }: Pick<RouterReport, 'services'>,
  version: RouterOs | null,
): PartFinding[] {
  if ('unread' in services) return [notLookedAt('exposure', services.unread, '/ip service')];
  const apis = services.rows.filter(({ name, disabled }) => API_SERVICES.includes(name) && !disabled);
  const findings = apis.map((service) => judgeService(service, localAddress, version));
  const encrypted = apis.find(({ name }) => name === 'api-ssl');
  return router.protection === 'clear' ? [...findings, judgeClearText(encrypted, version)] : findings;
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
      `needs it, divided by commas; and let only these in by the firewall too: \`${asTyped('hardening')}\` writes both.`,
  );
}

function judgeClearText(encrypted: ServiceRow | undefined, version: RouterOs | null): PartFinding {
  const part = 'encryption';
  if (encrypted === undefined) return ok(part, 'clear text; the service api-ssl is switched off');
  const port = encrypted.port ?? 8729;
  const begin = encrypted.hasCertificate ? 'Set' : `${certificateCommands(version)}; then set`;
  return warning(
    part,
    'password and counters cross the network in clear text, though the router has api-ssl',
    `${begin} tls: { fingerprint } and port: ${port} for this router; check shows the fingerprint with tls: { insecure: true }.`,
  );
}
