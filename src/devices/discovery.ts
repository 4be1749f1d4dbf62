import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { Part } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logger.ts';
import { createScheduler } from '../runtime/scheduler.ts';
import type { TroubleLog } from '../runtime/trouble-log.ts';
import { type Assignment, assignDevices } from './assign.ts';
import type {
  Device,
  DeviceBook,
  DeviceDirectory,
  DeviceSource,
  ListedDevice,
  RouterDevice,
  SkippedDevice,
} from './ports.ts';
import { skippedTrouble, withKnown } from './skipped.ts';

export interface DiscoveryDeps {
  readonly directory: DeviceDirectory;
  readonly book: DeviceBook;
  readonly assignment: Omit<Assignment, 'configured'>;
  /** A listed device as it is polled. */
  readonly deviceOf: (listed: ListedDevice) => RouterDevice;
  /** The list of a discovery before this one in the same process; empty when there was none. */
  readonly devices: readonly ListedDevice[];
  readonly everyMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly troubles: TroubleLog;
  readonly onBug: (error: unknown) => void;
}

/** Follows the devices of a directory, from `start` to `stop`. */
export interface Discovery extends Part, DeviceSource {
  /** Looks once: the last known list, then the directory. Trouble is logged and keeps the known devices. */
  refresh(signal: AbortSignal): Promise<void>;
  /** The same because somebody asks for it; gives the trouble, or the devices that are left out. Empty lists are not counted for it. */
  lookNow(signal: AbortSignal): Promise<TroubleError | null>;
  /** Whether the stored list was read: what is not known then is not there. */
  isRead(): boolean;
  /** The list as it was last believed. */
  listed(): readonly ListedDevice[];
}

const SKIPPED_SUBJECT = 'devices of LibreNMS';
/** After trouble it is asked again sooner. */
const RETRY_MS = 60_000;
const STOP_GRACE_MS = 1_000;
/**
 * An empty list is more often caused by missing permissions or a restore in progress than by the removal of all devices. Polling too
 * long costs a warning; stopping too early loses bytes.
 */
const EMPTY_LISTS_BELIEVED = 3;

const EMPTY = new TroubleError(
  'LIBRENMS_LIST_EMPTY',
  'LibreNMS lists no routers now; the known ones are still polled',
  "Check that the token's user can see all devices. After three empty lists in a row polling stops.",
);

export function createDiscovery(deps: DiscoveryDeps): Discovery {
  const { directory, book, assignment, deviceOf, everyMs, clock, logger, troubles, onBug } = deps;
  const listeners: (() => Promise<void>)[] = [];
  let known: readonly ListedDevice[] = deps.devices;
  /** Those of other sources. */
  let configured: readonly Device[] = [];
  /** The stored list, as text; `null` until it was read or written. */
  let stored: string | null = null;
  let toldSkipped: string | null = null;
  let emptyLists = 0;
  let skippedNow: TroubleError | null = null;
  let isTroubled = false;
  let hasRun = false;
  let running: Promise<unknown> = Promise.resolve();

  /** Gives what went wrong. */
  async function attempt(
    subject: string,
    signal: AbortSignal,
    work: () => Promise<void>,
  ): Promise<TroubleError | null> {
    try {
      await work();
      troubles.ended(subject);
      return null;
    } catch (error) {
      if (!(error instanceof TroubleError)) throw error;
      if (!signal.aborted) troubles.started(subject, error);
      return error;
    }
  }

  async function believe(devices: readonly ListedDevice[]): Promise<void> {
    const before = new Set(known.map(({ hostname }) => hostname));
    const after = new Set(devices.map(({ hostname }) => hostname));
    const added = [...after.difference(before)];
    const removed = [...before.difference(after)];
    known = devices;
    if (added.length + removed.length > 0) logger.info({ added, removed }, 'routers of LibreNMS');
    for (const tell of listeners) await tell();
  }

  /** Once for each set of devices, not at each list. */
  function tellSkipped(skipped: readonly SkippedDevice[]): void {
    const trouble = skippedTrouble(skipped);
    if (trouble === null) troubles.ended(SKIPPED_SUBJECT);
    else if (trouble.message !== toldSkipped) {
      // The same trouble about other devices is news.
      troubles.forget(SKIPPED_SUBJECT);
      troubles.started(SKIPPED_SUBJECT, trouble);
    }
    toldSkipped = trouble?.message ?? null;
    skippedNow = trouble;
  }

  async function recall(): Promise<void> {
    if (stored !== null) return;
    const devices = await book.load();
    stored = JSON.stringify(devices);
    if (known.length === 0 && devices.length > 0)
      await believe(devices.map(({ router: _router, ...device }) => device));
  }

  async function ask(signal: AbortSignal, counts: boolean): Promise<void> {
    const list = await directory.routers(signal);
    tellSkipped(list.skipped);
    const devices = withKnown(list, known);
    if (devices.length > 0) {
      emptyLists = 0;
    } else {
      if (counts) emptyLists++;
      // While the stored list is unread, it is unknown which devices would be lost.
      if (stored === null) return;
      if (known.length > 0 && (!counts || emptyLists < EMPTY_LISTS_BELIEVED)) throw EMPTY;
    }
    await believe(devices);
  }

  async function keep(): Promise<void> {
    if (stored === null && known.length === 0) return;
    const devices = assignDevices(known, { ...assignment, configured }).known;
    const text = JSON.stringify(devices);
    if (text === stored) return;
    await book.replace(devices);
    stored = text;
  }

  /** One at a time: an earlier list must not overwrite a later one. */
  function look(signal: AbortSignal, counts: boolean): Promise<TroubleError | null> {
    const current = running.then(async () => {
      const results = [
        await attempt('stored list of LibreNMS', signal, recall),
        await attempt('LibreNMS', signal, () => ask(signal, counts)),
        await attempt('stored list of LibreNMS', signal, keep),
      ];
      const trouble = results.find((result) => result !== null) ?? null;
      isTroubled = trouble !== null;
      return trouble;
    });
    running = current.catch(() => {});
    return current;
  }

  async function refresh(signal: AbortSignal): Promise<void> {
    await look(signal, true);
  }

  function nextAfter(at: number): number {
    if (!hasRun) {
      hasRun = true;
      return at;
    }
    return at + (isTroubled && emptyLists === 0 ? Math.min(RETRY_MS, everyMs) : everyMs);
  }

  const scheduler = createScheduler({ jobs: [{ nextAfter, run: refresh }], clock, onBug });
  return {
    name: 'discovery',
    refresh,
    lookNow: async (signal) => (await look(signal, false)) ?? skippedNow,
    isRead: () => stored !== null,
    listed: () => known,
    devices(before) {
      configured = before;
      return assignDevices(known, { ...assignment, configured }).added.map(deviceOf);
    },
    follow: (listener) => void listeners.push(listener),
    start: () => scheduler.start(),
    stop: () => scheduler.stop(STOP_GRACE_MS),
  };
}
