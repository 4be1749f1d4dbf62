import type { WallClock } from '../crew.ts';
import {
  certainOutages,
  coverage,
  DOWN_WITHIN_MS,
  doubts,
  fitsSomeClock,
  type Hindrances,
  type Outage,
  realTimes,
  UP_WITHIN_MS,
} from './certain.ts';
import type { HealthBooks, LogEntry } from './log.ts';
import { type DeviceTruth, silenceOf } from './network.ts';
import { lengthMs, merged, overlapMs, type Spell, touches } from './spells.ts';
import { judgeTelling } from './telling.ts';

/** What the verdict on health is made of. */
export interface Evidence {
  readonly hosts: readonly DeviceTruth[];
  readonly routers: readonly DeviceTruth[];
  readonly line: readonly Spell[];
  readonly unsure: readonly Spell[];
  readonly clocks: readonly WallClock[];
  readonly books: HealthBooks;
  /** From the first worker until the books were read. */
  readonly whole: Spell;
  /** Ids of the notices that came, in the order in which they came first. */
  readonly arrivals: readonly string[];
}

/** It takes two intervals and a burst of quick checks to be sure. */
const SOONEST_DOWN_MS = 2_000;
/** The last of these checks began so long before it ended. */
const LAST_CHECK_MS = 700;
/** A router needs that long to be read again, or not to be. */
const ROUTER_SETTLES_MS = 10_000;
/** An outage is seen from the first failed look to the first answer: each may come an interval and a look later than the truth. */
const RESOLUTION_MS = 2_500;
/** Up to three intervals without a worker are no gap, whatever their clocks say. */
const HANDOVER_MS = 4_000;
const MOST_NOTICES_OF_A_FALL = 2;
/** Promised (docs/health.md): so many of all devices are told of together. */
const SHARE_OF_MANY = 0.3;

/** Compares what was kept and told with what truly happened: lines for people, and all that is not as it has to be. */
export function judgeHealth(evidence: Evidence): { readonly lines: string[]; readonly failures: string[] } {
  const { hosts, routers, books, line, unsure } = evidence;
  const hindrances = { covered: coverage(books.log), line, unsure };
  const failures = [
    ...judgeChains(books.log),
    ...hosts.flatMap((host) => judgeMoves(host, evidence)),
    ...routers.flatMap((router) => judgeRouter(router, evidence)),
    ...[...hosts, ...routers].flatMap((device) => judgeAmount(device, evidence, hindrances)),
    ...hosts.flatMap((host) => judgeTimes(host, evidence, hindrances)),
    ...judgeFalls(evidence, hindrances),
    ...judgeTelling(books, evidence.arrivals),
  ];
  const certain = hosts.flatMap((host) => certainOutages(host, hindrances).map((outage) => ({ host, outage })));
  const delays = certain.flatMap(({ host, outage }) => {
    const moments = changesTo(host.name, 'down', evidence).flat();
    const at = moments.toSorted((one, other) => one - other).find((each) => each >= outage.from);
    return at === undefined ? [] : [at - outage.from];
  });
  for (const { host, outage } of certain) failures.push(...judgeOutage(host.name, outage, evidence));
  const count = (what: LogEntry['what'], of = '') =>
    books.log.filter(
      (entry) => entry.what === what && [entry.one, entry.three].some((each) => of === '' || each === of),
    ).length;
  const outages = hosts.flatMap(({ silent }) => merged(silent.own)).length;
  const lines = [
    `health: ${count('state')} transitions, ${count('state', 'down')} of them to down; ${outages} outages of hosts, ${certain.length} of them seen from end to end` +
      (delays.length === 0 ? '' : `, down within ${(Math.max(...delays) / 1000).toFixed(1)} s`) +
      `; a worker judged for ${seconds(lengthMs(hindrances.covered))} of ${seconds(lengthMs([evidence.whole]))} s, ${hindrances.covered.length} turns`,
    `health: ${count('notice')} notices, of ${count('notice', 'device.mass')} falls of many, of ${count('notice', 'device.flapping')} flapping; ${evidence.arrivals.length} mails came`,
  ];
  return { lines, failures };
}

