import type { Calendar } from '../usage/accounting/day.ts';
import type { Health, State } from './state.ts';
import { settledUntil, uptimePercent } from './status.ts';

/** A page that everybody may see, as it is configured. */
export interface StatusPage {
  readonly slug: string;
  readonly title: string;
  /** `device` is our name, which nobody sees; `name` the public one. */
  readonly devices: readonly { readonly device: string; readonly name: string }[];
}

/** What is stored of the devices of a page. */
export interface PublicRecords {
  /** Whether a worker judges the devices now. */
  readonly isWatched: boolean;
  readonly devices: ReadonlyMap<string, { readonly health: Health; readonly firstAt: number }>;
  /** Parts of local days; a day may have several where the time zone was changed. */
  readonly days: readonly PublicSpan[];
  /** When maintenance began and ended, in order of time. */
  readonly maintenance: readonly { readonly device: string; readonly at: number; readonly begins: boolean }[];
}

export interface PublicSpan {
  readonly device: string;
  readonly startsAt: number;
  readonly upMs: number;
  readonly downMs: number;
}

/** What is stored of some devices from an instant on (Unix ms). Rejects with a `TroubleError` when the database is away. */
export interface PublicArchive {
  read(devices: readonly string[], fromAt: number): Promise<PublicRecords>;
}

/** How everybody may see a device; why is nobody's business. */
export type PublicState = 'up' | 'down' | 'unreachable' | 'maintenance' | 'unknown';

/** A local day of a device. What is neither up, down nor maintenance was not measured. */
export interface PublicDay {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  readonly upMs: number;
  readonly downMs: number;
  readonly maintenanceMs: number;
  readonly unmeasuredMs: number;
  /** Of up and down alone; `null`: neither is known. */
  readonly percent: number | null;
}

export interface PublicDevice {
  readonly name: string;
  readonly state: PublicState;
  /** Since when, Unix ms; `null` where it is up or not known. */
  readonly since: number | null;
  /** Of all days. */
  readonly percent: number | null;
  /** The oldest first, today last. */
  readonly days: readonly PublicDay[];
}

export interface PublicStatus {
  readonly at: number;
  readonly devices: readonly PublicDevice[];
}

export const PUBLIC_DAYS = 90;

/** Shorter gaps are not told: a check that comes a little later is none. */
const SMALLEST_GAP_MS = 60_000;

const STATE: Readonly<Record<State, PublicState>> = {
  up: 'up',
  suspect: 'up',
  down: 'down',
  unreachable: 'unreachable',
  unknown: 'unknown',
  maintenance: 'maintenance',
  paused: 'unknown',
};

type Days = Pick<Calendar, 'dayOf' | 'addDays' | 'startOf' | 'endOf'>;

/** When the first of the days of a page begins, Unix ms. */
export function publicFrom(now: number, calendar: Days): number {
  return calendar.startOf(calendar.addDays(calendar.dayOf(now), 1 - PUBLIC_DAYS));
}

/** What everybody may see of the devices of a page. */
export function publicStatus(page: StatusPage, records: PublicRecords, now: number, calendar: Days): PublicStatus {
  const today = calendar.dayOf(now);
  const days = Array.from({ length: PUBLIC_DAYS }, (_, index) => {
    const day = calendar.addDays(today, index + 1 - PUBLIC_DAYS);
    return { day, startsAt: calendar.startOf(day), endsAt: calendar.endOf(day) };
  });
  // Nearly all spans begin with one of these days, and to ask the calendar is slow.
  const dayAt = new Map(days.map(({ day, startsAt }) => [startsAt, day]));
  const spansOf = Map.groupBy(records.days, ({ device }) => device);
  const turnsOf = Map.groupBy(records.maintenance, ({ device }) => device);

  function deviceOf({ device, name }: StatusPage['devices'][number]): PublicDevice {
    const record = records.devices.get(device);
    if (record === undefined) return { name, state: 'unknown', since: null, percent: null, days: days.map(emptyDay) };
    const { health, firstAt } = record;
    const untilAt = settledUntil(health, records.isWatched, now);
    const windows = windowsOf(turnsOf.get(device) ?? [], health, untilAt);
    const spans = Map.groupBy(
      spansOf.get(device) ?? [],
      ({ startsAt }) => dayAt.get(startsAt) ?? calendar.dayOf(startsAt),
    );
    const shown = days.map(({ day, startsAt, endsAt }) => {
      const own = spans.get(day) ?? [];
      const [upMs, downMs] = [sumOf(own, 'upMs'), sumOf(own, 'downMs')];
      const watchedMs = overlap([startsAt, endsAt], [firstAt, untilAt]);
      const restMs = Math.max(0, watchedMs - upMs - downMs);
      const inWindowsMs = windows.reduce((sum, window) => sum + overlap([startsAt, endsAt], window), 0);
      const maintenanceMs = Math.min(restMs, inWindowsMs);
      const gapMs = restMs - maintenanceMs;
      const unmeasuredMs = gapMs < SMALLEST_GAP_MS ? 0 : gapMs;
      return { day, upMs, downMs, maintenanceMs, unmeasuredMs, percent: uptimePercent(upMs, downMs) };
    });
    const state = records.isWatched ? STATE[health.state] : 'unknown';
    return {
      ...{ name, state, days: shown },
      since: state === 'up' || state === 'unknown' ? null : health.since,
      percent: uptimePercent(sumOf(shown, 'upMs'), sumOf(shown, 'downMs')),
    };
  }

  return { at: now, devices: page.devices.map(deviceOf) };
}

type Range = readonly [from: number, to: number];

function windowsOf(turns: PublicRecords['maintenance'], { state, since }: Health, untilAt: number): Range[] {
  const windows: Range[] = [];
  let openedAt: number | null = null;
  for (const { at, begins } of turns) {
    if (begins) openedAt ??= at;
    else {
      // One that was open before the first day.
      windows.push([openedAt ?? Number.NEGATIVE_INFINITY, at]);
      openedAt = null;
    }
  }
  return state === 'maintenance' ? [...windows, [openedAt ?? since, untilAt]] : windows;
}

function overlap([from, to]: Range, [begin, end]: Range): number {
  return Math.max(0, Math.min(to, end) - Math.max(from, begin));
}

function sumOf<Key extends 'upMs' | 'downMs'>(parts: readonly Readonly<Record<Key, number>>[], key: Key): number {
  return parts.reduce((sum, part) => sum + part[key], 0);
}

function emptyDay({ day }: { readonly day: string }): PublicDay {
  return { day, upMs: 0, downMs: 0, maintenanceMs: 0, unmeasuredMs: 0, percent: null };
}
