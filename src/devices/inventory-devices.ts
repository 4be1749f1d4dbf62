import { TroubleError } from '../runtime/errors.ts';
import { requireKeys, requireVault, type Vault } from '../runtime/vault.ts';
import { apiPortOf } from './draft.ts';
import type { Inventory, InventoryDevice, StoredCredential } from './inventory.ts';
import type { ApiAccess, Device, Hidden, SshAccess } from './ports.ts';
import { hideLogin, openSecrets, type Secrets } from './secrets.ts';

export interface InventoryReading {
  readonly devices: readonly Device[];
  /** Every secret that was opened. */
  readonly secrets: readonly string[];
  /** Why some of them cannot be read; `null` when all can. */
  readonly trouble: TroubleError | null;
}

export interface ReadingDeps {
  readonly vault: Vault | null;
  /** What is not asked of a device of the inventory. */
  readonly lineMbps: number;
  readonly encoding: string;
  /** Makes a secret one that cannot be printed by accident. */
  readonly hide: (secret: string) => Hidden;
}

export const SSH_PORT = 22;

/**
 * The port at which SSH is sent the device's own login; `null`: at none. A router's own login is the API's, and may have no right to more:
 * it is used where a port asks for SSH.
 */
export function ownSshPort({ model, sshPort, sshCredential }: InventoryDevice): number | null {
  if (sshCredential !== null || (model === 'routeros' && sshPort === null)) return null;
  return sshPort ?? SSH_PORT;
}

/** The devices of an inventory as they are reached; `before`: how they were, for those whose secrets cannot be read now. */
export function readDevices(inventory: Inventory, before: readonly Device[], deps: ReadingDeps): InventoryReading {
  const { vault, lineMbps, encoding, hide } = deps;
  const shared = new Map(inventory.credentials.map((each) => [each.id, each]));
  const own = new Map(inventory.credentials.map((each) => [each.deviceId, each]));
  const former = new Map(before.map((each) => [each.name, each]));
  const troubles = keyTroubles(vault, inventory.credentials);
  const opened = new Map<string, Secrets | null>();

  /** `null`: they cannot be read. */
  function secretsOf(credential: StoredCredential): Secrets | null {
    const known = opened.get(credential.id);
    if (known !== undefined) return known;
    const secrets = open(credential);
    opened.set(credential.id, secrets);
    return secrets;
  }

  function open(credential: StoredCredential): Secrets | null {
    try {
      return openSecrets(requireVault(vault), credential);
    } catch (error) {
      if (!(error instanceof TroubleError)) throw error;
      troubles.push(error);
      return null;
    }
  }

  function apiOf(device: InventoryDevice): ApiAccess | null {
    if (device.model !== 'routeros') return null;
    const login = device.apiCredential === null ? own.get(device.id) : shared.get(device.apiCredential);
    if (login === undefined) return null;
    const secrets = secretsOf(login);
    // A router that is polled goes on being polled: its bytes would be lost.
    if (secrets === null) return former.get(device.name)?.api ?? null;
    const password = hide(secrets.password ?? '');
    return { port: apiPortOf(device), tls: tlsOf(device), username: login.username, password, encoding, lineMbps };
  }

  function sshOf(device: InventoryDevice): SshAccess | null {
    const ownLogin = ownSshPort(device) === null ? undefined : own.get(device.id);
    const login = device.sshCredential === null ? ownLogin : shared.get(device.sshCredential);
    if (login === undefined) return null;
    const secrets = secretsOf(login);
    if (secrets === null) return former.get(device.name)?.ssh ?? null;
    return {
      port: device.sshPort ?? SSH_PORT,
      ...hideLogin(login.username, secrets, hide),
      hostKey: null,
      legacy: false,
    };
  }

  const devices = inventory.devices.map(
    (device): Device => ({
      name: device.name,
      host: device.host,
      model: device.model,
      source: 'inventory',
      api: apiOf(device),
      ssh: sshOf(device),
      // Whoever names a port of a device that has no API knows that it answers there, also without a login.
      probe: device.model === 'routeros' || device.sshPort === null ? null : { tcp: device.sshPort },
      parent: device.parent,
      tags: device.tags,
      countsUsage: device.usage,
      hasBackups: device.backup,
      isPaused: device.paused,
    }),
  );
  const secrets = [...opened.values()].flatMap((each) => (each === null ? [] : Object.values(each)));
  return { devices, secrets: secrets.filter((each) => each !== null), trouble: troubles[0] ?? null };
}

/** Also of a credential that no device uses: with another key nothing may be stored. */
function keyTroubles(vault: Vault | null, credentials: readonly StoredCredential[]): TroubleError[] {
  if (credentials.length === 0) return [];
  try {
    requireKeys(
      requireVault(vault),
      credentials.map(({ keyId }) => keyId),
    );
    return [];
  } catch (error) {
    if (error instanceof TroubleError) return [error];
    throw error;
  }
}

function tlsOf({ apiTls }: InventoryDevice): ApiAccess['tls'] {
  if (apiTls === 'no') return false;
  if (apiTls === 'yes') return true;
  return apiTls === 'insecure' ? { insecure: true } : { fingerprint: apiTls };
}
