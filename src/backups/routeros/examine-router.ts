import { ok, type PartFinding, warning } from '../../runtime/finding.ts';
import { formatBytes, readableName } from '../../runtime/format.ts';
import type { OutputLimits, ShellSession } from '../ports.ts';
import { typedText } from '../text.ts';
import { quoted } from './rows.ts';

/** Short answers: whoever takes longer does not answer. */
const LIMITS: OutputLimits = { idleMs: 10_000, totalMs: 15_000, mostBytes: 16_384 };
/** What an export with secrets needs; each policy beyond is one that a stolen login has too. */
const NEEDED = ['ssh', 'read', 'sensitive'];
const POLICY = 'policy=ssh,read,sensitive';
/** Below this RouterOS has trouble to keep even its own changes. */
const LEAST_FLASH_BYTES = 1_048_576;

/** What a router that is logged in to says of the rights of the user, its flash and the algorithms of its SSH. */
export async function examineRouter(
  session: ShellSession,
  username: string,
  signal: AbortSignal,
): Promise<PartFinding[]> {
  const ask = async (value: string): Promise<string> => {
    const { bytes, end } = await session.run(`:put [${value}]`, LIMITS, signal);
    return end === 'closed' ? bytes.toString('latin1').trim() : '';
  };
  const user = `[/user find where name=${quoted(typedText(username))}]`;
  const group = `[/user group find where name=[/user get ${user} group]]`;
  return [
    judgeRights(await ask(`/user group get ${group} policy`)),
    judgeFlash(await ask('/system resource get free-hdd-space')),
    judgeAlgorithms(await ask('/ip ssh get strong-crypto')),
  ];
}

/** A list of policies, those that are denied with a mark before them; anything else is an error text. */
function judgeRights(answer: string): PartFinding {
  const words = answer.split(/[;,]/).map((word) => word.trim());
  const policies = words.filter((word) => !word.startsWith('!'));
  if (!words.every((word) => /^!?[a-z][a-z-]*$/.test(word)) || !policies.includes('ssh')) {
    return warning(
      'ssh rights',
      'not checked: the router does not show the policies of the user',
      `Its group should have ${POLICY}. If the user comes from RADIUS, set Mikrotik-Group to such a group.`,
    );
  }
  const missing = NEEDED.filter((policy) => !policies.includes(policy));
  if (missing.length > 0) {
    const what = missing.includes('sensitive')
      ? 'passwords and keys are missing in its backups'
      : 'it cannot be backed up';
    return warning(
      'ssh rights',
      `the group of the user lacks the ${missing.length === 1 ? 'policy' : 'policies'} ${missing.join(' and ')}: ${what}`,
      `Give it: \`/user group set [find where name=GROUP] ${POLICY}\``,
    );
  }
  const excess = policies.filter((policy) => !NEEDED.includes(policy));
  if (excess.length === 0) return ok('ssh rights', `the group of the user has only the policies ${NEEDED.join(', ')}`);
  return warning(
    'ssh rights',
    `the group of the user also has the policies ${excess.map(readableName).join(', ')}; only ${NEEDED.join(', ')} are needed`,
    `Make a group of its own: \`/user group add name=backup_readonly ${POLICY}\`, then set it for the user.`,
  );
}

function judgeFlash(answer: string): PartFinding {
  if (!/^\d{1,15}$/.test(answer)) {
    return warning('flash', `not checked: the router does not show its free space`, 'See `/system resource print`.');
  }
  const free = BigInt(answer);
  if (free >= LEAST_FLASH_BYTES) return ok('flash', `${formatBytes(free)} free`);
  return warning(
    'flash',
    `only ${formatBytes(free)} free: changes may be lost`,
    'Remove files that nobody needs: `/file print`. Exports of NetSentinel write none.',
  );
}

function judgeAlgorithms(answer: string): PartFinding {
  if (/^(true|yes)$/.test(answer)) return ok('ssh algorithms', 'strong-crypto is on');
  const advice = '`/ip ssh set strong-crypto=yes`; very old clients then cannot log in any more.';
  if (/^(false|no)$/.test(answer)) {
    return warning('ssh algorithms', 'strong-crypto is off: the router also offers weak algorithms', advice);
  }
  return warning('ssh algorithms', `not checked: the router does not show strong-crypto`, advice);
}
