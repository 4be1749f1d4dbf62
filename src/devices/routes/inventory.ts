import type { NavigationLink } from '../../platform/http/frame.ts';
import type { Route } from '../../platform/http/route.ts';
import { credentialRoutes } from '../api/credentials.ts';
import { inventoryRoutes } from '../api/devices.ts';
import { transferRoutes } from '../api/transfer.ts';
import { createCredentialPages } from './credential-pages.ts';
import { createDevicePages } from './device-pages.ts';
import { createImportPage } from './import-page.ts';
import { createListPages } from './inventory-pages.ts';
import type { InventoryPagesDeps } from './page-tools.ts';

export const INVENTORY_LINK: NavigationLink = { key: 'inventory', href: '/inventory', title: 'Inventory' };

/** Parts of pages. */
const PARTIALS = ['secrets-note', 'test-result', 'device-fields', 'credential-fields'];

/** The inventory, its credentials and its files, as pages and as JSON. */
export function createInventoryRoutes(deps: InventoryPagesDeps): Route[] {
  for (const name of PARTIALS) {
    deps.frame.addPartial(name, new URL(`../pages/${name}.hbs`, import.meta.url));
  }
  return [
    ...createListPages(deps),
    ...createImportPage(deps),
    ...createDevicePages(deps),
    ...createCredentialPages(deps),
    ...inventoryRoutes(deps),
    ...transferRoutes(deps),
    ...credentialRoutes(deps),
  ];
}
