import type { Desk } from '../../src/devices/desk.ts';
import { createDesk } from '../../src/devices/desk.ts';
import type { Inventory, InventoryBook, InventoryDevice, OtherDevice } from '../../src/devices/inventory.ts';
import { createVault, type Vault } from '../../src/runtime/vault.ts';

export const KEY = Buffer.alloc(32, 1).toString('base64');
export const NEXT_KEY = Buffer.alloc(32, 2).toString('base64');
export const vault = createVault(KEY);

/** An inventory in memory. */
export function createMemoryInventory(): InventoryBook & { readonly stored: () => Inventory } {
  let now: Inventory = { devices: [], credentials: [] };
  let revision = 0;
  return {
    stored: () => now,
    load: async () => now,
    revision: async () => revision,
    async change(decide) {
      const { devices, credentials } = decide(now);
      const parts = [devices.put, devices.remove, credentials.put, credentials.remove];
      if (parts.every(({ length }) => length === 0)) return false;
      now = {
        devices: replaced(now.devices, devices.put, devices.remove),
        credentials: replaced(now.credentials, credentials.put, credentials.remove),
      };
      revision += 1;
      return true;
    },
  };
}

function replaced<Row extends { readonly id: string }>(
  rows: readonly Row[],
  put: readonly Row[],
  remove: readonly string[],
) {
  const gone = new Set([...remove, ...put.map(({ id }) => id)]);
  return [...rows.filter(({ id }) => !gone.has(id)), ...put];
}

/** A desk over a book, with ids that count up. */
export function createTestDesk(
  book: InventoryBook,
  options: {
    readonly vault?: Vault | null;
    readonly others?: readonly OtherDevice[];
    readonly movesPasswords?: boolean;
    readonly onChange?: () => void | Promise<void>;
  } = {},
): Desk {
  let ids = 0;
  return createDesk({
    book,
    vault: options.vault === undefined ? vault : options.vault,
    others: async () => options.others ?? [],
    copyOf: async ({ host, api }) => ({
      fields: { host, apiPort: api?.port, username: api?.username, password: 'of another source' },
      left: [],
    }),
    newId: () => `id-${String(++ids).padStart(6, '0')}-${Math.random().toString(36).slice(2, 10)}`,
    clock: { now: () => Date.UTC(2026, 10, 20) },
    movesPasswords: options.movesPasswords ?? true,
    onChange: async () => options.onChange?.(),
  });
}

export function otherDevice(given: Partial<OtherDevice> = {}): OtherDevice {
  return {
    ...{
      name: 'core',
      host: '192.0.2.1',
      model: 'routeros',
      source: 'config',
      sshPort: null,
      parent: null,
      tags: [],
      isPaused: false,
    },
    api: { port: 8728, tls: false, username: 'api' },
    ...given,
  };
}

export function storedDevice(given: Partial<InventoryDevice> = {}): InventoryDevice {
  return {
    ...{ id: 'd1', name: 'edge-1', version: 1, host: '192.0.2.7', model: 'routeros', apiPort: null, apiTls: 'no' },
    ...{ apiCredential: null, sshPort: null, sshCredential: null, terminalCredential: null, parent: null, tags: [] },
    ...{ usage: true, backup: true, paused: false, changedAt: 0 },
    ...given,
  };
}
