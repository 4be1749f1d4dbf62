import type { Examination } from '../runtime/examination.ts';
import { about, type Finding } from '../runtime/finding.ts';
import { type InventoryLook, judgeInventory } from './judge-inventory.ts';
import { type DirectoryProbe, lookUpRouters } from './look-up.ts';
import type { RouterDevice } from './ports.ts';

/** Every router that is polled, for who looks at each. */
export interface DevicesLook<Router = RouterDevice> {
  /** How many of them are in the configuration. */
  readonly configured: number;
  /** Lists of the sources in their order, each as soon as it is known. */
  readonly routers: readonly Promise<readonly Router[]>[];
  /** About the lists themselves. */
  readonly findings: Promise<readonly Finding[]>;
}

/** Looks all lists up anew. */
export function lookAtDevices(
  deps: {
    /** Those of the configuration. */
    readonly configured: readonly RouterDevice[];
    /** Looks at the devices in the database. Only a bug rejects. */
    readonly inventory: () => Promise<InventoryLook>;
    /** `null` when LibreNMS is not configured. */
    readonly directory: DirectoryProbe | null;
  },
  { database, signal }: Pick<Examination, 'database' | 'signal'>,
): DevicesLook {
  // Its last list is in the database, which has its schema only then.
  const inventory = database.then(deps.inventory);
  // Which devices of LibreNMS are added depends on the inventory.
  const listed = inventory.then(() => lookUpRouters(deps.directory, signal));
  return {
    configured: deps.configured.length,
    routers: [
      Promise.resolve(deps.configured),
      inventory.then(({ routers }) => routers),
      listed.then(({ routers }) => routers),
    ],
    findings: Promise.all([inventory, listed]).then(([kept, { findings }]) => [
      ...about('inventory', judgeInventory(kept)),
      ...about('LibreNMS', findings),
    ]),
  };
}
