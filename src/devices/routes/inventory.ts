import type { Route } from '../../platform/http/route.ts';
import { credentialRoutes } from '../api/credentials.ts';
import { inventoryRoutes } from '../api/devices.ts';
import type { InventoryDeps } from '../api/inventory-deps.ts';
import { transferRoutes } from '../api/transfer.ts';

/** The inventory, its credentials and its files, as pages and as JSON. */
export function createInventoryRoutes(deps: InventoryDeps): Route[] {
  return [...inventoryRoutes(deps), ...transferRoutes(deps), ...credentialRoutes(deps)];
}
