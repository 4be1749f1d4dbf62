import type { PartFinding } from '../runtime/finding.ts';
import { listNames, ok, warning } from '../runtime/finding.ts';
import { notLookedAt, scriptText } from './finding.ts';
import { isNetwork } from './networks.ts';
import type { FastTrackRow, QueueRow, RouterReport, Rows } from './ports.ts';

/** What makes a router's counters smaller than the traffic, or turns them round. */
export function judgeUnderCounting(report: RouterReport): PartFinding[] {
  const queues = 'rows' in report.queues ? report.queues.rows.filter(({ disabled }) => !disabled) : [];
  const isSwitchedOff = 'rows' in report.fastPath && report.fastPath.rows[0]?.allowed === false;
  return [
    judgeFastTrack(
      { part: 'fasttrack', family: 'IPv4', menu: '/ip firewall', isSwitchedOff },
      report.fastTrack,
      queues,
    ),
    judgeFastTrack(
      { part: 'fasttrack v6', family: 'IPv6', menu: '/ipv6 firewall', isSwitchedOff: false },
      report.fastTrackV6,
      queues,
    ),
    judgeResets(report),
    // Without counting queues there is nothing to judge here; the finding on the queues says why.
    ...(queues.length === 0 ? [] : [judgeIpv6(report, queues), judgeDirection(report, queues)]),
  ];
}

interface FastTrackIn {
  readonly part: string;
  readonly family: 'IPv4' | 'IPv6';
  readonly menu: string;
  readonly isSwitchedOff: boolean;
}

function judgeFastTrack(
  { part, family, menu, isSwitchedOff }: FastTrackIn,
  rules: Rows<FastTrackRow>,
  queues: readonly QueueRow[],
): PartFinding {
  if ('unread' in rules) {
    const hasNoIpv6 = family === 'IPv6' && rules.unread === 'missing';
    return hasNoIpv6 ? ok(part, NO_IPV6) : notLookedAt(part, rules.unread, `${menu} filter`);
  }
  const active = isSwitchedOff ? [] : rules.rows.filter(({ disabled }) => !disabled);
  if (active.length === 0) return ok(part, `no active FastTrack rule for ${family}`);
  const harmful = active.filter((rule) => !isExempting(rule));
  if (harmful.length === 0) return ok(part, 'FastTrack exempts the address lists in its rules');
  const [example] = networksOf(queues, family);
  const found = `FastTrack is active for ${family}: its traffic bypasses the queues and is not counted`;
  const all = '[find where action=fasttrack-connection]';
  return warning(
    part,
    found,
    `Disable it: \`${menu} filter disable ${all}\`. Or exempt the queued: \`${menu} address-list add list=queued ` +
      `address=${example ?? 'NETWORK'}\` for each of their networks, then \`${menu} filter set ${all} ` +
      'src-address-list=!queued dst-address-list=!queued`. Connections that are already open stay uncounted until they end.',
  );
}

/** Leaves out listed addresses in both directions. */
function isExempting({ sourceList, destinationList }: FastTrackRow): boolean {
  return sourceList.startsWith('!') && destinationList.startsWith('!');
}

function networksOf(queues: readonly QueueRow[], family: 'IPv4' | 'IPv6'): string[] {
  return queues.flatMap(({ targets }) => targets.filter((target) => isNetwork(target, family)));
}

function judgeIpv6(report: RouterReport, queues: readonly QueueRow[]): PartFinding {
  const part = 'ipv6';
  const { settingsV6, defaultRoutesV6 } = report;
  if ('unread' in settingsV6 && settingsV6.unread !== 'missing')
    return notLookedAt(part, settingsV6.unread, '/ipv6 settings');
  if ('unread' in defaultRoutesV6) {
    return defaultRoutesV6.unread === 'missing'
      ? ok(part, NO_IPV6)
      : notLookedAt(part, defaultRoutesV6.unread, '/ipv6 route');
  }
  const settings = 'rows' in settingsV6 ? settingsV6.rows[0] : undefined;
  // Where the settings are not known, an active route shows that IPv6 is on.
  const isOff = settings !== undefined && (settings.disabled || !settings.forward);
  const isRouted = !isOff && defaultRoutesV6.rows.some(({ active }) => active);
  if (!isRouted) return ok(part, 'IPv6 is not routed to the internet');
  const blind = queues.filter(
    ({ targets, isParent }) =>
      !isParent && targets.length > 0 && targets.every((target) => isNetwork(target, 'IPv4') && target !== '0.0.0.0/0'),
  );
  const [example] = blind;
  if (example === undefined) return ok(part, 'routed, and no queue has IPv4 targets only');
  return warning(
    part,
    `IPv6 is routed, but these queues count IPv4 only: ${listNames(blind.map(({ name }) => name))}`,
    `Add the users' IPv6 networks: \`/queue simple set [find where name=${scriptText(example.name)}] ` +
      `target=${example.targets.join(',')},2001:db8::/64\` (with theirs in place of 2001:db8::/64); if they have no IPv6, ignore this.`,
  );
}

