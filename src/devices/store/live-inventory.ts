import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Secret } from '../../platform/config/secret.ts';
import type { Database } from '../../platform/store/database.ts';
import { createKeyHolders } from '../../platform/store/key-holders.ts';
import type { SchemaGate } from '../../platform/store/schema-gate.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { TroubleError } from '../../runtime/errors.ts';
import { createKeyKeeper, KEY_HOLDER_ALIVE_MS } from '../../runtime/key-keeper.ts';
import type { Part } from '../../runtime/lifecycle.ts';
import { joinSecrets, rotateKey, type SealedSecrets } from '../../runtime/rotation.ts';
import type { TroubleLog } from '../../runtime/trouble-log.ts';
import { type KeySettings, missingKey, requireVault, type Vault, vaultOf } from '../../runtime/vault.ts';
import { createDesk, type Desk } from '../desk.ts';
import type { Inventory, OtherDevice } from '../inventory.ts';
import { readDevices } from '../inventory-devices.ts';
import { createInventorySource, type InventorySource } from '../inventory-source.ts';
import type { ApiAccess, Device, RouterDevice } from '../ports.ts';
import { isRouter, type Roster } from '../roster.ts';
import {
  configuredDevices,
  type DeviceSettings,
  type LibrenmsSettings,
  listedDevice,
  type RouterSettings,
} from '../settings.ts';
import { copyDevice } from '../take-over.ts';
import { createFindTerminal, type FindTerminal } from '../terminal-access.ts';
import { createCredentialSecrets } from './credential-secrets.ts';
import { createDeviceStore } from './device-store.ts';
import { createInventoryStore } from './inventory-store.ts';
import { createPauseStore } from './pause-store.ts';

/** The devices in the database: what polls them, and what edits them. */
export interface LiveInventory {
  readonly source: InventorySource;
  /** For commands: whoever runs them has the key. */
  readonly desk: Desk;
  /** For whoever comes over HTTP: a stored password stays with the address that it was typed for. */
  readonly remoteDesk: Desk;
  /** A device that is not stored yet, as it would be read; `null`: nobody can log in to its API. */
  deviceOf(draft: Inventory): RouterDevice | null;
  /** The way to the terminals of all devices of this roster. */
  findTerminal(roster: Pick<Roster, 'named'>): FindTerminal;
  /** Why passwords can be neither stored nor read; `null`: they can. */
  trouble(): TroubleError | null;
  /** Encrypts all stored secrets with the present key; gives how many were encrypted anew. */
  rotateKey(): Promise<number>;
  /** Notes that this worker has its key; `null` without one. */
  readonly keyKeeper: Part | null;
}

export interface InventorySettings extends KeySettings {
  readonly routers: readonly RouterSettings[];
  readonly devices: readonly DeviceSettings[];
  readonly librenms?: LibrenmsSettings;
}

/** What is not asked of a device of the inventory; the same as the defaults of a configured router. */
const LINE_MBPS = 10_000;
const ENCODING = 'windows-1252';

export function createLiveInventory(
  settings: InventorySettings,
  deps: {
    readonly database: Database;
    readonly schema: Pick<SchemaGate, 'enter'>;
    readonly clock: Clock;
    readonly troubles: TroubleLog;
    readonly onBug: (error: unknown) => void;
    /** What other capabilities keep encrypted, for a change of the key. */
    readonly otherSecrets: () => readonly SealedSecrets[];
    /** Of a worker before this one in the same process. */
    readonly former: readonly Device[];
  },
): LiveInventory {
  const { database, schema, clock, onBug } = deps;
  const vault = vaultOf(settings);
  const book = createInventoryStore({ database });
  const hide = (secret: string) => new Secret(secret);
  const reading = { vault, hide, lineMbps: LINE_MBPS, encoding: ENCODING };
  const source = createInventorySource({
    ...deps,
    book: {
      async revision() {
        schema.enter();
        return await book.revision();
      },
      load: book.load,
    },
    ...reading,
  });
  const listed = createDeviceStore({ database });
  const pauses = createPauseStore({ database });
  const { librenms } = settings;
  async function others(): Promise<readonly Device[]> {
    const devices = librenms === undefined ? [] : (await listed.load()).map((each) => listedDevice(each, librenms));
    const paused = await pauses.list();
    const all = [...configuredDevices(settings).devices([]), ...devices];
    return all.map((device) => ({ ...device, isPaused: paused.has(device.name) }));
  }

  const editing = {
    book,
    vault,
    others: async () => (await others()).map(otherDevice),
    async copyOf({ name, source: from }: OtherDevice) {
      const device = (await others()).find((each) => each.name === name && each.source === from);
      if (device === undefined) throw new Error('a device of another source is not there');
      return copyDevice(device, { lineMbps: LINE_MBPS, encoding: ENCODING });
    },
    newId: randomUUID,
    clock,
    onChange: source.changed,
  };
  const holders = createKeyHolders({ database });
  return {
    source,
    desk: createDesk({ ...editing, movesPasswords: true }),
    remoteDesk: createDesk({ ...editing, movesPasswords: false }),
    findTerminal: (roster) => createFindTerminal({ roster, book, vault, hide }),
    trouble: () => source.trouble() ?? (vault === null ? missingKey() : null),
    deviceOf(draft) {
      const { devices, trouble } = readDevices(draft, [], reading);
      if (trouble !== null) throw trouble;
      return devices.find(isRouter) ?? null;
    },
    rotateKey: () =>
      rotateKey({
        vault: requireVault(vault),
        secrets: joinSecrets([createCredentialSecrets({ database }), ...deps.otherSecrets()]),
        workers: () => holders.alive(KEY_HOLDER_ALIVE_MS),
      }),
    keyKeeper: vault === null ? null : keeperOf(vault),
  };

  function keeperOf({ keyIds }: Vault): Part {
    const holder = { id: randomUUID(), host: hostname(), pid: process.pid, keyIds: [...keyIds] };
    return createKeyKeeper({
      async beat() {
        schema.enter();
        await holders.beat(holder);
      },
      async remove() {
        schema.enter();
        await holders.remove(holder.id);
      },
      clock,
      onBug,
    });
  }
}

function otherDevice({ name, host, model, source, api, ssh, parent, tags, isPaused }: Device): OtherDevice {
  return {
    ...{ name, host, model, source: source === 'librenms' ? source : 'config', parent, tags, isPaused },
    api: api === null ? null : { port: api.port, tls: shownTls(api.tls), username: api.username },
    sshPort: ssh?.port ?? null,
  };
}

function shownTls(tls: ApiAccess['tls']): boolean | string {
  if (typeof tls === 'boolean') return tls;
  if ('insecure' in tls) return 'insecure';
  return 'ca' in tls ? true : tls.fingerprint;
}
