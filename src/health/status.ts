import type { Device } from '../devices/ports.ts';
import type { Calendar } from '../usage/accounting/day.ts';
import type { WanKind } from './observation.ts';
import type { DeviceRecord, DeviceTime, HealthArchive, Watched } from './ports.ts';
import { type Health, type State, type Transition, timeKindOf } from './state.ts';

/** How a device is now. Instants are ISO 8601; the keys are what the command and the API answer. */
export interface StatusEntry {
  readonly device: string;
  readonly host: string;
  readonly model: string;
  readonly source: Device['source'];
  readonly state: State;
  /** `null`: nobody has looked yet. */
  readonly since: string | null;
  readonly reason: string | null;
  readonly latencyMs: number | null;
  readonly uptimeSeconds: number | null;
  readonly version: string | null;
  readonly board: string | null;
  readonly cpuPercent: number | null;
  /** The used share, as that of the disk. */
  readonly memoryPercent: number | null;
  readonly diskPercent: number | null;
  readonly temperatureC: number | null;
  readonly voltageV: number | null;
  readonly wan: readonly WanEntry[];
  readonly parent: string | null;
  readonly tags: readonly string[];
  readonly webfig: string | null;
  /** When it last answered. */
  readonly lastReadAt: string | null;
}

export interface WanEntry {
  readonly interface: string;
  readonly kind: WanKind;
  /** Without prefix. */
  readonly address: string | null;
  readonly publicAddress: string | null;
  readonly behindNat: boolean | null;
  /** Bits a second, received. */
  readonly downloadBps: number | null;
  readonly uploadBps: number | null;
  /** Since first observed, reboots not counted. */
  readonly reconnects: number;
}

/** How much of some days a device was up. */
export interface UptimeEntry {
  readonly device: string;
  readonly upSeconds: number;
  readonly downSeconds: number;
  /** Neither: no worker ran, our own line was down, the device in front of it was down, maintenance, paused. */
  readonly unknownSeconds: number;
  /** Of the time that is known; `null`: none is. */
  readonly uptimePercent: number | null;
  readonly incidents: number;
}

export interface TransitionEntry {
  readonly at: string;
  readonly device: string;
  readonly from: State;
  readonly to: State;
  readonly reason: string | null;
  readonly latencyMs: number | null;
}

export interface StatusDeps {
  readonly archive: HealthArchive;
  /** All that are known now, of every source. */
  readonly devices: () => Promise<readonly Device[]>;
  readonly everyMs: number;
  readonly calendar: Pick<Calendar, 'dayOf' | 'addDays' | 'startOf' | 'endOf'>;
  readonly clock: { now(): number };
}

/** Days that can be asked for, and those without a wish: daily sums are kept for two years. */
export const MOST_DAYS = 731;
export const DEFAULT_DAYS = 30;

/** Figures older than so many intervals would look current and are left out. */
const FRESH_INTERVALS = 3;

/** How each device is now, in the order in which they are known. */
export async function readStatus(deps: StatusDeps): Promise<StatusEntry[]> {
  return (await readDevices(deps, await deps.devices(), 'all')).read.map(({ status }) => status);
}

/** A device, how it is, and what that comes from. */
export interface DeviceReading {
  readonly device: Device;
  readonly status: StatusEntry;
  /** `null`: nobody has looked yet. */
  readonly record: DeviceRecord | null;
  /** What it last said of itself is so recent that it holds now. */
  readonly isFresh: boolean;
}

export interface DevicesReading {
  readonly read: readonly DeviceReading[];
  readonly watched: Watched;
  /** When it was read, Unix ms. */
  readonly at: number;
}

/** How devices are now, in their order; `these`: there are more than these. */
export async function readDevices(
  { archive, everyMs, clock }: Pick<StatusDeps, 'archive' | 'everyMs' | 'clock'>,
  devices: readonly Device[],
  which: 'all' | 'these',
): Promise<DevicesReading> {
  const [records, watched] = [
    await archive.records(which === 'all' ? undefined : devices.map(({ name }) => name)),
    await archive.watched(),
  ];
  const byName = new Map(records.map((record) => [record.health.device, record]));
  const at = clock.now();
  const read = devices.map((device) => {
    const record = byName.get(device.name) ?? null;
    const shown = stateOf(device, record, watched);
    const isFresh = areFresh(shown, record, at - FRESH_INTERVALS * everyMs);
    return { device, record, isFresh, status: statusOf(device, record, shown, isFresh) };
  });
  return { read, watched, at };
}

function statusOf(device: Device, record: DeviceRecord | null, shown: Shown, isFresh: boolean): StatusEntry {
  const { name, host, model, source, parent, tags } = device;
  const said = record?.figures ?? null;
  const current = isFresh ? said : null;
  const rates = new Map(current?.interfaces?.map((each) => [each.name, each]));
  return {
    ...{ device: name, host, model, source, ...shown },
    uptimeSeconds: current?.uptimeSeconds ?? null,
    version: said?.version ?? null,
    board: said?.board ?? null,
    cpuPercent: current?.cpuPercent ?? null,
    memoryPercent: current?.memoryPercent ?? null,
    diskPercent: current?.diskPercent ?? null,
    temperatureC: current?.temperatureC ?? null,
    voltageV: current?.voltageV ?? null,
    wan: (said?.wan ?? []).map((wan) => ({
      interface: wan.interface,
      kind: wan.kind,
      address: wan.address,
      publicAddress: wan.publicAddress,
      behindNat: wan.behindNat,
      downloadBps: rates.get(wan.interface)?.downloadBps ?? null,
      uploadBps: rates.get(wan.interface)?.uploadBps ?? null,
      reconnects: record?.links.wan[wan.interface]?.reconnects ?? 0,
    })),
    ...{ parent, tags },
    webfig: said?.webfig ?? null,
    lastReadAt: instant(record?.health.answeredAt?.at ?? null),
  };
}

