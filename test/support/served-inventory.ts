import type { InventoryDeps } from '../../src/devices/api/inventory-deps.ts';
import { createDeviceTests, type DeviceTestsDeps } from '../../src/devices/device-tests.ts';
import { createFindRouter } from '../../src/devices/find-router.ts';
import type { OtherDevice } from '../../src/devices/inventory.ts';
import { readDevices } from '../../src/devices/inventory-devices.ts';
import { isRouter } from '../../src/devices/roster.ts';
import { createInventoryStore } from '../../src/devices/store/inventory-store.ts';
import { Secret } from '../../src/platform/config/secret.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { missingKey, type Vault } from '../../src/runtime/vault.ts';
import { deviceOf } from './devices.ts';
import { createTestDesk, vault as testVault } from './inventory.ts';

/** What the pages get of the inventory in a database. */
export function inventoryOn(
  database: Database,
  options: {
    readonly vault?: Vault | null;
    readonly others?: readonly OtherDevice[];
    readonly test?: DeviceTestsDeps['test'];
    readonly lookAtListed?: InventoryDeps['lookAtListed'];
  } = {},
): Omit<InventoryDeps, 'deskOf' | 'noteOf'> {
  const { vault = testVault, others = [], lookAtListed = null } = options;
  const desk = createTestDesk(createInventoryStore({ database }), { vault, others, movesPasswords: false });
  const test: DeviceTestsDeps['test'] =
    options.test ??
    (async ({ host, api }) => [
      { part: 'tcp', status: 'ok', found: `port ${api.port} of ${host} answers within 1 ms`, advice: null },
      { part: 'login', status: 'failure', found: 'wrong password', advice: 'Enter the right one.' },
    ]);
  const tests = createDeviceTests({
    desk,
    findRouter: createFindRouter({ desk, refresh: async () => {}, known: deviceOf }),
    deviceOf: (draft) =>
      readDevices(draft, [], {
        vault,
        hide: (secret) => new Secret(secret),
        lineMbps: 10_000,
        encoding: 'utf-8',
      }).devices.find(isRouter) ?? null,
    test,
  });
  return { desk, tests, lookAtListed, trouble: () => (vault === null ? missingKey() : null) };
}
