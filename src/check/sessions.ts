import { asTyped } from '../runtime/command-name.ts';
import type { PartFinding } from '../runtime/finding.ts';
import { ok, quoteName, warning, withRest } from '../runtime/finding.ts';
import { readableName } from '../runtime/format.ts';
import { API_SERVICES } from './exposure.ts';
import { notLookedAt } from './finding.ts';
import type { Reach, RouterAddress, RouterReport, SessionRow } from './ports.ts';
import { type RouterOs, serviceSelector } from './version.ts';

/** Who is left out of this list is shut out unasked. */
const LISTED_AT_MOST = 50;

/** Other logins, which the hardening would block, and whether the session limit allows another login. */
export function judgeSessions(
  router: RouterAddress,
  { localAddress }: Pick<Reach, 'localAddress'>,
  { sessions, services }: Pick<RouterReport, 'sessions' | 'services'>,
  version: RouterOs | null,
): PartFinding[] {
  if ('unread' in sessions) return [notLookedAt('sessions', sessions.unread, '/user active')];
  const inApi = sessions.rows.filter(({ via }) => API_SERVICES.includes(via));
  const found = judgeOthers(router, localAddress, inApi);
  const serviceName = router.protection === 'clear' ? 'api' : 'api-ssl';
  const service = 'rows' in services ? services.rows.find(({ name }) => name === serviceName) : undefined;
  const used = inApi.filter(({ via }) => via === serviceName).length;
  const cap = service?.maxSessions ?? null;
  return cap !== null && isNear(used, cap)
    ? [
        found,
        warning(
          'session cap',
          `${used} of ${cap} sessions of the service ${serviceName} are in use; more are refused`,
          `See who uses them: \`/user active print\`; or \`/ip service set ${serviceSelector(serviceName, version)} max-sessions=${cap * 2}\``,
        ),
      ]
    : [found];
}

function judgeOthers(router: RouterAddress, localAddress: string | null, sessions: readonly SessionRow[]): PartFinding {
  const ownAddresses = new Set(sessions.filter(({ user }) => user === router.username).map(({ address }) => address));
  // Behind address translation the router knows us by another address than we do: by the only one that our user comes from.
  const ours = localAddress !== null && ownAddresses.has(localAddress) ? localAddress : onlyOf(ownAddresses);
  const others = sessions.filter(({ address }) => address !== ours);
  if (ownAddresses.size === 0) {
    // The check itself is logged in: a list without its session is incomplete.
    return warning(
      'sessions',
      `not checked: the router does not list this session of ${quoteName(router.username)}${others.length === 0 ? '' : `; it lists ${withRest(namesOf(others), others.length)}`}`,
      'Check on the router who uses the API: `/user active print`',
    );
  }
  if (others.length === 0) return ok('sessions', 'no other session uses the API');
  const who = namesOf(others);
  const unsure = ours === null ? ' (one of these may be this machine, behind address translation)' : '';
  return warning(
    'sessions',
    `the API is also used by ${withRest(who.slice(0, LISTED_AT_MOST), who.length)}${unsure}; the hardening script would lock them out`,
    `If they are yours, pass their addresses as --admin-net: \`${asTyped('hardening --server-ip THIS_SERVER --admin-net NETWORK')}\`; if not, change the users' passwords.`,
  );
}

function namesOf(sessions: readonly SessionRow[]): string[] {
  return [...new Set(sessions.map(({ user, address }) => `${quoteName(user)} from ${readableName(address)}`))];
}

function onlyOf(addresses: ReadonlySet<string>): string | null {
  const [first = null] = addresses;
  return addresses.size === 1 ? first : null;
}

/** Four fifths are used. */
function isNear(used: number, cap: number): boolean {
  return used * 5 >= cap * 4;
}
