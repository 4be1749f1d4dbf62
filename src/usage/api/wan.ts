import { instant } from '../../platform/http/days.ts';
import type { ReadWan, WanBar } from '../ports.ts';

/** What flowed over the internet lines of one router, or of all of them, in the last 24 hours and on the last seven days; in order. */
export interface WanData {
  readonly hours: readonly WanEntry[];
  readonly days: readonly WanEntry[];
}

/** One hour, or one local day. */
export interface WanEntry {
  /** ISO 8601; `to` is the first instant after it. */
  readonly from: string;
  readonly to: string;
  /** Bits a second: of each router the mean while it was seen, all together; `null`: nobody knows. */
  readonly downloadBps: number | null;
  readonly uploadBps: number | null;
  /** Of how many routers that is, and how many there were; `null`: not known. */
  readonly seenRouters: number;
  readonly routers: number | null;
  /** How much of the time these were not seen, on average. */
  readonly missingSeconds: number;
}

/** @param now Unix ms */
export async function readWanData(wan: ReadWan, router: string | null, now: number): Promise<WanData> {
  const { hours, days } = await wan(router, now);
  return { hours: hours.map(entryOf), days: days.map(entryOf) };
}

function entryOf({ startsAt, endsAt, downloadBps, uploadBps, seen, routers, missingMs }: WanBar): WanEntry {
  return {
    ...{ from: instant(startsAt), to: instant(endsAt) },
    ...{ downloadBps: whole(downloadBps), uploadBps: whole(uploadBps) },
    ...{ seenRouters: seen, routers, missingSeconds: Math.ceil(missingMs / 1000) },
  };
}

function whole(bps: number | null): number | null {
  return bps === null ? null : Math.round(bps);
}
