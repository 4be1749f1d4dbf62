import { merged, type Spell, touches } from '../health/spells.ts';
import type { WorkerSaid } from '../worker.ts';
import type { Session } from './lines.ts';
import { type Life, lossesOf } from './lives.ts';

/** What the verdict on how the workers shared the routers is made of. Instants are Unix ms. */
export interface SharingEvidence {
  readonly lives: readonly Life[];
  readonly routers: readonly {
    readonly name: string;
    readonly sessions: readonly Session[];
    /** When it may not have answered. */
    readonly disturbed: readonly Spell[];
  }[];
  /** What `netsentinel workers` printed in the end. */
  readonly said: readonly (Omit<WorkerSaid, 'pid'> & { readonly address: string })[];
  /** When Redis did not answer. */
  readonly redisAway: readonly Spell[];
  /** Nothing happened to workers and Redis from then on. */
  readonly quiet: Spell;
}

/** Into so many the routers are dealt (docs/workers.md). */
const SHARDS = 64;
/** Promised (docs/workers.md): a lost worker's routers are read again by then. */
const TAKE_OVER_WITHIN_MS = 45_000;
/** After a hand-over nobody misses a router: some polls, for the machine is busy. */
const HAND_OVER_WITHIN_MS = 15_000;
/** Who came so long ago has its share, which it is given shard by shard. */
const NEWCOMER_MS = 150_000;
/** What a loss, or Redis that was away, moves is moved by then. */
const SETTLED_WITHIN_MS = 60_000;
/** Who polled a router last, so shortly before it was lost, had it. */
const HELD_MS = 30_000;
/** A router that answers again is polled as always by then; two that poll it for a while are one move. */
const STEADY_AFTER_MS = 10_000;
/** A connection that is made again may meet the end of the one before. */
const MOST_OVERLAP_MS = 1_000;

interface Move {
  readonly router: string;
  readonly at: number;
  readonly from: Life;
  readonly to: Life;
}

/** Compares what each router saw of the workers with what was promised: lines for people, and all that is not as it has to be. */
export function judgeSharing(evidence: SharingEvidence): { readonly lines: string[]; readonly failures: string[] } {
  const takeOvers = evidence.routers.flatMap((router) => takeOversOf(router, evidence));
  const handOvers = evidence.routers.flatMap((router) => handOversOf(router, evidence));
  const moves = evidence.routers.flatMap((router) => movesOf(router, evidence));
  const kinds = Map.groupBy(moves, (move) => whyMoved(move, evidence));
  const doubles = evidence.routers.flatMap((router) => doublesOf(router, evidence));
  const late = (gaps: readonly Gap[], withinMs: number, what: string) =>
    gaps
      .filter(({ ms }) => ms > withinMs)
      .map(({ router, at, ms }) => `${router}: ${what} at ${at}, read again after ${Math.round(ms)} ms`);
  const count = (why: Why) => kinds.get(why)?.length ?? 0;
  return {
    lines: [
      `workers: ${evidence.lives.length} lived; ${distribution('take-overs of lost workers', takeOvers)}; ${distribution('hand-overs at SIGTERM', handOvers)}`,
      `workers: routers moved ${count('lost')} times from workers that were lost or left, ${count('newcomer')} times to newcomers, ${count('redis')} times around Redis being away, ${count('none')} times for no reason`,
      `workers: in the quiet end ${quietHolders(evidence)}`,
    ],
    failures: [
      ...late(takeOvers, TAKE_OVER_WITHIN_MS, 'its worker was lost'),
      ...late(handOvers, HAND_OVER_WITHIN_MS, 'its worker left'),
      ...(kinds.get('none') ?? []).map(
        ({ router, at, from, to }) => `${router} moved at ${at} from ${from.address} to ${to.address}, and both lived`,
      ),
      ...doubles,
      ...evidence.routers.flatMap((router) => judgeQuiet(router, evidence)),
      ...judgeSaid(evidence),
    ],
  };
}

type RouterSeen = SharingEvidence['routers'][number];

interface Gap {
  readonly router: string;
  /** When its worker was gone. */
  readonly at: number;
  /** Until another one polled it; from when Redis was there. */
  readonly ms: number;
}

interface Poll {
  readonly at: number;
  readonly address: string;
}

function pollsOf({ sessions }: RouterSeen): Poll[] {
  return sessions
    .flatMap(({ address, polls }) => polls.map((at) => ({ at, address })))
    .sort((one, other) => one.at - other.at);
}

