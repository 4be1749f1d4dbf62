import type { PartFinding } from '../runtime/finding.ts';
import { failure, listNames, ok, quoteName, warning } from '../runtime/finding.ts';
import { formatCount } from '../runtime/format.ts';
import { notLookedAt, scriptText } from './finding.ts';
import { parseNetwork } from './networks.ts';
import type { QueueRow, RouterReport } from './ports.ts';

/** Number of queues, how many ever counted, and whether one takes another's packets. */
export function judgeQueues({
  queues,
  unreadableQueues,
  networks,
}: Pick<RouterReport, 'queues' | 'unreadableQueues' | 'networks'>): PartFinding[] {
  if ('unread' in queues) {
    return [
      failure(
        'queues',
        queues.unread === 'failed' ? 'the list of queues was not received' : 'the list of queues cannot be read',
        "Give the user's group the policies read and api; on a slow link raise collect.timeoutSeconds.",
      ),
    ];
  }
  const connected = 'rows' in networks ? networks.rows : [];
  const counted = judgeCounting(queues.rows, unreadableQueues);
  const active = queues.rows.filter(({ disabled }) => !disabled);
  if (active.length === 0) return counted;
  const order = judgeOrder(active, connected, unreadableQueues);
  // Without the networks behind an interface it is not known which packets its queue takes.
  const isBlind = 'unread' in networks && active.some(({ targets }) => targets.some(isInterface));
  return [...counted, isBlind && order.status === 'ok' ? notLookedAt('order', networks.unread, '/ip address') : order];
}

function judgeCounting(queues: readonly QueueRow[], unreadable: number): PartFinding[] {
  const part = 'queues';
  if (queues.length === 0 && unreadable === 0) {
    const advice = 'Add one for each user, e.g. `/queue simple add name=bob target=192.0.2.10/32 max-limit=100M/100M`';
    return [warning(part, 'the router has no simple queues: nothing to count', advice)];
  }
  const active = queues.filter(({ disabled }) => !disabled);
  const silent = active.filter(hasNeverCounted);
  const total = formatCount(queues.length, 'queue', 'queues');
  const findings = [];
  const off = queues.length - active.length;
  if (queues.length > 0 && active.length === 0) {
    const advice = 'Enable those that should count: `/queue simple enable [find where disabled=yes]`';
    findings.push(warning(part, `${total}, all disabled or invalid: nothing is counted`, advice));
  } else if (queues.length > 0 && silent.length === active.length) {
    const advice =
      'Check for FastTrack (below), for a queue that takes all packets, and that traffic goes through this router.';
    findings.push(warning(part, `${total}${offText(off)}, none has ever counted a byte`, advice));
  } else if (queues.length > 0) {
    const never =
      silent.length === 0 ? 'all have counted traffic' : `never counted: ${listNames(silent.map(({ name }) => name))}`;
    findings.push(ok(part, `${total}${offText(off)}, ${never}`));
  }
  const invalid = queues.filter((queue) => queue.invalid);
  if (invalid.length > 0 && active.length > 0) {
    const [example] = invalid;
    findings.push(
      warning(
        part,
        `RouterOS cannot apply ${listNames(invalid.map(({ name }) => name))}: their traffic is not counted`,
        `Usually the target interface does not exist any more: \`/queue simple set [find where name=${scriptText(example?.name ?? '')}] target=NETWORK\``,
      ),
    );
  }
  if (unreadable > 0) {
    const found = `${formatCount(unreadable, 'queue', 'queues')} cannot be read and are left out of all totals`;
    findings.push(warning(part, found, 'The log shows which and why.'));
  }
  return findings;
}

function offText(off: number): string {
  return off === 0 ? '' : ` (${off.toLocaleString('en-US')} disabled or invalid)`;
}

export function hasNeverCounted({ uploadBytes, downloadBytes }: QueueRow): boolean {
  return uploadBytes === 0n && downloadBytes === 0n;
}

const TOLD_AT_MOST = 3;