/** Whether a device that answers has given its figures since `sinceAt`, Unix ms. */
function areFresh({ state }: Shown, record: DeviceRecord | null, sinceAt: number): boolean {
  const figuresAt = record?.figuresAt ?? null;
  return timeKindOf(state) === 'up' && figuresAt !== null && figuresAt >= sinceAt;
}

type Shown = Pick<StatusEntry, 'state' | 'since' | 'reason' | 'latencyMs'>;

function stateOf({ isPaused }: Device, record: DeviceRecord | null, { isWatched, seenAt }: Watched): Shown {
  const nothing = { reason: null, latencyMs: null };
  if (isPaused) {
    const since = record?.health.state === 'paused' ? record.health.since : null;
    return { ...nothing, state: 'paused', since: instant(since), reason: 'paused' };
  }
  if (!isWatched) return { ...nothing, state: 'unknown', since: instant(seenAt), reason: 'no worker is running' };
  if (record === null) return { ...nothing, state: 'unknown', since: null, reason: 'not checked yet' };
  const { state, since, reason, latencyMs } = record.health;
  return { state, since: instant(since), reason, latencyMs: state === 'up' ? tenth(latencyMs) : null };
}

/** How much of the last `days` local days, today included, each device was up. */
export async function readUptime(deps: StatusDeps, days: number): Promise<UptimeEntry[]> {
  const { archive, calendar, clock } = deps;
  const now = clock.now();
  const fromAt = calendar.startOf(calendar.addDays(calendar.dayOf(now), 1 - days));
  const known = await deps.devices();
  const [records, times, outages] = [
    await archive.records(),
    await archive.times(
      fromAt,
      known.map(({ name }) => name),
    ),
    await archive.outages(fromAt),
  ];
  const { isWatched } = await archive.watched();
  const timeOf = new Map(times.map((time) => [time.device, time]));
  const recordOf = new Map(records.map((record) => [record.health.device, record]));
  return known.map(({ name }) => {
    const time = timeOf.get(name) ?? { device: name, upMs: 0, downMs: 0 };
    const totalMs = observedMs(recordOf.get(name) ?? null, { fromAt, now, isWatched });
    return { ...uptimeOf(time, totalMs), incidents: outages.get(name) ?? 0 };
  });
}

/** From the first look, or the begin, to the last look while the device is watched: what came after it is not settled yet. */
export function observedMs(
  record: DeviceRecord | null,
  { fromAt, now, isWatched }: { readonly fromAt: number; readonly now: number; readonly isWatched: boolean },
): number {
  if (record === null) return 0;
  return Math.max(0, settledUntil(record.health, isWatched, now) - Math.max(fromAt, record.firstAt));
}

/**
 * Until when it is settled what the time of a device counts as, Unix ms: while nobody looks, no gap is too young to be one. One that is
 * paused has no last look.
 */
export function settledUntil({ lookedAt, held }: Health, isWatched: boolean, now: number): number {
  if (!isWatched || lookedAt === null) return now;
  return Math.min(now, lookedAt.at) - held.reduce((sum, { ms }) => sum + ms, 0);
}

/** What some time comes to; `totalMs`: all of it since the device is watched. */
export function uptimeOf({ device, upMs, downMs }: DeviceTime, totalMs: number): Omit<UptimeEntry, 'incidents'> {
  const knownMs = upMs + downMs;
  return {
    device,
    upSeconds: Math.round(upMs / 1000),
    downSeconds: Math.round(downMs / 1000),
    unknownSeconds: Math.round(Math.max(0, totalMs - knownMs) / 1000),
    uptimePercent: uptimePercent(upMs, downMs),
  };
}

/** Of the time that is known, with three decimals, rounded down: 100 is only for who was never down. `null`: no time is known. */
export function uptimePercent(upMs: number, downMs: number): number | null {
  const knownMs = upMs + downMs;
  return knownMs === 0 ? null : Math.floor((upMs * 100_000) / knownMs) / 1000;
}

export interface TransitionDays {
  readonly device?: string | undefined;
  /** Local days, both inclusive, `YYYY-MM-DD`. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

const MOST_TRANSITIONS = 10_000;

/** Changes of state in order of time; of too many the last ones. */
export async function readTransitions(
  { archive, calendar }: Pick<StatusDeps, 'archive' | 'calendar'>,
  { device, from, to }: TransitionDays,
): Promise<TransitionEntry[]> {
  const found = await archive.transitions({
    device,
    fromAt: from === undefined ? undefined : calendar.startOf(from),
    toAt: to === undefined ? undefined : calendar.endOf(to),
    most: MOST_TRANSITIONS,
  });
  return found.toReversed().map(transitionEntry);
}

function transitionEntry({ at, device, from, to, reason, latencyMs }: Transition): TransitionEntry {
  return { at: new Date(at).toISOString(), device, from, to, reason, latencyMs: tenth(latencyMs) };
}

/** A time is measured to nanoseconds; what a network adds to it makes more than tenths of a millisecond noise. */
function tenth(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 10) / 10;
}

function instant(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
