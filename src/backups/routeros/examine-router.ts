import { ok, type PartFinding, warning } from '../../runtime/finding.ts';
import { formatBytes, readableName } from '../../runtime/format.ts';
import type { OutputLimits, ShellSession } from '../ports.ts';
import { typedText } from '../text.ts';
import { quoted } from './rows.ts';

/** Short answers: whoever takes longer does not answer. */
const LIMITS: OutputLimits = { idleMs: 10_000, totalMs: 15_000, mostBytes: 16_384 };
/** What an export with secrets needs; each policy beyond is one that a stolen login has too. */
const NEEDED = ['ssh', 'read', 'sensitive'];
/** Which ones binary backups need is nowhere written; these were seen to do, and on some versions `policy` and `test` beside them. */
const FOR_BINARY = ['ssh', 'ftp', 'read', 'write', 'sensitive'];
const ALSO_FOR_BINARY = ['policy', 'test'];
/** Below this RouterOS has trouble to keep even its own changes. */
const LEAST_FLASH_BYTES = 1_048_576;

/** What a router that is logged in to says of the rights of the user, its flash and the algorithms of its SSH. */
export async function examineRouter(
  session: ShellSession,
  { username, hasBinary }: { readonly username: string; readonly hasBinary: boolean },
  signal: AbortSignal,
): Promise<PartFinding[]> {
  const ask = async (value: string): Promise<string> => {
    const { bytes, end } = await session.run(`:put [${value}]`, LIMITS, signal);
    return end === 'closed' ? bytes.toString('latin1').trim() : '';
  };
  const user = `[/user find where name=${quoted(typedText(username))}]`;
  const group = `[/user group find where name=[/user get ${user} group]]`;
  return [
    judgeRights(await ask(`/user group get ${group} policy`), hasBinary),
    judgeFlash(await ask('/system resource get free-hdd-space')),
    judgeAlgorithms(await ask('/ip ssh get strong-crypto')),
  ];
}

/** A list of policies, those that are denied with a mark before them; anything else is an error text. */
function judgeRights(answer: string, hasBinary: boolean): PartFinding {
  const needed = hasBinary ? FOR_BINARY : NEEDED;
  const wanted = `policy=${needed.join(',')}`;
  const words = answer.split(/[;,]/).map((word) => word.trim());
  const policies = words.filter((word) => !word.startsWith('!'));
  if (!words.every((word) => /^!?[a-z][a-z-]*$/.test(word)) || !policies.includes('ssh')) {
    return warning(
      'ssh rights',
      'not checked: the router does not show the policies of the user',
      `Its group should have ${wanted}. If the user comes from RADIUS, set Mikrotik-Group to such a group.`,
    );
  }
  const missing = needed.filter((policy) => !policies.includes(policy));
  if (missing.length > 0) {
    const what = missing.includes('sensitive')
      ? 'passwords and keys are missing in its backups'
      : missing.some((policy) => NEEDED.includes(policy))
        ? 'it cannot be backed up'
        : 'there are no binary backups of it';
    return warning(
      'ssh rights',
      `the group of the user lacks the ${missing.length === 1 ? 'policy' : 'policies'} ${missing.join(' and ')}: ${what}`,
      `Give it: \`/user group set [find where name=GROUP] ${wanted}\`${hasBinary ? ', or leave the device out of backup.binary' : ''}`,
    );
  }
  const excess = policies.filter(
    (policy) => !needed.includes(policy) && !(hasBinary && ALSO_FOR_BINARY.includes(policy)),
  );
  if (excess.length === 0) {
    const risk = hasBinary ? ': for binary backups; whoever has this login can change the router' : '';
    return ok('ssh rights', `the group of the user has only the policies ${policies.join(', ')}${risk}`);
  }
  return warning(
    'ssh rights',
    `the group of the user also has the policies ${excess.map(readableName).join(', ')}; only ${needed.join(', ')} are needed`,
    `Make a group of its own: \`/user group add name=${hasBinary ? 'backup_binary' : 'backup_readonly'} ${wanted}\`, then set it for the user.`,
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
    'Remove files that nobody needs: `/file print`. NetSentinel writes none, but for binary backups, which are removed at once.',
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