function judgeOrder(
  queues: readonly QueueRow[],
  connected: readonly { readonly interface: string; readonly network: string }[],
  unreadable: number,
): PartFinding {
  const takers = [...findTakers(queues, connected)].sort(([, one], [, other]) => other.length - one.length);
  const [first] = takers;
  if (first === undefined) {
    const which = unreadable > 0 ? 'no queue that could be read' : 'no queue';
    return ok('order', `${which} takes the packets of a later one`);
  }
  const told = takers
    .slice(0, TOLD_AT_MOST)
    .map(([taker, losers]) => `${quoteName(taker)} comes before ${listNames(losers)} and takes their packets`);
  const more = takers.length > TOLD_AT_MOST ? `; and ${takers.length - TOLD_AT_MOST} more queues do the same` : '';
  const [taker, [loser = '']] = first;
  return warning(
    'order',
    told.join('; ') + more,
    `The first matching queue gets the packet. Put the more specific queue first: \`/queue simple move [find where name=${scriptText(loser)}] ` +
      `destination=[find where name=${scriptText(taker)}]\`; or make the other queue its parent: \`/queue simple set ` +
      `[find where name=${scriptText(loser)}] parent=${scriptText(taker)}\`; if both have the same target, remove one`,
  );
}

/**
 * Which queue takes packets of which later ones (ROUTEROS: the first match gets the packet). Only siblings compete: a child is
 * looked for within its parent. Each queue is looked up in what came before it, so that 10,000 take no longer than reading them.
 */
function findTakers(
  queues: readonly QueueRow[],
  connected: readonly { readonly interface: string; readonly network: string }[],
): Map<string, string[]> {
  const networksBehind = Map.groupBy(connected, (each) => each.interface);
  const claimsBehind = (target: string) => (networksBehind.get(target) ?? []).map(({ network }) => claimOf(network));
  const takers = new Map<string, string[]>();
  const families = new Map<string | null, Claims>();
  for (const queue of queues) {
    let claims = families.get(queue.parent);
    if (claims === undefined) {
      claims = createClaims(claimsBehind);
      families.set(queue.parent, claims);
    }
    const taker = claims.takerOf(queue);
    if (taker !== null) {
      const losers = takers.get(taker) ?? [];
      losers.push(queue.name);
      takers.set(taker, losers);
    }
    if (!queue.isSelective) claims.add(queue);
  }
  return takers;
}

interface Claims {
  /** An earlier queue whose target holds one of this queue's; `null` when there is none. */
  takerOf(queue: QueueRow): string | null;
  add(queue: QueueRow): void;
}

/** `prefix` is empty for everything of a family. */
interface Claim {
  readonly space: string;
  readonly prefix: string;
}

const EVERYTHING: readonly Claim[] = [
  { space: 'IPv4', prefix: '' },
  { space: 'IPv6', prefix: '' },
];

function isInterface(target: string): boolean {
  return parseNetwork(target) === null;
}

function claimOf(target: string): Claim {
  const network = parseNetwork(target);
  return network === null ? { space: 'interface', prefix: target } : { space: network.family, prefix: network.prefix };
}

/** `claimsBehind` gives the networks of an interface. */
function createClaims(claimsBehind: (target: string) => readonly Claim[]): Claims {
  const spaces = new Map<string, Map<string, string>>();
  const lengths = new Map<string, Set<number>>();

  function holderOf({ space, prefix }: Claim): string | null {
    const holders = spaces.get(space);
    if (space === 'interface') return holders?.get(prefix) ?? null;
    for (const length of lengths.get(space) ?? []) {
      const holder = length <= prefix.length ? holders?.get(prefix.slice(0, length)) : undefined;
      if (holder !== undefined) return holder;
    }
    return null;
  }

  return {
    takerOf({ targets }) {
      const wanted = targets.length === 0 ? EVERYTHING : targets.map(claimOf);
      for (const claim of wanted) {
        const holder = holderOf(claim);
        if (holder !== null) return holder;
      }
      return null;
    },
    add({ name, targets }) {
      const held =
        targets.length === 0 ? EVERYTHING : targets.flatMap((target) => [claimOf(target), ...claimsBehind(target)]);
      for (const { space, prefix } of held) {
        const holders = spaces.get(space) ?? new Map<string, string>();
        if (!holders.has(prefix)) holders.set(prefix, name);
        spaces.set(space, holders);
        lengths.set(space, (lengths.get(space) ?? new Set()).add(prefix.length));
      }
    },
  };
}
