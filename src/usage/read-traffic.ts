import type { Condition } from '../devices/ports.ts';
import type { Calendar } from './accounting/day.ts';
import { isIgnoredQueue, type QuotaPolicy } from './accounting/quota.ts';
import type { Span } from './accounting/span.ts';
import type { DaysUsage } from './days-usage.ts';
import { type DayHour, type DayShare, type RouterSpan, type Traffic, trafficDays, trafficOf } from './traffic.ts';

/** Whose sums are asked for: of all queues that are no parents, of those of one router, or of some queues by their numbers. */
export interface TrafficOf {
  readonly router?: string;
  readonly only?: readonly bigint[];
}

interface Days {
  /** Inclusive, `YYYY-MM-DD`. */
  readonly fromDay: string;
  readonly toDay: string;
}

/** A queue as it was on some days. */
export interface QueueOnDays {
  readonly queueId: bigint;
  readonly router: string;
  readonly queue: string;
  readonly user: string;
  readonly comment: string | null;
  /** `YYYY-MM-DD` */
  readonly days: readonly string[];
}

/** Sums that the database makes, in no particular order. */
export interface TrafficSums {
  /** Hours of one day that begin from `startAt` to before `endAt`, Unix ms. */
  hours(filter: TrafficOf & Span & { readonly day: string }): Promise<DayHour[]>;
  days(filter: TrafficOf & Days): Promise<DayShare[]>;
  /** When at least half of the queues of a router were not observed in one go: spans that end after `startAt` and before `endAt` or with it. */
  lost(filter: Span & { readonly router?: string }): Promise<RouterSpan[]>;
  /** All queues that are no parents, of one router or of all. */
  queues(filter: Days & { readonly router?: string }): Promise<QueueOnDays[]>;
}

export interface TrafficDeps {
  readonly sums: TrafficSums;
  readonly calendar: Calendar;
  readonly quotas: readonly QuotaPolicy[];
  /** Of the routers that are polled. */
  readonly conditions: () => readonly Condition[];
}

/** What hardly changes any more. */
interface Past {
  readonly days: readonly DayShare[];
  readonly hours: readonly DayHour[];
  readonly lost: readonly RouterSpan[];
}

const HOUR_MS = 3_600_000;
/** The past is read anew only after so much time, or in another hour, in case a sample was held back: of 2,000 queues it takes 16 ms. */
const PAST_KEPT_MS = 30 * 60_000;

/**
 * Reads what one router, or all of them (`null`), moved lately, and keeps what is past; `usage` is of today. Its promise rejects with a
 * `TroubleError` when the database is away.
 */
export function createTrafficReader(deps: TrafficDeps, router: string | null): (usage: DaysUsage) => Promise<Traffic> {
  const { calendar, conditions, quotas } = deps;
  let kept: { readonly at: number; readonly until: string; readonly past: Past } | null = null;

  async function pastOf(now: number, freshAt: number, reading: Reading): Promise<Past> {
    const until = `${freshAt} ${calendar.dayOf(now)}`;
    if (kept?.until !== until || Math.abs(now - kept.at) >= PAST_KEPT_MS) {
      kept = { at: now, until, past: await readPast(reading, now, freshAt, calendar) };
    }
    return kept.past;
  }

  return async (usage) => {
    const { at: now, day: today } = usage;
    const { within } = trafficDays(now, calendar);
    // Samples over the turn of an hour are booked a moment after it.
    const freshAt = within.endAt - 2 * HOUR_MS;
    const reading = createReading(deps, router);
    const past = await pastOf(now, freshAt, reading);
    const fresh = { startAt: freshAt, endAt: Number.MAX_SAFE_INTEGER };
    const hours = [...past.hours];
    for (const day of new Set([calendar.dayOf(freshAt), today])) hours.push(...(await reading.hours(day, fresh)));
    const isAsked = (name: string) => (router === null || name === router) && !isIgnoredRouter(quotas, name);
    const { uploadBytes, downloadBytes, rows } = usage.model(router ?? undefined);
    const ofToday = rows.length === 0 ? [] : [{ day: today, uploadBytes, downloadBytes }];
    const polled = conditions().filter((condition) => isAsked(condition.router));
    const notRead = polled
      .filter(({ isFresh }) => !isFresh)
      .flatMap(({ router: name, lastReadAt }) =>
        lastReadAt === null || lastReadAt >= now ? [] : [{ router: name, startAt: lastReadAt, endAt: now }],
      );
    const lost = [...past.lost, ...(await reading.lost(fresh))];
    return trafficOf(
      {
        ...{ now, hours, notRead, routers: polled.length },
        days: [...past.days, ...ofToday],
        lost: lost.filter((span) => isAsked(span.router)),
      },
      calendar,
    );
  };
}