/** Each change of state begins where the one before ended: none is lost, none is there twice. */
function judgeChains(log: readonly LogEntry[]): string[] {
  const states = Map.groupBy(
    log.filter(({ what }) => what === 'state'),
    ({ one }) => one,
  );
  return [...states].flatMap(([device, moves]) =>
    moves.flatMap(({ two: from }, index) => {
      const was = moves[index - 1]?.three ?? from;
      return was === from ? [] : [`${device} went from ${from} where it was ${was}`];
    }),
  );
}

/** The changes of a device to a state, each with when it can have been. */
function changesTo(device: string, state: string, { books, clocks }: Pick<Evidence, 'books' | 'clocks'>): number[][] {
  return books.log
    .filter(({ what, one, three }) => what === 'state' && one === device && three === state)
    .map(({ at, four }) => realTimes(four, at, clocks));
}

/** No host goes down that answers, nor because our own line or a tower is down; none comes up that does not answer. */
function judgeMoves(host: DeviceTruth, { books, clocks, unsure }: Evidence): string[] {
  const silence = silenceOf(host);
  const isSilent = (at: number) =>
    silence.some(({ from, to }) => from <= at - SOONEST_DOWN_MS && to >= at - LAST_CHECK_MS) &&
    touches(host.silent.own, { from: at - UP_WITHIN_MS, to: at });
  const canAnswer = (at: number) => !silence.some(({ from, to }) => from + LAST_CHECK_MS + 300 <= at && to - 50 >= at);
  return books.log.flatMap(({ what, one, two, three, four, at }) => {
    // All else may be dated by what another worker last wrote.
    if (what !== 'state' || one !== host.name || (three !== 'down' && three !== 'up')) return [];
    // While clocks are not set an instant cannot be told.
    if (touches(unsure, { from: at - DOWN_WITHIN_MS, to: at })) return [];
    if (!fitsSomeClock(four, at, clocks)) return [noClock(one, three, at)];
    const moments = realTimes(four, at, clocks);
    // In the moment of a change of clocks neither.
    if (moments.length === 0) return [];
    if (three === 'down' && !moments.some(isSilent))
      return [`${one} went down at ${at}, and nothing was wrong with it`];
    if (three === 'up' && !moments.some(canAnswer))
      return [`${one} went from ${two} to up at ${at}, and did not answer`];
    return [];
  });
}

/** A router that nothing was done to does not go down. */
function judgeRouter(router: DeviceTruth, { books, clocks, unsure }: Evidence): string[] {
  return books.log.flatMap(({ what, one, three, four, at }) => {
    if (what !== 'state' || one !== router.name || three !== 'down') return [];
    if (touches(unsure, { from: at - DOWN_WITHIN_MS, to: at })) return [];
    if (!fitsSomeClock(four, at, clocks)) return [noClock(one, three, at)];
    const moments = realTimes(four, at, clocks);
    const isDoubtful = (to: number) => touches(router.doubtful, { from: to - ROUTER_SETTLES_MS, to });
    return moments.length === 0 || moments.some(isDoubtful) ? [] : [`${one} went down at ${at}, undisturbed`];
  });
}

function noClock(device: string, state: string, at: number): string {
  return `${device} went ${state} at an instant that no worker's clock showed, written at ${at}`;
}

/** An outage that a worker saw from end to end has one begin and one end. */
function judgeOutage(device: string, outage: Outage, evidence: Evidence): string[] {
  const { from, to, countedFrom, upBy } = outage;
  /** How many can have been then, and how many were for certain. */
  const within = (state: string, since: number, until: number) => {
    const isThen = (moment: number) => moment >= since && moment <= until;
    const possible = changesTo(device, state, evidence).filter((moments) => moments.some(isThen));
    return { most: possible.length, least: possible.filter((moments) => moments.every(isThen)).length };
  };
  const downs = within('down', from, countedFrom + DOWN_WITHIN_MS);
  const later = within('down', countedFrom + DOWN_WITHIN_MS, to);
  const ups = within('up', to - 50, upBy);
  const isOnce = ({ most, least }: typeof downs) => most >= 1 && least <= 1;
  const what = `${device}, down from ${from} to ${to}`;
  return [
    ...(isOnce(downs) ? [] : [`${what}: called down ${downs.least} times until ${countedFrom + DOWN_WITHIN_MS}`]),
    ...(later.least === 0 ? [] : [`${what}: called down ${later.least} times more`]),
    ...(isOnce(ups) ? [] : [`${what}: called up ${ups.least} times until ${upBy}`]),
  ];
}

