import { readableName } from '../../runtime/format.ts';
import { listNames, notLookedAt, ok, warning } from './finding.ts';
import type { PartFinding, Reach, RouterAddress, RouterReport, ServiceRow } from './ports.ts';
import { certificateCommands, type RouterOs, serviceSelector } from './version.ts';

const API_SERVICES = ['api', 'api-ssl'];
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
      'needs it, divided by commas; and let only these in by the firewall too: `netsentinel hardening` writes both.',
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

/** Who else is in: they would be shut out by the hardening. And whether the next login still finds a place. */
export function judgeSessions(
  router: RouterAddress,
  { localAddress }: Pick<Reach, 'localAddress'>,
  { sessions, services }: Pick<RouterReport, 'sessions' | 'services'>,
  version: RouterOs | null,
): PartFinding[] {
  if ('unread' in sessions) return [notLookedAt('sessions', sessions.unread, '/user active')];
  const inApi = sessions.rows.filter(({ via }) => API_SERVICES.includes(via));
  const own = inApi.filter(({ user }) => user === router.username);
  // Behind address translation the router does not know us by the address that we know: then all of our user's count as ours.
  const isTranslated = !own.some(({ address }) => address === localAddress);
  const others = inApi.filter((session) =>
    isTranslated ? session.user !== router.username : session.address !== localAddress,
  );
  const who = [...new Set(others.map(({ user, address }) => `${user} from ${address}`))];
  const found =
    who.length === 0
      ? ok('sessions', 'nobody else uses the API')
      : warning(
          'sessions',
          `the API is also used by ${listNames(who)}; the hardening would shut them out`,
          "If they are yours, give their addresses to `netsentinel hardening` as --admin-net; if not, change the users' passwords.",
        );
  const serviceName = router.protection === 'clear' ? 'api' : 'api-ssl';
  const service = 'rows' in services ? services.rows.find(({ name }) => name === serviceName) : undefined;
  const used = inApi.filter(({ via }) => via === serviceName).length;
  const cap = service?.maxSessions ?? null;
  return cap !== null && isNear(used, cap)
    ? [
        found,
        warning(
          'session cap',
          `${used} of ${cap} sessions of the service ${serviceName} are in use; the next ones are refused`,
          `Find out who keeps them open: \`/user active print\`; or \`/ip service set ${serviceSelector(serviceName, version)} max-sessions=${cap * 2}\``,
        ),
      ]
    : [found];
}

/** Four fifths are used. */
function isNear(used: number, cap: number): boolean {
  return used * 5 >= cap * 4;
}
