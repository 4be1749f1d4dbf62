import type { Vault } from '../runtime/vault.ts';
import { requireVault } from '../runtime/vault.ts';
import type { InventoryBook, InventoryDevice, StoredCredential } from './inventory.ts';
import { SSH_PORT } from './inventory-devices.ts';
import type { Device, Hidden, SshAccess } from './ports.ts';
import type { Roster } from './roster.ts';
import { openSecrets } from './secrets.ts';

/** How the terminal of a device is reached. */
export interface TerminalAccess extends Pick<SshAccess, 'port' | 'hostKey' | 'legacy'> {
  readonly name: string;
  readonly host: string;
  /** `null`: whoever opens it gives their own login. */
  readonly login: Pick<SshAccess, 'username' | 'password' | 'privateKey' | 'passphrase'> | null;
}

/**
 * Finds a device of any source by its name, with the login for its terminal; `null`: there is none. The login is decrypted when it is
 * needed, and not kept. Rejects with a `TroubleError` when it cannot be read.
 */
export type FindTerminal = (name: string) => Promise<TerminalAccess | null>;

export function createFindTerminal(deps: {
  readonly roster: Pick<Roster, 'named'>;
  readonly book: Pick<InventoryBook, 'load'>;
  /** `null`: there is no key. */
  readonly vault: Vault | null;
  /** Makes a secret one that cannot be printed by accident. */
  readonly hide: (secret: string) => Hidden;
}): FindTerminal {
  const { roster, book, vault, hide } = deps;

  function loginOf(credential: StoredCredential): NonNullable<TerminalAccess['login']> {
    const { password, privateKey, passphrase } = openSecrets(requireVault(vault), credential);
    const hidden = (secret: string | null) => (secret === null ? null : hide(secret));
    const secrets = { password: hidden(password), privateKey: hidden(privateKey), passphrase: hidden(passphrase) };
    return { username: credential.username, ...secrets };
  }

  return async (name) => {
    const device = roster.named(name);
    if (device === null) return null;
    if (device.source !== 'inventory') return accessOf(device, null);
    const { devices, credentials } = await book.load();
    const stored = devices.find((each) => each.name === name);
    if (stored === undefined) return null;
    const credential = credentials.find(({ id }) => id === stored.terminalCredential);
    return { ...accessOf(device, stored), login: credential === undefined ? null : loginOf(credential) };
  };
}

function accessOf({ name, host, ssh }: Device, stored: Pick<InventoryDevice, 'sshPort'> | null): TerminalAccess {
  const port = stored?.sshPort ?? ssh?.port ?? SSH_PORT;
  return { name, host, port, hostKey: ssh?.hostKey ?? null, legacy: ssh?.legacy ?? false, login: null };
}
