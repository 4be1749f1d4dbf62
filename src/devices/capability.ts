import type { Base, Capability } from '../capability.ts';
import { createLibrenmsClient } from '../platform/librenms/client.ts';
import type { RouterLine, RouterTarget } from '../platform/routeros/line.ts';
import { createLines } from '../platform/routeros/lines.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { Examination } from '../runtime/examination.ts';
import type { SealedSecrets } from '../runtime/rotation.ts';
import { type NoteActorsChange, recordedDesk } from './api/inventory-deps.ts';
import type { RoutersDeps } from './api/routers.ts';
import { assignDevices } from './assign.ts';
import { createConditionWriter } from './condition-writer.ts';
import { type Conditions, createConditions } from './conditions.ts';
import { createDeviceTests, type DeviceTests, type DeviceTestsDeps } from './device-tests.ts';
import { createDiscovery, type Discovery } from './discovery.ts';
import { createFindRouter } from './find-router.ts';
import { lookAtInventory } from './inventory-look.ts';
import { type DevicesLook, lookAtDevices } from './look.ts';
import type { DirectoryProbe } from './look-up.ts';
import type { Neighbour } from './neighbours.ts';
import { createPauses, type PauseBook } from './pauses.ts';
import type { Device, DeviceBook, DeviceDirectory, ListedDevice, RouterDevice } from './ports.ts';
import { readNeighbours } from './reader/neighbour-reader.ts';
import { countedRouters, createRoster, isRouter, type Roster } from './roster.ts';
import { assignmentOf, configuredDevices, type LibrenmsSettings, listedDevice } from './settings.ts';
import { skippedTrouble, withKnown } from './skipped.ts';
import { createDeviceStore } from './store/device-store.ts';
import { createLiveInventory, type InventorySettings, type LiveInventory } from './store/live-inventory.ts';
import { createPauseStore } from './store/pause-store.ts';
import { createRouterStateStore } from './store/router-state-store.ts';
import type { Terminals } from './terminal-access.ts';

export interface DevicesSettings extends InventorySettings {
  readonly collect: { readonly everySeconds: number; readonly timeoutSeconds: number };
  /** Several workers share the devices. */
  readonly workers?: object | undefined;
}

/** Which devices there are, how they are reached, and how they are read. */
export interface Devices extends Capability {
  readonly roster: Roster;
  /** Those of the roster whose usage is counted. */
  readonly routers: Roster<RouterDevice>;
  readonly conditions: Conditions;
  /** Looks all lists of devices up anew. */
  look(examination: Pick<Examination, 'database' | 'signal'>): DevicesLook;
  /** Where and how a router is read. */
  targetOf(device: RouterDevice): RouterTarget;
  /** The one connection of a router, shared by all who take it. */
  lineOf(device: RouterDevice): RouterLine;
  /** The devices that a router hears beside it, asked now. Rejects with a `TroubleError`. */
  neighboursOf(name: string, signal: AbortSignal): Promise<readonly Neighbour[]>;
  /** How the terminal of a device is reached, and logged in to. */
  readonly terminals: Terminals;
  /** Brings the list up to date, besides the timetable. With the database away what was known goes on. */
  refresh(signal: AbortSignal): Promise<void>;
  /** What the database holds of it: the inventory, and who is paused. Rejects with a `TroubleError` when it is away. */
  refreshStored(): Promise<void>;
  /** The devices in the database, with what edits them. */
  readonly inventory: LiveInventory;
  /** Which devices beside those of the inventory are paused. */
  readonly pauses: PauseBook;
  /** All that are known without asking LibreNMS, as the database has them now. */
  allKnown(): Promise<readonly Device[]>;
  /** Tries to log in to routers. */
  readonly tests: DeviceTests;
  /** Whether the lists of all sources were read: before, a device that is on none may be there all the same. */
  isRead(): boolean;
  /** The last list of LibreNMS, for the next worker in this process. */
  listed(): readonly ListedDevice[];
}

/** LibreNMS takes seconds for a thousand devices. */
const LIBRENMS_TIMEOUT_MS = 30_000;

export interface DevicesNeeds {
  /** What a worker before this one in the same process knew: the last list of LibreNMS, and the inventory. */
  readonly before: { readonly listed: readonly ListedDevice[]; readonly inventory: readonly Device[] };
  readonly usageSums: RoutersDeps['usageSums'];
  /** What other capabilities keep encrypted, for a change of the key. */
  readonly otherSecrets: () => readonly SealedSecrets[];
  /** Tries the way to a router. */
  readonly test: DeviceTestsDeps['test'];
  /** Puts on record who changed what. */
  readonly note: NoteActorsChange;
}