/** How long each router of a lost worker waited for another one, unless its worker went on itself. One that did not answer may be late. */
function takeOversOf(router: RouterSeen, { lives, redisAway }: SharingEvidence): Gap[] {
  const polls = pollsOf(router);
  return lives.flatMap((life) =>
    lossesOf(life).flatMap((loss): Gap[] => {
      if (!wasHeld(polls, life, loss.from)) return [];
      const next = polls.find(({ at, address }) => at > loss.from && address !== life.address);
      const goesOn = polls.find(({ at, address }) => at > loss.to && address === life.address);
      if (goesOn !== undefined && (next === undefined || goesOn.at < next.at)) return [];
      const at = lastReturn(redisAway, { from: loss.from, to: next?.at ?? Number.POSITIVE_INFINITY });
      const ms = (next?.at ?? Number.POSITIVE_INFINITY) - at;
      const isExcused =
        ms > TAKE_OVER_WITHIN_MS && touches(router.disturbed, { from: loss.from, to: at + TAKE_OVER_WITHIN_MS });
      return isExcused ? [] : [{ router: router.name, at: loss.from, ms }];
    }),
  );
}

/** How long nobody polled a router whose worker was told to end. */
function handOversOf(router: RouterSeen, { lives, redisAway }: SharingEvidence): Gap[] {
  const polls = pollsOf(router);
  return lives.flatMap((life): Gap[] => {
    const { leaves, to, address } = life;
    if (leaves > to || leaves === Number.POSITIVE_INFINITY || !wasHeld(polls, life, leaves)) return [];
    const last = polls.findLast((poll) => poll.address === address);
    const next = polls.find((poll) => poll.at > leaves && poll.address !== address);
    if (last === undefined) return [];
    const ms = Math.max(0, (next?.at ?? Number.POSITIVE_INFINITY) - last.at);
    const isExcused =
      ms > HAND_OVER_WITHIN_MS &&
      touches([...router.disturbed, ...redisAway], {
        from: last.at - STEADY_AFTER_MS,
        to: last.at + HAND_OVER_WITHIN_MS,
      });
    return isExcused ? [] : [{ router: router.name, at: leaves, ms }];
  });
}

/** Whether the worker was the one that polled the router last before. */
function wasHeld(polls: readonly Poll[], { address }: Life, before: number): boolean {
  const last = polls.findLast(({ at }) => at <= before);
  return last !== undefined && last.address === address && last.at > before - HELD_MS;
}

/** When the last spell within the time ended; its begin where there was none. */
function lastReturn(spells: readonly Spell[], within: Spell): number {
  return spells
    .filter((spell) => touches([spell], within))
    .reduce((last, { to }) => Math.max(last, Math.min(to, within.to)), within.from);
}

/** From whom to whom a router went. Two that poll it for a while make one move: from the first one alone to the last one alone. */
function movesOf(router: RouterSeen, { lives }: SharingEvidence): Move[] {
  const lifeOf = (address: string) => lives.find((life) => life.address === address);
  const moves: Move[] = [];
  let holder: string | null = null;
  const polls = pollsOf(router);
  for (const [index, { at, address }] of polls.entries()) {
    if (address === holder) continue;
    const comesBack =
      holder !== null && polls.slice(index).some((poll) => poll.address === holder && poll.at < at + STEADY_AFTER_MS);
    if (comesBack) continue;
    const [from, to] = [holder === null ? undefined : lifeOf(holder), lifeOf(address)];
    if (from !== undefined && to !== undefined) moves.push({ router: router.name, at, from, to });
    holder = address;
  }
  return moves;
}

type Why = 'lost' | 'newcomer' | 'redis' | 'none';

function whyMoved({ at, from, to }: Move, { redisAway }: SharingEvidence): Why {
  const recently = { from: at - SETTLED_WITHIN_MS, to: at + STEADY_AFTER_MS };
  if (touches(lossesOf(from), recently) || from.leaves <= recently.to || from.to <= recently.to) return 'lost';
  if (touches(redisAway, recently)) return 'redis';
  if (at - lastBegin(to) < NEWCOMER_MS) return 'newcomer';
  return 'none';
}

/** One that was stopped begins anew when it goes on. */
function lastBegin({ from, frozen }: Life): number {
  return Math.max(from, ...frozen.map(({ to }) => to));
}

