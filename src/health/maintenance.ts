import type { Placed } from './parents.ts';

/** A time in which a device, or all with a tag, is not judged. It holds for what is behind the device too. */
export interface MaintenanceWindow {
  readonly id: number;
  /** Exactly one of the two is given. */
  readonly device: string | null;
  readonly tag: string | null;
  /** Unix ms. */
  readonly startsAt: number;
  readonly endsAt: number;
  /** Comes again every week at the same local time. */
  readonly isWeekly: boolean;
}

const WEEK_MS = 7 * 86_400_000;

/** Whether a window is open at an instant (Unix ms). One that comes every week keeps its local time and its length over a change of the clocks. */
export function isOpen(window: MaintenanceWindow, at: number, timeZone: string): boolean {
  const { startsAt, endsAt } = window;
  if (at < startsAt) return false;
  if (!window.isWeekly) return at < endsAt;
  const first = Temporal.Instant.fromEpochMilliseconds(startsAt).toZonedDateTimeISO(timeZone);
  // A week has 167 to 169 hours where clocks change.
  const weeks = Math.floor((at - startsAt) / WEEK_MS);
  return [weeks - 1, weeks, weeks + 1].some((count) => {
    if (count < 0) return false;
    const begin = first.add({ weeks: count }).epochMilliseconds;
    return at >= begin && at < begin + (endsAt - startsAt);
  });
}

/** Whether a device or one in front of it is in one of the open windows. */
export function isInMaintenance(
  device: Placed,
  parents: readonly Placed[],
  open: readonly Pick<MaintenanceWindow, 'device' | 'tag'>[],
): boolean {
  return open.some((window) => [device, ...parents].some((each) => covers(window, each)));
}

function covers({ device, tag }: Pick<MaintenanceWindow, 'device' | 'tag'>, { name, tags }: Placed): boolean {
  return device === name || (tag !== null && tags.includes(tag));
}
