import { TroubleError } from '../runtime/errors.ts';
import type { Desk } from './desk.ts';
import { findDoubles } from './doubles.ts';
import type { DeviceEntry } from './entries.ts';
import type { InventorySource } from './inventory-source.ts';
import type { InventoryLook } from './judge-inventory.ts';
import type { RouterDevice } from './ports.ts';
import type { Roster } from './roster.ts';

/** What the inventory holds now; nothing where the database is away, which others tell. */
export async function lookAtInventory({
  inventory: { source, desk },
  routers,
}: {
  readonly inventory: { readonly source: InventorySource; readonly desk: Pick<Desk, 'devices'> };
  readonly routers: Pick<Roster<RouterDevice>, 'devices'>;
}): Promise<InventoryLook> {
  await source.refresh();
  const entries = await entriesOf(desk);
  return {
    routers: routers.devices().filter((device) => device.source === 'inventory'),
    devices: entries.filter((entry) => entry.source === 'inventory').length,
    doubles: findDoubles(entries),
    trouble: source.trouble(),
  };
}

async function entriesOf(desk: Pick<Desk, 'devices'>): Promise<readonly DeviceEntry[]> {
  try {
    return await desk.devices();
  } catch (error) {
    if (!(error instanceof TroubleError)) throw error;
    return [];
  }
}
