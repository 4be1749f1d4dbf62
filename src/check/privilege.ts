import { asTyped } from '../runtime/command-name.ts';
import type { PartFinding } from '../runtime/finding.ts';
import { ok, quoteName, warning } from '../runtime/finding.ts';
import { readableName } from '../runtime/format.ts';
import { notLookedAt, scriptText } from './finding.ts';
import type { RouterReport } from './ports.ts';

const NEEDED = ['read', 'api'];
/** Built into RouterOS; they should not be changed. */
const BUILT_IN_GROUPS = ['read', 'write', 'full'];

/** Least privilege: the worker's user needs `read` and `api`, for everything that is polled; every policy beyond is one that a stolen password has too. */
export function judgePrivilege(username: string, { user, groups }: Pick<RouterReport, 'user' | 'groups'>): PartFinding {
  if ('unread' in user) return notLookedAt('rights', user.unread, '/user');
  if ('unread' in groups) return notLookedAt('rights', groups.unread, '/user group');
  const [own] = user.rows;
  const group = groups.rows.find(({ name }) => name === own?.group);
  if (own === undefined || group === undefined) {
    return warning(
      'rights',
      `${quoteName(username)} is not a local user of the router: its policies are unknown`,
      'If it comes from RADIUS, set Mikrotik-Group to a group with policy=read,api.',
    );
  }
  if (!NEEDED.every((policy) => group.policies.includes(policy))) {
    // Who has logged in by the API and may read this has both.
    return warning(
      'rights',
      `not checked: the router does not show the policies of the group ${quoteName(group.name)}`,
      'Check it on the router: `/user group print`; it should have only read and api.',
    );
  }
  const excess = group.policies.filter((policy) => !NEEDED.includes(policy));
  const of = `the group ${quoteName(group.name)}`;
  if (excess.length === 0)
    return ok(
      'rights',
      `${of} has only the policies ${group.policies.map(readableName).join(' and ')}: enough for usage and health`,
    );
  return warning(
    'rights',
    `${of} also has the policies ${excess.map(readableName).join(', ')}; only read and api are needed, for usage and health`,
    BUILT_IN_GROUPS.includes(group.name)
      ? `\`/user group add name=api_readonly policy=read,api\`, then \`/user set [find where name=${scriptText(username)}] group=api_readonly\` (\`${asTyped('hardening --server-ip THIS_SERVER')}\` writes both).`
      : `\`/user group set [find where name=${scriptText(group.name)}] policy=read,api\``,
  );
}