/** Nothing is known of the time in which nobody looked, and no time is counted twice. */
function judgeAmount({ name }: DeviceTruth, { books, whole }: Evidence, { covered }: Hindrances): string[] {
  const { up, down, unknown } = books.times.get(name) ?? { up: 0, down: 0, unknown: 0 };
  const slackMs = (covered.length + 1) * HANDOVER_MS;
  const most = lengthMs(covered) + slackMs;
  const allMs = lengthMs([whole]) + slackMs;
  return [
    ...(up + down <= most ? [] : [`${name}: ${up} ms up and ${down} ms down, and somebody looked for ${most} ms`]),
    ...(up + down + unknown <= allMs ? [] : [`${name}: ${up + down + unknown} ms in all of ${allMs} ms`]),
  ];
}

/** Time up and time down are the true ones within the resolution. */
function judgeTimes(host: DeviceTruth, { books }: Evidence, hindrances: Hindrances): string[] {
  const { covered } = hindrances;
  const { up, down } = books.times.get(host.name) ?? { up: 0, down: 0 };
  const turns = (spell: Spell) => covered.filter(({ from }) => touches([spell], { from, to: from + 1 })).length;
  // Who does not look at the end sees it later.
  const blurMs = ({ to }: Spell) =>
    lengthMs(hindrances.unsure.filter((each) => touches([each], { from: to - UP_WITHIN_MS, to: to + UP_WITHIN_MS })));
  const seenMs = (spells: readonly Spell[]) => spells.reduce((sum, spell) => sum + overlapMs(covered, spell), 0);
  const certain = certainOutages(host, hindrances);
  // Who is down already stays so while the tower is down too.
  const fallen = merged([...host.silent.own, ...host.silent.behind]).filter((spell) => touches(host.silent.own, spell));
  const mostDown = fallen.reduce(
    (sum, spell) => sum + overlapMs(covered, spell) + RESOLUTION_MS + turns(spell) * HANDOVER_MS + blurMs(spell),
    0,
  );
  const certainMs = certain.reduce((sum, { countedFrom, to }) => sum + to - countedFrom - RESOLUTION_MS, 0);
  const notUp = merged([...silenceOf(host), ...doubts(host, hindrances)]);
  const mostUp = lengthMs(covered) - certainMs + (covered.length + 1) * HANDOVER_MS;
  const leastUp = lengthMs(covered) - seenMs(notUp) - (notUp.length + covered.length) * RESOLUTION_MS;
  const outside = (what: string, value: number, least: number, most: number) =>
    value >= least && value <= most ? [] : [`${host.name}: ${value} ms ${what}, not ${least} to ${most}`];
  return [...outside('down', down, certainMs, mostDown), ...outside('up', up, leastUp, mostUp)];
}

/** When many fall at once, that is one message or two. */
function judgeFalls({ hosts, routers, books }: Evidence, hindrances: Hindrances): string[] {
  const many = SHARE_OF_MANY * (hosts.length + routers.length);
  const outages = hosts.flatMap((host) => certainOutages(host, hindrances));
  const falls = Map.groupBy(outages, ({ from }) => Math.round(from / 100));
  return [...falls.values()].flatMap((fallen) => {
    const [first] = fallen;
    if (first === undefined || fallen.length < many) return [];
    const notices = books.log.filter(
      ({ what, one, at }) =>
        what === 'notice' && ['device.down', 'device.mass'].includes(one) && at >= first.from && at <= first.to,
    ).length;
    return notices >= 1 && notices <= MOST_NOTICES_OF_A_FALL
      ? []
      : [`${fallen.length} fell at once: ${notices} notices`];
  });
}

function seconds(ms: number): string {
  return String(Math.round(ms / 1000));
}
