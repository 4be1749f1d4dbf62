import { comparableHost } from '../runtime/host-name.ts';
import { apiPortOf, type Draft, type PutResult } from './draft.ts';
import { type DeviceWithLogin, type InventoryDevice, invalid } from './inventory.ts';
import { ownSshPort } from './inventory-devices.ts';

const TYPE_IT_AGAIN = 'type the password again: the saved one is for another host, port or TLS setting';

/**
 * The same draft, but the stored password of a device goes to no other address than the one it was stored for: whoever answers there
 * would learn it, and nobody who edits from a browser can read it. A shared credential belongs to no address.
 */
export function guardedDraft(draft: Draft): Draft {
  return {
    ...draft,
    put(name, fields, options): PutResult {
      const before = draft.find(name);
      const result = draft.put(name, fields, options);
      const after = draft.find(name);
      const isKept = fields.password === undefined && hasOwnLogin(before) && hasOwnLogin(after);
      if (!isKept || isSameAddress(before.device, after.device)) return result;
      return { outcome: 'unchanged', columns: [], problems: [...result.problems, invalid('password', TYPE_IT_AGAIN)] };
    },
  };
}

function hasOwnLogin(device: DeviceWithLogin | null): device is DeviceWithLogin {
  return device?.login?.name === null;
}

/** Whether whatever is sent a login by the second is sent it by the first already. */
export function isSameAddress(before: InventoryDevice, after: InventoryDevice): boolean {
  return (
    comparableHost(before.host) === comparableHost(after.host) &&
    apiPortOf(before) === apiPortOf(after) &&
    before.apiTls === after.apiTls &&
    [null, ownSshPort(before)].includes(ownSshPort(after))
  );
}
