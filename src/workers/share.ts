import type { RouterDevice } from '../devices/ports.ts';
import type { Roster } from '../devices/roster.ts';

/** The routers of a worker: those of its shards. */
export interface Share {
  /** The same list of routers, as far as they are this worker's; whoever follows it hears of both. */
  of(routers: Pick<Roster<RouterDevice>, 'devices' | 'follow'>): Pick<Roster<RouterDevice>, 'devices' | 'follow'>;
  /** Calls back when the shards change. */
  follow(listener: () => void): void;
  /** The shards changed. Resolves when all who follow have done what follows from it. */
  change(): Promise<void>;
}

/** `isMine`: whether a device is this worker's now. */
export function createShare(isMine: (device: string) => boolean): Share {
  const changes: (() => void | Promise<void>)[] = [];
  return {
    of(routers) {
      const mine = (devices: readonly RouterDevice[]) => devices.filter(({ name }) => isMine(name));
      return {
        devices: () => mine(routers.devices()),
        follow(listener) {
          routers.follow((devices) => listener(mine(devices)));
          changes.push(() => listener(mine(routers.devices())));
        },
      };
    },
    follow: (listener) => void changes.push(listener),
    async change() {
      for (const tell of changes) await tell();
    },
  };
}
