import type { Condition, Placed } from './rule.ts';

export type DeviceState = 'up' | 'suspect' | 'down' | 'unreachable' | 'unknown' | 'maintenance' | 'paused';

/** How one device is now, as the probe sees it. Instants are Unix ms. */
export interface Sight {
  readonly device: string;
  readonly state: DeviceState;
  /** Since when it is in this state. */
  readonly since: number;
  /** When its outage began; `null`: there is none. */
  readonly downSince: number | null;
  /** When it was last looked at; `null`: never. */
  readonly lookedAt: number | null;
  /** Thresholds by their key, such as `temperatureC` or `temperatureC.2`. */
  readonly warnings: ReadonlyMap<string, { readonly isOn: boolean; readonly since: number }>;
  /** Whether it has no way to the internet; `null`: that is not known now. */
  readonly isWanLost: boolean | null;
}

/** What is known of all devices now. */
export interface Seen {
  /** Nobody looks at the devices, or our own line is down. */
  readonly isBlind: boolean;
  readonly devices: readonly Placed[];
  /** By device; those that nobody has looked at are not in it. */
  readonly sights: ReadonlyMap<string, Sight>;
}

/** How a condition stands for a device. `unknown`: nobody can tell now. */
export type Ailing =
  | { readonly is: 'bad'; readonly since: number; readonly outageAt: number }
  /** `since`: since when at least, as far as the probe says. */
  | { readonly is: 'good'; readonly since: number }
  | { readonly is: 'unknown' };

const UNKNOWN: Ailing = { is: 'unknown' };

/** `notedSince`: since when a lost internet line is noted, which the probe does not date; `null`: it is not noted. */
export function ailingOf(condition: Condition, sight: Sight | null, notedSince: number | null): Ailing {
  if (sight === null) return UNKNOWN;
  if ('state' in condition) {
    if (sight.state === 'down') return bad(sight.since, sight.downSince ?? sight.since);
    return sight.state === 'up' ? { is: 'good', since: sight.since } : UNKNOWN;
  }
  if (sight.state !== 'up') return UNKNOWN;
  const good: Ailing = { is: 'good', since: sight.lookedAt ?? sight.since };
  if ('wan' in condition) {
    if (sight.isWanLost === null) return UNKNOWN;
    return sight.isWanLost && notedSince !== null ? bad(notedSince, notedSince) : good;
  }
  const on = [...sight.warnings].filter(([key, { isOn }]) => isOn && wordOf(key) === condition.warn);
  if (on.length === 0) return good;
  const since = Math.min(...on.map(([, warning]) => warning.since));
  return bad(since, since);
}

/** The devices for which a condition may be bad: of a lost internet line, whether or not it is noted yet. */
export function ailingIn({ sights }: Pick<Seen, 'sights'>, conditions: readonly Condition[]): string[] {
  const isBad = (sight: Sight) => conditions.some((condition) => ailingOf(condition, sight, 0).is === 'bad');
  return [...sights.values()].filter(isBad).map(({ device }) => device);
}

function bad(since: number, outageAt: number): Ailing {
  return { is: 'bad', since, outageAt };
}

/** What a threshold watches: its key without the number that tells several apart. */
function wordOf(key: string): string {
  return key.replace(/\.\d+$/, '');
}

/** The devices in front of one, nearest first. A name that is not known ends the way; so does a circle. */
export function frontOf(device: Placed, find: (name: string) => Placed | null): Placed[] {
  const way: Placed[] = [];
  for (let name = device.parent; name !== null; ) {
    const next = find(name);
    if (next === null || next.name === device.name || way.includes(next)) break;
    way.push(next);
    name = next.parent;
  }
  return way;
}
