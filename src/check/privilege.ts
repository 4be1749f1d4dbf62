import { asTyped } from '../runtime/command-name.ts';
import { readableName } from '../runtime/format.ts';
import { notLookedAt, ok, quoteName, scriptText, warning } from './finding.ts';
import type { PartFinding, RouterReport } from './ports.ts';

const NEEDED = ['read', 'api'];
/** They come with RouterOS and are nobody's to change. */
const BUILT_IN_GROUPS = ['read', 'write', 'full'];

/** Least privilege: the worker's user needs `read` and `api`; every policy beyond is one that a stolen password has too. */
export function judgePrivilege(username: string, { user, groups }: Pick<RouterReport, 'user' | 'groups'>): PartFinding {
  if ('unread' in user) return notLookedAt('rights', user.unread, '/user');
  if ('unread' in groups) return notLookedAt('rights', groups.unread, '/user group');
  const [own] = user.rows;
  const group = groups.rows.find(({ name }) => name === own?.group);
  if (own === undefined || group === undefined) {
    return warning(
      'rights',
      `${quoteName(username)} is no user of the router itself, so its policies are not known`,
      'If it comes from RADIUS, let Mikrotik-Group name a group with policy=read,api.',
    );
  }
  if (!NEEDED.every((policy) => group.policies.includes(policy))) {
    // Who has logged in by the API and may read this has both.
    return warning(
      'rights',
      `not looked at: the router does not tell the policies of the group ${quoteName(group.name)}`,
      'See for yourself on the router: `/user group print`; it should have read and api, and nothing else.',
    );
  }
  const excess = group.policies.filter((policy) => !NEEDED.includes(policy));
  const of = `the group ${quoteName(group.name)}`;
  if (excess.length === 0) return ok('rights', `${of} may only ${group.policies.map(readableName).join(' and ')}`);
  return warning(
    'rights',
    `${of} may also ${excess.map(readableName).join(', ')}; reading needs only read and api`,
    BUILT_IN_GROUPS.includes(group.name)
      ? `\`/user group add name=api_readonly policy=read,api\`, then \`/user set [find where name=${scriptText(username)}] group=api_readonly\` (\`${asTyped('hardening')}\` writes both).`
      : `\`/user group set [find where name=${scriptText(group.name)}] policy=read,api\``,
  );
}
