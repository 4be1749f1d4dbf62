import { isIgnoredQueue } from '../../accounting/quota.ts';
import { type HistoryDeps, sameTimeBytes } from './history.ts';
import { buildModel, type ReportModel } from './model.ts';
import type { QueueTotal } from './ports.ts';

/** What a router's users moved on the day before. */
export interface DayBefore {
  /** On all of the day. */
  readonly wholeBytes: bigint;
  /** Up to the same time of day; `null` where the hours cannot tell. */
  readonly sameTimeBytes: bigint | null;
}

/** Today as it is on record at an instant. */
export interface Today {
  /** Unix ms. */
  readonly at: number;
  /** `YYYY-MM-DD` */
  readonly day: string;
  /** Of one router, or of all without a name. Ranks are among these. */
  model(router?: string): ReportModel;
  /** By router; those without usage are not in it. */
  readonly before: ReadonlyMap<string, DayBefore>;
}

/** Yesterday is over: how it was spread over the hours is looked up anew only after so much time. */
const BEFORE_KEPT_MS = 60_000;

/** Reads today's usage. The reader rejects with a `TroubleError` when the database is away. */
export function createTodayReader(deps: HistoryDeps): (now: number) => Promise<Today> {
  const { archive, calendar, quotas } = deps;
  let before: { readonly day: string; readonly at: number; readonly routers: Promise<Today['before']> } | null = null;

  function readBefore(day: string, now: number): Promise<Today['before']> {
    if (before === null || before.day !== day || Math.abs(now - before.at) >= BEFORE_KEPT_MS) {
      const entry = { day, at: now, routers: dayBefore(calendar.addDays(day, -1), now, deps) };
      entry.routers.catch(() => {
        if (before === entry) before = null;
      });
      before = entry;
    }
    return before.routers;
  }

  return async (now) => {
    const day = calendar.dayOf(now);
    const days = { startDay: day, endDay: day };
    const totals = await archive.queueTotals({ fromDay: day, toDay: day });
    return {
      at: now,
      day,
      model: (router) =>
        buildModel({
          coverage: { period: 'day', days },
          soFarAt: now,
          quotas,
          totals: router === undefined ? totals : totals.filter((total) => total.router === router),
        }),
      before: await readBefore(day, now),
    };
  };
}

async function dayBefore(day: string, now: number, { archive, calendar, quotas }: HistoryDeps) {
  const totals = await archive.queueTotals({ fromDay: day, toDay: day });
  const counted = totals.filter((total) => !total.isParent && !isIgnoredQueue(quotas, total));
  const whole = new Map<string, bigint>();
  for (const total of counted) whole.set(total.router, (whole.get(total.router) ?? 0n) + bytesOf(total));
  const sameTime = await sameTimeBytes(
    { day, soFarAt: now, pointsBefore: counted, whole, keyOf: ({ router }) => router },
    { archive, calendar },
  );
  return new Map(
    [...whole].map(([router, wholeBytes]) => [
      router,
      { wholeBytes, sameTimeBytes: sameTime.get(router) ?? null } satisfies DayBefore,
    ]),
  );
}

function bytesOf({ uploadBytes, downloadBytes }: QueueTotal): bigint {
  return uploadBytes + downloadBytes;
}
