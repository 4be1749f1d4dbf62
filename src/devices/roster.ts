import type { Device, DeviceSource } from './ports.ts';

/** The only place that knows which devices there are now. */
export interface Roster {
  /** In the order of their sources. */
  devices(): readonly Device[];
  /** By its name, or else by its host; neither has a case, but the exact name comes first. `null`: there is none. */
  find(nameOrHost: string): Device | null;
  /** From now on `listener` gets all devices after each change, and is waited for. */
  follow(listener: (devices: readonly Device[]) => void | Promise<void>): void;
}

/** Joins the sources; where two know the same device, the one that stands first counts. */
export function createRoster(sources: readonly DeviceSource[]): Roster {
  const listeners: ((devices: readonly Device[]) => void | Promise<void>)[] = [];
  let current = join();

  function join(): readonly Device[] {
    const joined: Device[] = [];
    const withheld: Device[] = [];
    for (const source of sources) {
      const before = [...joined, ...withheld];
      joined.push(...source.devices(before));
      withheld.push(...(source.withheld?.(before) ?? []));
    }
    return joined;
  }

  async function change(): Promise<void> {
    current = join();
    for (const tell of listeners) await tell(current);
  }

  for (const source of sources) source.follow(change);

  return {
    devices: () => current,
    find(nameOrHost) {
      const wanted = nameOrHost.toLowerCase();
      return (
        current.find(({ name }) => name === nameOrHost) ??
        current.find(({ name }) => name.toLowerCase() === wanted) ??
        current.find(({ host }) => host.toLowerCase() === wanted) ??
        null
      );
    },
    follow: (listener) => void listeners.push(listener),
  };
}
