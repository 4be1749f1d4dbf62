import type { PartFinding } from '../runtime/finding.ts';
import { failure, ok, warning } from '../runtime/finding.ts';
import { formatDuration, readableName } from '../runtime/format.ts';
import type { ResourceRow, Rows } from './ports.ts';

/** A version of RouterOS; a release is newer than its own betas and candidates. */
export interface RouterOs {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly isRelease: boolean;
}

/** `7.12.1 (stable)`, `6.49beta46 (testing)`; `null` for what is none. */
export function parseRouterOs(text: string): RouterOs | null {
  const match = /^(\d+)\.(\d+)(?:\.(\d+))?(?:(alpha|beta|rc)\d+)?(?:\s|$)/.exec(text);
  if (match === null) return null;
  const [, major, minor, patch, prerelease] = match;
  return { major: Number(major), minor: Number(minor), patch: Number(patch ?? 0), isRelease: prerelease === undefined };
}

/** Whether `version` is at least `major.minor.patch`. A beta of that very version is not. */
export function isSince(version: RouterOs, major: number, minor: number, patch = 0): boolean {
  const difference = version.major - major || version.minor - minor || version.patch - patch;
  return difference > 0 || (difference === 0 && version.isRelease);
}

/** A router's version, `null` where it is not known. */
export function routerOsOf(resource: Rows<ResourceRow>): RouterOs | null {
  const row = 'rows' in resource ? resource.rows[0] : undefined;
  return row === undefined ? null : parseRouterOs(row.version);
}

/** How a command line names a service's own row: since 7.19 the connections to it are listed under the same name. */
export function serviceSelector(name: string, version: RouterOs | null): string {
  const onlyOwn = version !== null && isSince(version, 7, 19) ? ' and dynamic=no' : '';
  return `[find where name=${name}${onlyOwn}]`;
}

/** How api-ssl gets a certificate of the router's own. */
export function certificateCommands(version: RouterOs | null): string {
  return (
    'On the router: `/certificate add name=netsentinel common-name=ROUTER days-valid=3650`, `/certificate sign netsentinel`, then ' +
    `\`/ip service set ${serviceSelector('api-ssl', version)} certificate=netsentinel\``
  );
}

interface Weakness {
  readonly id: string;
  readonly what: string;
  /** First versions without it, one for each branch that got it; a later branch has it too. */
  readonly fixedIn: readonly (readonly [major: number, minor: number, patch: number])[];
  /** Older ones never had it. */
  readonly since?: readonly [major: number, minor: number];
}

/** From MikroTik's security announcements and the CVE list; those that matter to who reads counters and accounts. */
const WEAKNESSES: readonly Weakness[] = [
  {
    id: 'CVE-2018-14847',
    what: 'anyone who can reach Winbox can read all user passwords',
    fixedIn: [
      [6, 40, 8],
      [6, 42, 1],
    ],
  },
  {
    id: 'CVE-2019-3924',
    what: 'Winbox can be used to bypass the firewall',
    fixedIn: [
      [6, 42, 12],
      [6, 43, 12],
    ],
  },
  {
    id: 'CVE-2023-30799',
    what: 'anyone with admin login can take full control of the router',
    fixedIn: [
      [6, 48, 7],
      [6, 49, 7],
    ],
  },
  {
    id: 'CVE-2023-32154',
    what: 'IPv6 router advertisements can run code',
    fixedIn: [
      [6, 48, 7],
      [6, 49, 8],
      [7, 9, 1],
    ],
  },
  {
    id: 'CVE-2023-41570',
    what: 'the REST API ignores the addresses of /ip service',
    since: [7, 1],
    fixedIn: [[7, 12, 0]],
  },
];

function hasWeakness(version: RouterOs, { since, fixedIn }: Weakness): boolean {
  if (since !== undefined && !isSince(version, ...since)) return false;
  const ownBranch = fixedIn.find(([major, minor]) => major === version.major && minor === version.minor);
  if (ownBranch !== undefined) return !isSince(version, ...ownBranch);
  const newest = fixedIn.at(-1);
  if (newest === undefined) return true;
  // RouterOS 7 began while 6 went on: a fix of 6 says nothing about a version 7 that has one of its own.
  return !isSince(version, ...newest);
}

/** Version and its known weaknesses, board, uptime. */
export function judgeResource(resource: Rows<ResourceRow>): PartFinding[] {
  const row = 'rows' in resource ? resource.rows[0] : undefined;
  if (row === undefined) {
    return [
      failure(
        'version',
        'the router does not show its version and uptime: usage cannot be counted',
        "Give the user's group the policy read: `/user group set [find where name=GROUP] policy=read,api`",
      ),
    ];
  }
  return [judgeVersion(row), judgeUptime(row)];
}

function judgeVersion({ version: text, board }: ResourceRow): PartFinding {
  const found = `RouterOS ${readableName(text)}${board === null ? '' : ` on ${readableName(board)}`}`;
  const version = parseRouterOs(text);
  if (version === null) {
    return warning('version', `${found} is an unknown version`, 'Compare it with the list of releases.');
  }
  const channel = version.major >= 7 ? 'stable' : 'long-term';
  const update =
    `Update: \`/system package update set channel=${channel}\`, then \`/system package update install\` ` +
    '(the router reboots; bytes since the last poll are lost).';
  const weaknesses = WEAKNESSES.filter((weakness) => hasWeakness(version, weakness));
  if (weaknesses.length > 0) {
    const list = weaknesses.map(({ id, what }) => `${id} (${what})`).join('; ');
    return warning('version', `${found} has known vulnerabilities: ${list}`, update);
  }
  if (!isSince(version, 6, 43)) {
    return warning('version', `${found} logs users in by MD5; the hardening script needs 6.43 or later`, update);
  }
  if (!version.isRelease) return warning('version', `${found} is a test version`, update);
  return ok('version', found);
}

function judgeUptime({ uptimeMs }: ResourceRow): PartFinding {
  return uptimeMs === null
    ? failure(
        'uptime',
        'the uptime cannot be parsed: usage cannot be counted',
        'Update RouterOS; if that does not help, report the text that /system resource print shows.',
      )
    : ok('uptime', `up for ${formatDuration(uptimeMs)}`);
}