/** When two workers that go on had a session with it, for longer than a hand-over takes. */
function doublesOf(router: RouterSeen, { lives, redisAway }: SharingEvidence): string[] {
  const excused = [
    ...router.disturbed,
    ...redisAway.map(({ from, to }) => ({ from, to: to + SETTLED_WITHIN_MS })),
    ...lives.flatMap((life) => life.frozen.map(({ from, to }) => ({ from, to: to + SETTLED_WITHIN_MS }))),
  ];
  return overlapsOf(router)
    .filter(({ from, to }) => to - from > HAND_OVER_WITHIN_MS && !touches(excused, { from, to }))
    .map(({ from, to }) => `${router.name} had several sessions from ${from} on, for ${Math.round(to - from)} ms`);
}

/** Whose sessions they were, and how often each polled. */
function whose({ sessions }: RouterSeen, spell: Spell): string {
  return sessions
    .filter((session) => touches([session], spell))
    .map(
      ({ address, polls, to }) =>
        `${address} (${polls.length} polls${to === Number.POSITIVE_INFINITY ? ', still open' : ''})`,
    )
    .join(' and ');
}

/** When it had more than one session. */
function overlapsOf({ sessions }: RouterSeen): Spell[] {
  const ordered = sessions.toSorted((one, other) => one.from - other.from);
  return merged(
    ordered.flatMap((session, index) =>
      ordered
        .slice(0, index)
        .filter(({ to }) => to > session.from)
        .map(({ to }) => ({ from: session.from, to: Math.min(to, session.to) })),
    ),
  );
}

/** In the end, when nothing more happens, one worker alone has it. */
function judgeQuiet(router: RouterSeen, { quiet }: SharingEvidence): string[] {
  const holders = new Set(holdersIn(router, quiet));
  // What did not answer its worker, whoever judges the devices asks itself.
  const unsteady = router.disturbed.map(({ from, to }) => ({ from, to: to + STEADY_AFTER_MS }));
  const doubled = overlapsOf(router)
    .map(({ from, to }) => ({ from: Math.max(from, quiet.from), to: Math.min(to, quiet.to) }))
    .filter(({ from, to }) => to - from > MOST_OVERLAP_MS && !touches(unsteady, { from, to }));
  return [
    ...(holders.size === 1 ? [] : [`${router.name} was polled by ${holders.size} workers in the quiet end`]),
    ...doubled.map(
      (spell) =>
        `${router.name} had several sessions for ${Math.round(spell.to - spell.from)} ms in the quiet end: of ${whose(router, spell)}`,
    ),
  ];
}

/** What the workers say of themselves is what the routers saw, and every worker that is there has a fair share: half of it to twice of it. */
function judgeSaid({ said, lives, routers, quiet }: SharingEvidence): string[] {
  const active = said.filter(({ state }) => state === 'active');
  const there = lives.filter(({ to }) => to > quiet.to).map(({ address }) => address);
  const share = SHARDS / there.length;
  return [
    ...there.filter((each) => !active.some(({ address }) => address === each)).map((each) => `nobody knows of ${each}`),
    ...active
      .filter(({ shards }) => shards < share / 2 || shards > share * 2)
      .map(({ address, shards }) => `${address} has ${shards} shards of ${SHARDS}, among ${there.length}`),
    ...routers.flatMap((router) => {
      const holders = active.filter((each) => each.routers.includes(router.name)).map(({ address }) => address);
      const seen = holdersIn(router, quiet).at(-1) ?? 'nobody';
      return holders.length === 1 && holders[0] === seen
        ? []
        : [`${router.name} is polled by ${seen}, and the workers say: by ${holders.join(' and ') || 'nobody'}`];
    }),
  ];
}

function holdersIn(router: RouterSeen, { from, to }: Spell): string[] {
  return pollsOf(router)
    .filter(({ at }) => at >= from && at <= to)
    .map(({ address }) => address);
}

function quietHolders({ routers, quiet }: SharingEvidence): string {
  const held = Map.groupBy(routers, (router) => holdersIn(router, quiet).at(-1) ?? 'nobody');
  return [...held].map(([address, all]) => `${address} polled ${all.length} routers`).join(', ');
}

function distribution(what: string, gaps: readonly Gap[]): string {
  if (gaps.length === 0) return `no ${what}`;
  const ordered = gaps.map(({ ms }) => ms).toSorted((one, other) => one - other);
  const at = (share: number) => ((ordered[Math.ceil(share * ordered.length) - 1] ?? 0) / 1000).toFixed(1);
  return `${gaps.length} ${what}: p50 ${at(0.5)} s, p95 ${at(0.95)} s, at most ${at(1)} s`;
}