export function createDevices(base: Base, settings: DevicesSettings, needs: DevicesNeeds): Devices {
  const { before, usageSums, test, otherSecrets } = needs;
  const { database, schema, calendar, clock, logger } = base;
  const { librenms, collect } = settings;
  const book = createDeviceStore({ database });
  const directory = librenms === undefined ? null : directoryOf(librenms);
  const discovery: Discovery | null =
    librenms === undefined || directory === null
      ? null
      : createDiscovery({
          ...base,
          directory,
          book: schema.guard(book),
          assignment: assignmentOf(librenms),
          deviceOf: (each) => listedDevice(each, librenms),
          devices: before.listed,
          everyMs: librenms.refreshMinutes * 60_000,
        });
  const inventory = createLiveInventory(settings, { ...base, otherSecrets, former: before.inventory });
  // What stands first counts where two know the same device.
  const pauseBook = createPauseStore({ database });
  const pauses = createPauses({ ...base, book: schema.guard(pauseBook) });
  const roster = createRoster(
    [configuredDevices(settings), inventory.source, discovery].filter((source) => source !== null),
    pauses,
  );
  const routers = countedRouters(roster);
  const states = createRouterStateStore({ database });
  const everyMs = collect.everySeconds * 1000;
  const conditions = createConditions({
    ...{ roster: routers, book: states, everyMs, clock, logger },
    hasOthers: settings.workers !== undefined,
  });
  const writer = createConditionWriter({ book: states, clock, logger });
  const lines = createLines({ clock, logger });

  function targetOf({ name, host, api }: RouterDevice): RouterTarget {
    const { port, tls, username, encoding } = api;
    const timeoutMs = collect.timeoutSeconds * 1000;
    return { name, host, port, tls, username, password: () => api.password.reveal(), encoding, timeoutMs };
  }

  function lineOf(device: RouterDevice): RouterLine {
    return lines.take(targetOf(device));
  }

  /** A router of any source, also one that is not polled; `null`: it is not known, or nobody can log in to its API. */
  function known(name: string): RouterDevice | null {
    // One of the inventory may be set aside by another source with the same address.
    const devices = [...roster.devices(), ...inventory.source.devices([])];
    const found = devices.find((each) => each.name === name);
    return found !== undefined && isRouter(found) ? found : null;
  }

  const findRouter = createFindRouter({ desk: inventory.desk, refresh: inventory.source.refresh, known });
  const tests = createDeviceTests({ ...inventory, findRouter, test });

  function listedProbe(): DirectoryProbe | null {
    return librenms === undefined || directory === null ? null : probeOf(librenms, { directory, book, roster });
  }

  async function refreshStored(): Promise<void> {
    await pauses.refresh();
    await inventory.source.refresh();
  }

  const lookAtListed = discovery?.lookNow ?? null;

  return {
    roster,
    routers,
    conditions,
    look: (examination) =>
      lookAtDevices(
        {
          configured: routers.devices().filter(({ source }) => source === 'config'),
          inventory: () => lookAtInventory({ inventory, routers }),
          directory: listedProbe(),
        },
        examination,
      ),
    targetOf,
    lineOf,
    neighboursOf: async (name, signal) => readNeighbours(lineOf(await findRouter(name)), { clock, signal }),
    terminals: inventory.terminals(roster),
    inventory,
    pauses: pauseBook,
    refreshStored,
    async allKnown() {
      await refreshStored();
      const devices = roster.devices();
      const names = new Set(devices.map(({ name }) => name));
      const listed = (await listedProbe()?.lastKnown()) ?? [];
      const others = listed.filter(({ name }) => !names.has(name));
      return [...devices, ...others.map((each) => ({ ...each, isPaused: pauses.isPaused(each.name) }))];
    },
    tests,
    async refresh(signal) {
      try {
        await refreshStored();
      } catch (error) {
        // With the database away what was known goes on, and samples are held.
        if (!(error instanceof TroubleError)) throw error;
      }
      await discovery?.refresh(signal);
    },
    isRead: () => inventory.source.isRead() && (discovery?.isRead() ?? true),
    listed: () => discovery?.listed() ?? [],
    early: discovery === null ? [] : [discovery],
    parts: [pauses, inventory.source, ...(inventory.keyKeeper === null ? [] : [inventory.keyKeeper]), conditions],
    // The condition before those who tell it.
    listeners: [conditions, writer],
    async opened() {
      // Before anything is written: what was before is not to be mixed with what is.
      await conditions.recall();
      writer.open();
    },
    async site() {
      const { createDeviceRoutes, ROUTERS_LINK } = await import('./routes.ts');
      const { createInventoryRoutes, INVENTORY_LINK } = await import('./routes/inventory.ts');
      const desk = inventory.remoteDesk;
      const recorded = recordedDesk(desk, needs.note);
      const editing = { desk, ...recorded, tests, trouble: inventory.trouble, lookAtListed };
      const { timeZone } = calendar;
      const read = { conditions: conditions.all, states, roster, routers, devices: book, usageSums };
      return {
        navigation: [ROUTERS_LINK, INVENTORY_LINK],
        routes: ({ frame, devicePanels }) => [
          ...createDeviceRoutes({ ...read, frame, clock, timeZone, panels: devicePanels }),
          ...createInventoryRoutes({ ...editing, frame, timeZone, conditions: conditions.all }),
        ],
      };
    },
    close: () => writer.close(),
  };
}

function directoryOf({ url, token }: LibrenmsSettings): DeviceDirectory {
  return createLibrenmsClient({ url, token: () => token.reveal(), timeoutMs: LIBRENMS_TIMEOUT_MS });
}

function probeOf(
  librenms: LibrenmsSettings,
  {
    directory,
    book,
    roster,
  }: {
    readonly directory: DeviceDirectory;
    readonly book: Pick<DeviceBook, 'load'>;
    readonly roster: Roster;
  },
): DirectoryProbe {
  // Paused ones too: they are not to be polled through LibreNMS.
  const configured = () => roster.devices().filter(({ source }) => source !== 'librenms');
  const added = (list: readonly ListedDevice[]) =>
    assignDevices(list, { ...assignmentOf(librenms), configured: configured() }).added.map((each) =>
      listedDevice(each, librenms),
    );
  return {
    async listed(signal) {
      const list = await directory.routers(signal);
      // What is known of a device whose row cannot be read is still polled.
      const polled = list.skipped.length === 0 ? list.devices : withKnown(list, await book.load());
      return { routers: added(polled), devices: polled.length, skipped: skippedTrouble(list.skipped) };
    },
    lastKnown: async () => added(await book.load()),
  };
}
