import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { comparableHost } from '../runtime/host-name.ts';
import type { Part } from '../runtime/lifecycle.ts';
import { keepSecret } from '../runtime/mask.ts';
import { createScheduler } from '../runtime/scheduler.ts';
import type { TroubleLog } from '../runtime/trouble-log.ts';
import type { InventoryBook } from './inventory.ts';
import { type ReadingDeps, readDevices } from './inventory-devices.ts';
import type { Device, DeviceSource } from './ports.ts';

/** The devices of the inventory, followed from `start` to `stop`. */
export interface InventorySource extends DeviceSource, Part {
  /** Looks once. Trouble is logged, and keeps the known devices. */
  refresh(): Promise<void>;
  /** Looks at once after a change in this process, where the devices are followed: a command that edits them polls none. */
  changed(): Promise<void>;
  /** Why some of its passwords cannot be read; `null` when all can. */
  trouble(): TroubleError | null;
  /** Whether it was read, with all passwords: what it does not have then is not there. */
  isRead(): boolean;
  /** For a source after this one in the same process. */
  remembered(): readonly Device[];
}

export interface InventorySourceDeps extends ReadingDeps {
  readonly book: Pick<InventoryBook, 'load' | 'revision'>;
  /** Of a source before this one in the same process. */
  readonly former: readonly Device[];
  readonly clock: Clock;
  readonly troubles: TroubleLog;
  readonly onBug: (error: unknown) => void;
}

/** Changes that another process makes are followed within 15 s. */
const LOOKS_EVERY_MS = 5_000;
const STOP_GRACE_MS = 1_000;
const SUBJECT = 'inventory';
const LOGINS = 'passwords of the inventory';

export function createInventorySource(deps: InventorySourceDeps): InventorySource {
  const { book, clock, troubles, onBug } = deps;
  let devices = deps.former;
  let unreadable: TroubleError | null = null;
  let revision: number | null = null;
  let releases: readonly (() => void)[] = [];
  let tell = async () => {};
  let running: Promise<void> = Promise.resolve();

  async function look(): Promise<void> {
    const present = await book.revision();
    if (present === revision) return;
    const read = readDevices(await book.load(), devices, deps);
    const before = releases;
    releases = read.secrets.map(keepSecret);
    for (const release of before) release();
    devices = read.devices;
    unreadable = read.trouble;
    if (read.trouble === null) troubles.ended(LOGINS);
    else troubles.started(LOGINS, read.trouble);
    await tell();
    revision = present;
  }

  /** One at a time: an earlier look must not overwrite what a later one has seen. */
  function refresh(): Promise<void> {
    running = running.then(async () => {
      try {
        await look();
        troubles.ended(SUBJECT);
      } catch (error) {
        if (!(error instanceof TroubleError)) throw error;
        troubles.started(SUBJECT, error);
      }
    });
    const current = running;
    running = current.catch(() => {});
    return current;
  }

  let isFollowed = false;
  let hasRun = false;
  const scheduler = createScheduler({
    jobs: [
      {
        nextAfter(at) {
          if (hasRun) return at + LOOKS_EVERY_MS;
          hasRun = true;
          return at;
        },
        run: refresh,
      },
    ],
    clock,
    onBug,
  });

  return {
    name: 'inventory',
    refresh,
    changed: async () => (isFollowed ? await refresh() : undefined),
    trouble: () => unreadable,
    isRead: () => revision !== null && unreadable === null,
    remembered: () => devices,
    devices: known,
    follow(listener) {
      tell = listener;
    },
    start() {
      isFollowed = true;
      return scheduler.start();
    },
    stop: () => scheduler.stop(STOP_GRACE_MS),
  };

  function known(before: readonly Device[]): readonly Device[] {
    const names = new Set(before.map(({ name }) => name));
    const addresses = new Set(before.flatMap(addressOf));
    return devices.filter(
      (device) => !names.has(device.name) && !addressOf(device).some((address) => addresses.has(address)),
    );
  }
}

/** Where its API is; a device without one may share its host with others. */
function addressOf({ host, api }: Device): readonly string[] {
  return api === null ? [] : [`${comparableHost(host)} ${api.port}`];
}