/** In a source of any form: `/queue simple reset-counters-all`, a menu on one line and the command on the next. */
function resetsQueues(source: string): boolean {
  return /\breset-counters/.test(source) && /\bqueue\b/.test(source);
}

/** There is no such menu on RouterOS 6 while the package is off. */
const NO_IPV6 = 'this RouterOS has no IPv6';

function judgeResets({ schedulers, scripts }: RouterReport): PartFinding {
  const part = 'resets';
  if ('unread' in schedulers) return notLookedAt(part, schedulers.unread, '/system scheduler');
  if ('unread' in scripts) return notLookedAt(part, scripts.unread, '/system script');
  const guiltySchedulers = schedulers.rows.filter(({ disabled, source }) => !disabled && resetsQueues(source ?? ''));
  const guiltyScripts = scripts.rows.filter(({ source }) => resetsQueues(source ?? ''));
  const names = [
    ...guiltySchedulers.map(({ name }) => `scheduler ${name}`),
    ...guiltyScripts.map(({ name }) => `script ${name}`),
  ];
  const untold = [
    ...schedulers.rows
      .filter(({ disabled, source }) => !disabled && source === null)
      .map(({ name }) => `scheduler ${name}`),
    ...scripts.rows.filter(({ source }) => source === null).map(({ name }) => `script ${name}`),
  ];
  if (names.length === 0 && untold.length > 0) {
    return warning(
      part,
      `not checked: the router does not show the text of ${listNames(untold)}`,
      'Check on the router whether they use reset-counters: `/system scheduler print`, `/system script print`',
    );
  }
  if (names.length === 0) return ok(part, 'no scheduler or script resets the counters of queues');
  const commands = [
    ...guiltySchedulers.map(({ name }) => `\`/system scheduler disable [find where name=${scriptText(name)}]\``),
    ...guiltyScripts.map(({ name }) => `\`/system script edit [find where name=${scriptText(name)}] source\``),
  ];
  return warning(
    part,
    `the counters of queues are reset by ${listNames(names)}: each time, bytes since the last poll are lost`,
    `Remove the reset; NetSentinel keeps daily totals itself. ${commands.slice(0, 2).join(', ')}`,
  );
}

function judgeDirection(report: RouterReport, queues: readonly QueueRow[]): PartFinding {
  const part = 'direction';
  const { defaultRoutes, defaultRoutesV6, wanMembers } = report;
  const wan = new Set([
    ...[defaultRoutes, defaultRoutesV6]
      .flatMap((routes) => ('rows' in routes ? routes.rows : []))
      .filter(({ active }) => active)
      .flatMap(({ interfaces }) => interfaces),
    ...('rows' in wanMembers ? wanMembers.rows.map((member) => member.interface) : []),
  ]);
  const turned = queues.filter(({ targets }) => targets.some((target) => wan.has(target)));
  const [example] = turned;
  if (example === undefined) {
    if ('unread' in defaultRoutes) return notLookedAt(part, defaultRoutes.unread, '/ip route');
    // The list came with RouterOS 6.36; without it the routes show whether IPv6 is on.
    if ('unread' in wanMembers && wanMembers.unread !== 'missing')
      return notLookedAt(part, wanMembers.unread, '/interface list member');
    if (wan.size > 0) return ok(part, 'no queue has the WAN as target');
    return warning(
      part,
      'not checked: the WAN interface is unknown (no active default route, no interface list WAN)',
      'Set it: `/interface list member add list=WAN interface=INTERFACE`; a queue with the WAN as target has upload and download swapped.',
    );
  }
  return warning(
    part,
    `the target of ${listNames(turned.map(({ name }) => name))} is the WAN: their upload and download are swapped`,
    `Set the users' side as target: \`/queue simple set [find where name=${scriptText(example.name)}] target=LAN\` (their network or ` +
      'interface); or exclude it from sums and quotas with a rule { match, ignore: true }.',
  );
}
