import type { Device } from '../devices/ports.ts';
import { isInMaintenance, isOpen, type MaintenanceWindow } from './maintenance.ts';
import type { InterfaceFigures } from './observation.ts';
import { waysTo } from './parents.ts';
import type { DeviceRecord, MaintenanceBook, Watched } from './ports.ts';
import { type Series, seriesOf } from './series.ts';
import { MINUTES_MS } from './spans.ts';
import type { Transition } from './state.ts';
import { observedMs, readDevices, type StatusDeps, type UptimeEntry, uptimeOf } from './status.ts';
import { type Level, type WallEntry, wallEntry } from './wall.ts';

/** All that health knows of one device. */
export interface DeviceHealth {
  readonly entry: WallEntry;
  /** `null`: nobody has looked yet. */
  readonly record: DeviceRecord | null;
  /** As they are now; `null`: not known. */
  readonly interfaces: readonly InterfaceFigures[] | null;
  readonly watched: Watched;
  /** When it was read, Unix ms. */
  readonly at: number;
  /** The device in front of it; its level is `null` where no device has that name. */
  readonly parent: Neighbour | null;
  /** Those behind it; the first ones of many. */
  readonly children: readonly Neighbour[];
  readonly moreChildren: number;
  /** The last 24 hours by five minutes, and the last 7 days by hours. */
  readonly day: Series;
  readonly week: Series;
  readonly uptimes: readonly (Omit<UptimeEntry, 'device' | 'incidents'> & { readonly days: 1 | 7 | 30 })[];
  /** The last ones first. */
  readonly transitions: readonly Transition[];
  /** Windows that hold for it now or later, also by a tag or a device in front of it. */
  readonly windows: readonly { readonly window: MaintenanceWindow; readonly isOpen: boolean }[];
}

export interface Neighbour {
  readonly name: string;
  readonly level: Level | null;
}

export interface DeviceHealthDeps extends StatusDeps {
  /** By its name; of every source. */
  readonly find: (name: string) => Device | null;
  readonly windows: Pick<MaintenanceBook, 'list'>;
  readonly timeZone: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MONTH_DAYS = 30;
const MOST_CHILDREN = 100;
const MOST_TRANSITIONS = 20;

/** Rejects with a `TroubleError` when the database is away. */
export async function readDeviceHealth(deps: DeviceHealthDeps, device: Device): Promise<DeviceHealth> {
  const { archive, calendar, find } = deps;
  const behind = (await deps.devices()).filter(({ parent }) => parent === device.name);
  const parent = device.parent === null ? null : find(device.parent);
  const shown = behind.slice(0, MOST_CHILDREN);
  const around = [device, ...(parent === null ? [] : [parent]), ...shown];
  const { read, watched, at } = await readDevices(deps, around, 'these');
  const entries = new Map(read.map(({ status, record }) => [status.device, wallEntry(status, record)]));
  const own = read[0];
  const entry = entries.get(device.name);
  if (own === undefined || entry === undefined) throw new Error('a device that was asked for was not read');
  const { record } = own;
  const inFront = waysTo(device, find);

  const day = seriesOf(await archive.spans(device.name, 'minutes', at - DAY_MS - MINUTES_MS), {
    ...{ fromAt: at - DAY_MS, now: at, stepMs: MINUTES_MS },
  });
  const week = seriesOf(await archive.spans(device.name, 'hour', at - 7 * DAY_MS - HOUR_MS), {
    ...{ fromAt: at - 7 * DAY_MS, now: at, stepMs: HOUR_MS },
  });
  const monthAt = calendar.startOf(calendar.addDays(calendar.dayOf(at), 1 - MONTH_DAYS));
  const month = await archive.spans(device.name, 'day', monthAt);
  const sum = (of: 'upMs' | 'downMs') => month.reduce((total, span) => total + span[of], 0);
  const share = (days: 1 | 7 | 30, startsAt: number, upMs: number, downMs: number) => {
    const totalMs = observedMs(record, { fromAt: startsAt, now: at, isWatched: watched.isWatched });
    const { device: _name, ...uptime } = uptimeOf({ device: device.name, upMs, downMs }, totalMs);
    return { days, ...uptime };
  };

  return {
    ...{ entry, record, watched, at, day, week },
    interfaces: own.isFresh ? (record?.figures?.interfaces ?? null) : null,
    parent: device.parent === null ? null : { name: device.parent, level: entries.get(device.parent)?.level ?? null },
    children: shown.map(({ name }) => ({ name, level: entries.get(name)?.level ?? null })),
    moreChildren: behind.length - shown.length,
    uptimes: [
      share(1, day.startsAt, day.upMs, day.downMs),
      share(7, week.startsAt, week.upMs, week.downMs),
      share(30, monthAt, sum('upMs'), sum('downMs')),
    ],
    transitions: await archive.transitions({ device: device.name, most: MOST_TRANSITIONS }),
    windows: (await deps.windows.list())
      .filter((window) => window.isWeekly || window.endsAt > at)
      .filter((window) => isInMaintenance(device, inFront, [window]))
      .map((window) => ({ window, isOpen: isOpen(window, at, deps.timeZone) })),
  };
}
