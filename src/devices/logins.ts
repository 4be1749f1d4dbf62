import { requireKeys, requireVault, type Vault } from '../runtime/vault.ts';
import type { DeviceFields } from './fields.ts';
import { conflict, type InventoryDevice, invalid, type Problem, type StoredCredential } from './inventory.ts';
import { openSecrets, type Secrets, sealSecrets } from './secrets.ts';

/** Encrypts for a change of the inventory. */
export interface Sealer {
  seal(id: string, secrets: Secrets): Pick<StoredCredential, 'keyId' | 'password' | 'privateKey' | 'passphrase'>;
  /** Whether a stored credential has this password already. */
  hasPassword(credential: StoredCredential, password: string): boolean;
}

/** Throws a `TroubleError` as soon as something is to be encrypted: `KEY_MISSING`, or `KEY_WRONG` where the stored secrets have another key. */
export function createSealer(vault: Vault | null, stored: readonly StoredCredential[]): Sealer {
  const keyIds = new Set(stored.map(({ keyId }) => keyId));
  const entered = (): Vault => {
    const ours = requireVault(vault);
    requireKeys(ours, keyIds);
    return ours;
  };
  return {
    seal: (id, secrets) => sealSecrets(entered(), id, secrets),
    hasPassword: (credential, password) => openSecrets(entered(), credential).password === password,
  };
}

/** What becomes of a device's own login. */
export interface OwnLogin {
  /** `null`: none. */
  readonly login: StoredCredential | null;
  readonly problems: readonly Problem[];
}

/** `before`: as it is now. An empty password leaves the one that is there. */
export function editOwnLogin(
  device: Pick<InventoryDevice, 'id' | 'apiCredential'>,
  before: StoredCredential | null,
  { username, password }: Pick<DeviceFields, 'username' | 'password'>,
  deps: { readonly sealer: Sealer; readonly newId: () => string; readonly now: number },
): OwnLogin {
  const name = username === undefined ? (before?.username ?? null) : username;
  const refused = (...problems: Problem[]): OwnLogin => ({ login: before, problems });
  if (name === null) {
    if (password !== undefined) return refused(invalid('password', 'needs a username'));
    return { login: null, problems: [] };
  }
  if (device.apiCredential !== null) {
    return refused(
      conflict(
        username == null ? 'apiCredential' : 'username',
        'a device has either api_credential or a username of its own; clear one of them',
      ),
    );
  }
  if (before === null && password === undefined) {
    return refused(invalid('password', 'is missing: the device has no password yet'));
  }
  const isSamePassword = password === undefined || (before !== null && deps.sealer.hasPassword(before, password));
  if (before !== null && isSamePassword) {
    if (before.username === name) return { login: before, problems: [] };
    return { login: { ...before, username: name, version: before.version + 1, changedAt: deps.now }, problems: [] };
  }
  const id = before?.id ?? deps.newId();
  const sealed = deps.sealer.seal(id, { password: password ?? null, privateKey: null, passphrase: null });
  const version = (before?.version ?? 0) + 1;
  return {
    login: { id, name: null, deviceId: device.id, version, username: name, ...sealed, changedAt: deps.now },
    problems: [],
  };
}
