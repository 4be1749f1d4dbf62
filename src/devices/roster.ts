import type { Pauses } from './pauses.ts';
import type { Device, DeviceSource, RouterDevice } from './ports.ts';

/** The only place that knows which devices there are now. */
export interface Roster<Each extends Device = Device> {
  /** In the order of their sources; paused ones too. */
  devices(): readonly Each[];
  /** By exactly this name. `null`: there is none. */
  named(name: string): Each | null;
  /** By its name, or else by its host; neither has a case, but the exact name comes first. `null`: there is none. */
  find(nameOrHost: string): Each | null;
  /** From now on `listener` gets all devices after each change, and is waited for. */
  follow(listener: (devices: readonly Each[]) => void | Promise<void>): void;
}

/** Joins the sources; where two know the same device, the one that stands first counts. `pauses`: besides what the sources say; the inventory says it itself. */
export function createRoster(sources: readonly DeviceSource[], pauses?: Pick<Pauses, 'isPaused' | 'follow'>): Roster {
  const listeners: ((devices: readonly Device[]) => void | Promise<void>)[] = [];
  let current = join();
  let byName = indexed(current);

  function join(): readonly Device[] {
    const joined: Device[] = [];
    for (const source of sources) joined.push(...source.devices([...joined]));
    if (pauses === undefined) return joined;
    const isPausedBeside = ({ name, source }: Device) => source !== 'inventory' && pauses.isPaused(name);
    return joined.map((device) => (isPausedBeside(device) ? { ...device, isPaused: true } : device));
  }

  async function change(): Promise<void> {
    current = join();
    byName = indexed(current);
    for (const tell of listeners) await tell(current);
  }

  for (const source of sources) source.follow(change);
  pauses?.follow(change);

  return {
    devices: () => current,
    named: (name) => byName.get(name) ?? null,
    find: (nameOrHost) => byName.get(nameOrHost) ?? findDevice(current, nameOrHost),
    follow: (listener) => void listeners.push(listener),
  };
}

/** The part of a roster that usage is counted of: routers that can be logged in to and are not paused. */
export function countedRouters(roster: Roster): Roster<RouterDevice> {
  const now = () => roster.devices().filter(isCounted);
  const named = (name: string) => {
    const device = roster.named(name);
    return device !== null && isCounted(device) ? device : null;
  };
  return {
    devices: now,
    named,
    find: (nameOrHost) => named(nameOrHost) ?? findDevice(now(), nameOrHost),
    follow: (listener) => roster.follow((devices) => listener(devices.filter(isCounted))),
  };
}

/** Whether a device has an API that can be logged in to. */
export function isRouter(device: Device): device is RouterDevice {
  return device.api !== null;
}

/** Whether the usage of a device is read: a router that can be logged in to, is not left out, and is not paused. */
export function isCounted(device: Device): device is RouterDevice {
  return isRouter(device) && device.countsUsage && !device.isPaused;
}

function indexed(devices: readonly Device[]): ReadonlyMap<string, Device> {
  return new Map(devices.map((device) => [device.name, device]));
}

/** For whoever has it by no exact name. */
function findDevice<Each extends Device>(devices: readonly Each[], nameOrHost: string): Each | null {
  const wanted = nameOrHost.toLowerCase();
  return (
    devices.find(({ name }) => name.toLowerCase() === wanted) ??
    devices.find(({ host }) => host.toLowerCase() === wanted) ??
    null
  );
}
