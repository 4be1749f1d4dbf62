import type { Calendar } from '../usage/accounting/day.ts';
import type { HealthArchive, StoredSpan, WanSpan } from './ports.ts';
import type { Tally } from './spans.ts';

/** What flowed over the internet lines within one hour or one local day. */
export interface WanBar {
  /** Unix ms. */
  readonly startsAt: number;
  readonly endsAt: number;
  /** Bits a second: of each router the mean while it was seen, all together; `null`: nobody knows. */
  readonly downloadBps: number | null;
  readonly uploadBps: number | null;
  /** Of how many routers that is, and how many there were; `null`: not known. */
  readonly seen: number;
  readonly routers: number | null;
  /** How much of the time that is over they were not seen, on average, ms; 0 where it is no more than a moment. */
  readonly missingMs: number;
}

export interface WanTraffic {
  /** The last 24 UTC hours; the last one goes on. */
  readonly hours: readonly WanBar[];
  /** Today and the six local days before. */
  readonly days: readonly WanBar[];
}

export interface WanDeps {
  readonly archive: Pick<HealthArchive, 'spans' | 'wan'>;
  readonly calendar: Pick<Calendar, 'dayOf' | 'addDays' | 'startOf' | 'endOf'>;
}

const HOUR_MS = 3_600_000;
const HOURS = 24;
const DAYS = 7;
/** What happens is written so much later at most: a look, the write, and the sum of all of them once a minute. */
const NOT_YET_MS = 240_000;
/** Nobody sees so little of an hour, and each start of a worker takes some of it: the first rate needs two looks. */
const MOMENT_MS = 300_000;

/** Of one router, or of all together (`null`), up to `now`. Rejects with a `TroubleError` when the database is away. */
export async function readWanTraffic(
  { archive, calendar }: WanDeps,
  { router, now }: { readonly router: string | null; readonly now: number },
): Promise<WanTraffic> {
  const { hours, days } = wanTimes(now, calendar);
  const read = async (length: 'hour' | 'day', times: readonly Time[]) => {
    const fromAt = times[0]?.startsAt ?? now;
    const spans =
      router === null
        ? await archive.wan(length, fromAt)
        : (await archive.spans(router, length, fromAt)).flatMap(alone);
    return wanBars(spans, times, now);
  };
  return { hours: await read('hour', hours), days: await read('day', days) };
}

type Time = Pick<WanBar, 'startsAt' | 'endsAt'>;

function wanTimes(now: number, calendar: WanDeps['calendar']): Record<'hours' | 'days', Time[]> {
  const lastHourAt = Math.floor(now / HOUR_MS) * HOUR_MS;
  const today = calendar.dayOf(now);
  return {
    hours: Array.from({ length: HOURS }, (_, index) => {
      const startsAt = lastHourAt + (index + 1 - HOURS) * HOUR_MS;
      return { startsAt, endsAt: startsAt + HOUR_MS };
    }),
    days: Array.from({ length: DAYS }, (_, index) => {
      const day = calendar.addDays(today, index + 1 - DAYS);
      return { startsAt: calendar.startOf(day), endsAt: calendar.endOf(day) };
    }),
  };
}

/** One for each of the times; what is not in `spans` is not known. */
export function wanBars(spans: readonly WanSpan[], times: readonly Time[], now: number): WanBar[] {
  const known = new Map(spans.map((span) => [span.startsAt, span]));
  return times.map((time) => {
    const overMs = Math.max(0, Math.min(time.endsAt, now - NOT_YET_MS) - time.startsAt);
    const span = known.get(time.startsAt);
    if (span === undefined) {
      return { ...time, downloadBps: null, uploadBps: null, seen: 0, routers: null, missingMs: overMs };
    }
    const { downloadBps, uploadBps, seen, routers, seenMs } = span;
    const missingMs = Math.round(overMs - seenMs / seen);
    return { ...time, downloadBps, uploadBps, seen, routers, missingMs: missingMs < MOMENT_MS ? 0 : missingMs };
  });
}

/** A router as if it were all there are. */
function alone({ startsAt, upMs, figures }: StoredSpan): WanSpan[] {
  const [downloadBps, uploadBps] = [meanOf(figures.get('downloadBps')), meanOf(figures.get('uploadBps'))];
  if (downloadBps === null || uploadBps === null) return [];
  return [{ startsAt, downloadBps, uploadBps, seen: 1, routers: 1, seenMs: upMs }];
}

function meanOf(tally: Tally | undefined): number | null {
  return tally === undefined || tally.count === 0 ? null : tally.sum / tally.count;
}