async function readPast(reading: Reading, now: number, freshAt: number, calendar: Calendar): Promise<Past> {
  const { today, days, ofHours, within } = trafficDays(now, calendar);
  const [fromDay = today] = days;
  const hours: DayHour[] = [];
  // All of each day, so that what is in no hour of it is known; beyond the 24 hours too.
  for (const day of ofHours) hours.push(...(await reading.hours(day, { startAt: 0, endAt: freshAt })));
  const before = calendar.addDays(today, -1);
  return {
    days: await reading.days({ fromDay, toDay: before }),
    hours,
    lost: await reading.lost({ startAt: Math.min(calendar.startOf(fromDay), within.startAt), endAt: freshAt }),
  };
}

type Reading = ReturnType<typeof createReading>;

/** Reads sums, without the queues that are ignored; which ones those are on some days it looks up once. */
function createReading({ sums, quotas }: TrafficDeps, router: string | null) {
  const of = router === null ? {} : { router };
  const ignored = new Map<string, Promise<ReadonlyMap<string, bigint[]>>>();

  /** By day. */
  function ignoredOn({ fromDay, toDay }: Days): Promise<ReadonlyMap<string, bigint[]>> {
    const key = `${fromDay} ${toDay}`;
    const known = ignored.get(key) ?? findIgnored({ fromDay, toDay });
    ignored.set(key, known);
    return known;
  }

  async function findIgnored(days: Days): Promise<ReadonlyMap<string, bigint[]>> {
    const found = new Map<string, bigint[]>();
    if (!quotas.some(({ ignore }) => ignore === true)) return found;
    for (const { queueId, days: on, ...queue } of await sums.queues({ ...days, ...of })) {
      if (!isIgnoredQueue(quotas, { ...queue, isParent: false })) continue;
      for (const day of on) found.set(day, [...(found.get(day) ?? []), queueId]);
    }
    return found;
  }

  return {
    async hours(day: string, span: Span): Promise<DayHour[]> {
      const only = (await ignoredOn({ fromDay: day, toDay: day })).get(day) ?? [];
      // These first: what is booked in between must not be taken away from less.
      const without = only.length === 0 ? [] : await sums.hours({ day, ...span, only });
      return less(await sums.hours({ day, ...span, ...of }), without, ({ hourAt }) => hourAt);
    },
    async days(days: Days): Promise<DayShare[]> {
      const without: DayShare[] = [];
      for (const [day, only] of await ignoredOn(days)) {
        without.push(...(await sums.days({ fromDay: day, toDay: day, only })));
      }
      return less(await sums.days({ ...days, ...of }), without, ({ day }) => day);
    },
    lost: (span: Span) => sums.lost({ ...span, ...of }),
  };
}

/** Whether a rule ignores whatever queue of the router. */
function isIgnoredRouter(quotas: readonly QuotaPolicy[], router: string): boolean {
  return isIgnoredQueue(quotas, { router, queue: '', user: '', comment: null, isParent: false });
}

function less<Share extends DayShare>(
  shares: readonly Share[],
  without: readonly Share[],
  keyOf: (share: Share) => string | number,
): Share[] {
  const taken = Map.groupBy(without, keyOf);
  return shares.map((share) => {
    let { uploadBytes, downloadBytes } = share;
    for (const part of taken.get(keyOf(share)) ?? []) {
      uploadBytes -= part.uploadBytes;
      downloadBytes -= part.downloadBytes;
    }
    return { ...share, uploadBytes, downloadBytes };
  });
}
