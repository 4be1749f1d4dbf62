import { type DeviceState, stateOfDevice } from './device-state.ts';
import { findDoubles } from './doubles.ts';
import type { DeviceEntry } from './entries.ts';
import type { Condition } from './ports.ts';

/** Which devices are asked for; absent: all. */
export interface DeviceFilter {
  /** A part of the name, the host or a tag; case does not matter. */
  readonly q?: string | undefined;
  readonly tag?: string | undefined;
  readonly source?: DeviceEntry['source'] | undefined;
}

/** Those that fit, in the same order. */
export function filterDevices<Entry extends Pick<DeviceEntry, 'name' | 'host' | 'tags' | 'source'>>(
  entries: readonly Entry[],
  { q = '', tag, source }: DeviceFilter,
): Entry[] {
  const wanted = q.trim().toLowerCase();
  return entries.filter((entry) => {
    if (source !== undefined && entry.source !== source) return false;
    if (tag !== undefined && !entry.tags.includes(tag)) return false;
    return [entry.name, entry.host, ...entry.tags].some((text) => text.toLowerCase().includes(wanted));
  });
}

export interface ListedEntry extends DeviceEntry {
  readonly state: DeviceState;
}

/** A page of the list. */
export interface DeviceList {
  readonly entries: readonly ListedEntry[];
  /** All that fit. */
  readonly found: number;
  /** Of all sources, whatever is asked for. */
  readonly all: number;
  /** Counted from 1. */
  readonly page: number;
  readonly pages: number;
  /** Every tag that there is, in order. */
  readonly tags: readonly string[];
}

export interface ListQuery extends DeviceFilter {
  readonly state?: DeviceState['kind'] | undefined;
  /** Counted from 1; one behind the last is the last. */
  readonly page: number;
}

const PER_PAGE = 100;

/** All entries with their states; `conditions`: of the routers that are polled. */
export function withStates(entries: readonly DeviceEntry[], conditions: readonly Condition[]): ListedEntry[] {
  const byRouter = new Map(conditions.map((each) => [each.router, each]));
  const keyOf = ({ name, source }: Pick<DeviceEntry, 'name' | 'source'>) => `${source} ${name}`;
  const asides = new Map(findDoubles(entries).map((each) => [keyOf(each.other), each]));
  return entries.map((entry) => ({
    ...entry,
    state: stateOfDevice(entry, byRouter.get(entry.name), asides.get(keyOf(entry))),
  }));
}

export function listDevices(
  entries: readonly DeviceEntry[],
  conditions: readonly Condition[],
  query: ListQuery,
): DeviceList {
  const found = filterDevices(withStates(entries, conditions), query).filter(
    ({ state }) => query.state === undefined || state.kind === query.state,
  );
  const pages = Math.max(1, Math.ceil(found.length / PER_PAGE));
  const page = Math.min(query.page, pages);
  return {
    ...{ found: found.length, all: entries.length, page, pages },
    entries: found.slice((page - 1) * PER_PAGE, page * PER_PAGE),
    tags: [...new Set(entries.flatMap(({ tags }) => tags))].sort(),
  };
}
