import type { DeviceFields } from './fields.ts';
import { conflict, Refusal } from './inventory.ts';
import type { ApiAccess, Device, SshAccess } from './ports.ts';

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
export function copyDevice(device: Device, defaults: InventoryDefaults): DeviceCopy {
  const { host, model, api, ssh, parent, tags } = device;
  const { countsUsage: usage, hasBackups: backup, isPaused: paused } = device;
  const fields = { host, model, parent, tags, usage, backup, paused };
  const left = [...lostOfApi(api, defaults), ...lostOfDevice(device)];
  if (api !== null) {
    const login = { apiPort: api.port, apiTls: tlsOf(api.tls), ...loginOf(api) };
    const sshPort = isSameLogin(api, ssh) ? { sshPort: ssh?.port } : {};
    return { fields: { ...fields, ...login, ...sshPort }, left };
  }
  const login = ssh?.password == null ? {} : { ...loginOf({ ...ssh, password: ssh.password }), sshPort: ssh.port };
  return { fields: { ...fields, ...login }, left };
}

function loginOf({ username, password }: Pick<ApiAccess, 'username' | 'password'>) {
  return { username, password: password.reveal() };
}

/** Whether SSH is entered as the API is, so that one login is enough for both. */
function isSameLogin(api: ApiAccess, ssh: SshAccess | null): boolean {
  if (ssh === null || ssh.password === null || ssh.privateKey !== null) return false;
  return ssh.username === api.username && ssh.password.reveal() === api.password.reveal();
}

function lostOfApi(api: ApiAccess | null, { lineMbps, encoding }: InventoryDefaults): string[] {
  if (api === null) return [];
  return [
    ...(api.lineMbps === lineMbps
      ? []
      : [`its line speed: ${lineMbps.toLocaleString('en-US')} Mbit/s count from now on`]),
    ...(api.encoding === encoding ? [] : [`its code page: ${encoding} counts from now on`]),
  ];
}

function lostOfDevice({ api, ssh, probe }: Device): string[] {
  const hasLogin = ssh === null || (api === null ? ssh.password !== null : isSameLogin(api, ssh));
  const hasKey = ssh !== null && ssh.privateKey !== null;
  return [
    ...(hasLogin && !hasKey ? [] : ['its login for SSH: add a credential with it']),
    ...(ssh === null || (ssh.hostKey === null && !ssh.legacy) ? [] : ['its host key and algorithms for SSH']),
    ...(probe === null ? [] : ['how it is probed']),
  ];
}

function tlsOf(tls: ApiAccess['tls']): string {
  if (typeof tls === 'boolean') return tls ? 'yes' : 'no';
  if ('fingerprint' in tls) return tls.fingerprint;
  if ('insecure' in tls) return 'insecure';
  throw new Refusal('the device was not taken over', [
    conflict(
      'apiTls',
      'a CA file checks its certificate, which the inventory cannot: pin its fingerprint in the file first',
    ),
  ]);
}
