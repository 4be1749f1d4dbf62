import type { News, NewsEvent } from './news.ts';

/** News that waits to be told. */
export interface WaitingNews extends News {
  readonly id: number;
}

/** What was told when, kept over restarts. */
export interface Told {
  /** When news of this kind was last told, Unix ms. */
  readonly last: Readonly<Partial<Record<NewsEvent, number>>>;
  /** A large part of the fleet has fallen: nothing of it is told before this instant, Unix ms; `null`: it has not. */
  readonly holdUntil: number | null;
}

export const NOTHING_TOLD: Told = { last: {}, holdUntil: null };

/** One notice to be written. `mass`: of a large part of the fleet. */
export interface Bulletin {
  readonly event: NewsEvent | 'mass';
  /** At least one; of each device the last. */
  readonly news: readonly News[];
  /** Of `down` and `mass`: devices that were down and are up again, their outage never told before. */
  readonly recovered: readonly News[];
  /** The waiting news that is told by this. */
  readonly ids: readonly number[];
}

/** How the fleet is at this moment. */
export interface FleetFall {
  /** Devices that are watched. */
  readonly size: number;
  /** First failures (Unix ms) of devices that are failing and have not been told of; those behind a failing device left out. */
  readonly fallenAt: readonly number[];
}

const MASS_SHARE = 0.3;
/** Of a small fleet two devices are no mass. */
const MASS_DEVICES = 3;
const HOLD_ROUNDS = 2;
const EVENTS: readonly NewsEvent[] = ['flapping', 'steady', 'ill', 'warning', 'cleared', 'blind'];

/**
 * What is to be told now. The first news of a kind at once; what follows within one round waits and goes out together. When a large part of
 * the fleet falls within one round, all of it waits for two rounds and goes out as one.
 */
export function gather(
  waiting: readonly WaitingNews[],
  told: Told,
  { now, everyMs, fleet }: { readonly now: number; readonly everyMs: number; readonly fleet: FleetFall },
): { readonly bulletins: readonly Bulletin[]; readonly told: Told } {
  const last = { ...told.last };
  const bulletins: Bulletin[] = [];
  const isDue = (event: NewsEvent) => {
    const before = last[event];
    // A clock that was set back is not to silence anything.
    return before === undefined || now - before >= everyMs || now < before;
  };
  const tell = (bulletin: Bulletin, event: NewsEvent) => {
    bulletins.push(bulletin);
    last[event] = now;
  };

  let { holdUntil } = told;
  if (holdUntil !== null && holdUntil - now > HOLD_ROUNDS * everyMs) holdUntil = now;
  const { down, recovered, up, ids } = fallsOf(waiting);
  const hasFallen = down.length + recovered.length > 0;
  if (holdUntil === null && hasFallen && isMass(fleet, everyMs)) holdUntil = now + HOLD_ROUNDS * everyMs;
  const fell = { news: down, recovered, ids: ids.fell };
  if (holdUntil === null) {
    if (hasFallen && isDue('down')) tell({ event: 'down', ...fell }, 'down');
    if (up.length > 0 && isDue('up')) tell({ event: 'up', news: up, recovered: [], ids: ids.up }, 'up');
  } else if (now >= holdUntil) {
    holdUntil = null;
    if (hasFallen) tell({ event: 'mass', ...fell }, 'down');
    if (up.length > 0) tell({ event: 'up', news: up, recovered: [], ids: ids.up }, 'up');
  }
  for (const event of EVENTS) {
    const news = waiting.filter((each) => each.event === event);
    if (news.length > 0 && isDue(event)) tell({ event, news, recovered: [], ids: idsOf(news) }, event);
  }
  return { bulletins, told: { last, holdUntil } };
}

/** Whether so many have fallen within one round. */
function isMass({ size, fallenAt }: FleetFall, everyMs: number): boolean {
  const enough = Math.max(MASS_DEVICES, Math.ceil(size * MASS_SHARE));
  const sorted = fallenAt.toSorted((one, other) => one - other);
  return sorted.some((at, index) => {
    const first = sorted[index - enough + 1];
    return first !== undefined && at - first <= everyMs;
  });
}

/** News of devices that went down or came up; of several about one device the last counts. */
function fallsOf(waiting: readonly WaitingNews[]) {
  const byDevice = Map.groupBy(
    waiting.filter(({ event }) => event === 'down' || event === 'up'),
    ({ device }) => device,
  );
  const down: News[] = [];
  const recovered: News[] = [];
  const up: News[] = [];
  const ids: { fell: number[]; up: number[] } = { fell: [], up: [] };
  for (const each of byDevice.values()) {
    const last = each.at(-1);
    if (last === undefined) continue;
    const wasDown = each.some(({ event }) => event === 'down');
    if (last.event === 'down') down.push(last);
    else if (wasDown) recovered.push(last);
    else up.push(last);
    (wasDown ? ids.fell : ids.up).push(...idsOf(each));
  }
  return { down, recovered, up, ids };
}

function idsOf(news: readonly WaitingNews[]): number[] {
  return news.map(({ id }) => id);
}
