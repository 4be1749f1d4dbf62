import type { DeviceFields } from './fields.ts';
import { conflict, Refusal } from './inventory.ts';
import type { Device } from './ports.ts';

/** A device of another source as the inventory would hold it. */
export interface DeviceCopy {
  /** Not checked yet. */
  readonly fields: { readonly [Field in keyof DeviceFields]: unknown };
  /** What the inventory has no place for, in words. */
  readonly left: readonly string[];
}

/** What the inventory takes for every router. */
export interface InventoryDefaults {
  readonly lineMbps: number;
  readonly encoding: string;
}

/** What becomes of a device in the inventory. Throws a `Refusal` where it could not be reached as it is now. */
export function copyDevice({ host, model, api, lineMbps }: Device, defaults: InventoryDefaults): DeviceCopy {
  const left = [
    ...(lineMbps === defaults.lineMbps ? [] : [`its line speed: ${defaults.lineMbps} Mbit/s count from now on`]),
    ...(api.encoding === defaults.encoding ? [] : [`its code page: ${defaults.encoding} counts from now on`]),
  ];
  const { port, username, password } = api;
  return {
    fields: { host, model, apiPort: port, apiTls: tlsOf(api.tls), username, password: password.reveal() },
    left,
  };
}

function tlsOf(tls: Device['api']['tls']): string {
  if (typeof tls === 'boolean') return tls ? 'yes' : 'no';
  if ('fingerprint' in tls) return tls.fingerprint;
  if ('insecure' in tls) return 'insecure';
  throw new Refusal('the device was not taken over', [
    conflict(
      'apiTls',
      'a CA file checks its certificate, which the inventory cannot: give its fingerprint in the file first',
    ),
  ]);
}
