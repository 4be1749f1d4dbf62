import type { DeviceEntry } from './entries.ts';

/** Which devices are asked for; absent: all. */
export interface DeviceFilter {
  /** A part of the name, the host or a tag; case does not matter. */
  readonly q?: string | undefined;
  readonly tag?: string | undefined;
  readonly source?: DeviceEntry['source'] | undefined;
}

/** Those that fit, in the same order. */
export function filterDevices(entries: readonly DeviceEntry[], { q = '', tag, source }: DeviceFilter): DeviceEntry[] {
  const wanted = q.trim().toLowerCase();
  return entries.filter((entry) => {
    if (source !== undefined && entry.source !== source) return false;
    if (tag !== undefined && !entry.tags.includes(tag)) return false;
    return [entry.name, entry.host, ...entry.tags].some((text) => text.toLowerCase().includes(wanted));
  });
}
