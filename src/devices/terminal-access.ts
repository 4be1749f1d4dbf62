import { requireVault, type Vault } from '../runtime/vault.ts';
import type { InventoryBook, InventoryDevice, StoredCredential } from './inventory.ts';
import { SSH_PORT } from './inventory-devices.ts';
import type { Device, Hidden, SshAccess } from './ports.ts';
import type { Roster } from './roster.ts';
import { hideLogin, openSecrets, type SshLogin } from './secrets.ts';

/** Where a device answers SSH, whether or not there is a login for it. */
export interface SshPlace extends Pick<SshAccess, 'port' | 'hostKey' | 'legacy'> {
  readonly name: string;
  readonly host: string;
}

/** How the terminal of a device is reached. */
export interface TerminalAccess extends SshPlace {
  /** `null`: whoever opens it gives their own login. */
  readonly login: SshLogin | null;
}

export interface Terminals {
  /** Where a device of any source answers SSH; `null`: there is no such device. Rejects with a `TroubleError` when the database is away. */
  place(name: string): Promise<SshPlace | null>;
  /**
   * The same with the login for its terminal, which is decrypted when it is needed, and not kept. Rejects with a `TroubleError` also when
   * it cannot be read.
   */
  access(name: string): Promise<TerminalAccess | null>;
}

export function createTerminals(deps: {
  readonly roster: Pick<Roster, 'named'>;
  readonly book: Pick<InventoryBook, 'load'>;
  /** `null`: there is no key. */
  readonly vault: Vault | null;
  /** Makes a secret one that cannot be printed by accident. */
  readonly hide: (secret: string) => Hidden;
}): Terminals {
  const { roster, book, vault, hide } = deps;

  function loginOf(credential: StoredCredential): SshLogin {
    return hideLogin(credential.username, openSecrets(requireVault(vault), credential), hide);
  }

  /** With the credential for its terminal, as it is stored. */
  async function find(name: string): Promise<{ place: SshPlace; credential: StoredCredential | null } | null> {
    const device = roster.named(name);
    if (device === null) return null;
    if (device.source !== 'inventory') return { place: placeOf(device, null), credential: null };
    const { devices, credentials } = await book.load();
    const stored = devices.find((each) => each.name === name);
    if (stored === undefined) return null;
    const credential = credentials.find(({ id }) => id === stored.terminalCredential) ?? null;
    return { place: placeOf(device, stored), credential };
  }

  return {
    place: async (name) => (await find(name))?.place ?? null,
    async access(name) {
      const found = await find(name);
      if (found === null) return null;
      return { ...found.place, login: found.credential === null ? null : loginOf(found.credential) };
    },
  };
}

function placeOf({ name, host, ssh }: Device, stored: Pick<InventoryDevice, 'sshPort'> | null): SshPlace {
  const port = stored?.sshPort ?? ssh?.port ?? SSH_PORT;
  return { name, host, port, hostKey: ssh?.hostKey ?? null, legacy: ssh?.legacy ?? false };
}
