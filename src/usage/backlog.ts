import type { Sample } from './accounting/counter.ts';
import type { Calendar } from './accounting/day.ts';

interface HeldSample {
  readonly sample: Sample;
  /** Without it bytes would be lost or booked on the wrong day. */
  needed: boolean;
}

/** Samples of all routers that wait for the database, each router's in the order they were read. */
export interface Backlog {
  push(router: string, sample: Sample): void;
  /** The oldest one of a router. */
  first(router: string): Sample | undefined;
  /** Takes a sample out, once it is committed; harmless when it was given up for want of room meanwhile. */
  take(router: string, sample: Sample): void;
  /** All that wait, each router's in the order they were read. */
  held(): { readonly router: string; readonly sample: Sample }[];
  /** How many samples wait, over all routers. */
  size(): number;
  /** How many were given up since the start because there was no more room for them. */
  dropped(): { readonly spare: number; readonly needed: number };
}

/**
 * Bounded by rows. When it is full, samples that only give more exact times are dropped first; the newest, those on either side of a
 * restart, and those on either side of a midnight are kept longest.
 *
 * @param maxRows queue rows held over all routers; the newest sample of each router is held in any case
 */
export function createBacklog({
  maxRows,
  calendar,
}: {
  readonly maxRows: number;
  readonly calendar: Calendar;
}): Backlog {
  const held = new Map<string, HeldSample[]>();
  const dropped = { spare: 0, needed: 0 };
  let rows = 0;

  function drop(isSpare: (item: HeldSample) => boolean): boolean {
    let oldest: { list: HeldSample[]; index: number; item: HeldSample } | null = null;
    for (const list of held.values()) {
      // The newest of a router is never dropped.
      const index = list.slice(0, -1).findIndex(isSpare);
      const item = list[index];
      if (item === undefined) continue;
      if (oldest === null || item.sample.sampledAt < oldest.item.sample.sampledAt) oldest = { list, index, item };
    }
    if (oldest === null) return false;
    oldest.list.splice(oldest.index, 1);
    rows -= rowsOf(oldest.item.sample);
    dropped[oldest.item.needed ? 'needed' : 'spare']++;
    return true;
  }

  return {
    push(router, sample) {
      const list = held.get(router) ?? [];
      held.set(router, list);
      const last = list.at(-1);
      // What the first one says against the stored state is not known here, so it is kept.
      const item = { sample, needed: last === undefined };
      if (last !== undefined && (showsRestart(last.sample, sample) || crossesMidnight(last.sample, sample, calendar))) {
        last.needed = true;
        item.needed = true;
      }
      list.push(item);
      rows += rowsOf(sample);
      while (rows > maxRows && (drop((each) => !each.needed) || drop(() => true)));
    },
    first: (router) => held.get(router)?.[0]?.sample,
    take(router, sample) {
      const list = held.get(router);
      // Only the oldest is ever committed. If it was dropped while it was, the next one must not go in its place.
      if (list?.[0]?.sample !== sample) return;
      list.shift();
      rows -= rowsOf(sample);
    },
    held: () => [...held].flatMap(([router, list]) => list.map(({ sample }) => ({ router, sample }))),
    size: () => [...held.values()].reduce((sum, list) => sum + list.length, 0),
    dropped: () => ({ ...dropped }),
  };
}

/** A sample without rows still takes room. */
function rowsOf(sample: Sample): number {
  return sample.queues.length + 1;
}

function crossesMidnight(one: Sample, next: Sample, calendar: Calendar): boolean {
  return calendar.dayOf(one.sampledAt) !== calendar.dayOf(next.sampledAt);
}

/** Whether a counter began again at 0, a row went or another device answered between two samples of one process. */
function showsRestart(one: Sample, next: Sample): boolean {
  if (next.uptimeMs < one.uptimeMs || next.serial !== one.serial) return true;
  const bootMovedMs = next.monotonicMs - one.monotonicMs - (next.uptimeMs - one.uptimeMs);
  if (bootMovedMs > one.uptimeMs / 2) return true;
  const rows = new Map(next.queues.map((row) => [row.id, row]));
  return one.queues.some((row) => {
    const now = rows.get(row.id);
    if (now === undefined || now.name !== row.name) return true;
    return now.uploadBytes < row.uploadBytes || now.downloadBytes < row.downloadBytes;
  });
}
