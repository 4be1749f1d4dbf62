import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { comparableHost } from '../runtime/host-name.ts';
import type { Part } from '../runtime/lifecycle.ts';
import { keepSecret } from '../runtime/mask.ts';
import { createScheduler } from '../runtime/scheduler.ts';
import type { TroubleLog } from '../runtime/trouble-log.ts';
import { requireKeys, requireVault, type Vault } from '../runtime/vault.ts';
import { apiPortOf } from './draft.ts';
import type { Inventory, InventoryBook, InventoryDevice, StoredCredential } from './inventory.ts';
import type { ApiAccess, Device, DeviceSource } from './ports.ts';
import { openSecrets } from './secrets.ts';

/** The devices of the inventory, followed from `start` to `stop`. */
export interface InventorySource extends DeviceSource, Part {
  /** Looks once. Trouble is logged, and keeps the known devices. */
  refresh(): Promise<void>;
  /** Why some of its passwords cannot be read; `null` when all can. */
  trouble(): TroubleError | null;
  withheld(before: readonly Device[]): readonly Device[];
  /** For a source after this one in the same process. */
  remembered(): readonly InventoryRouter[];
}

/** A device that is polled, or one that is not and that no other source is to poll either. */
export interface InventoryRouter {
  readonly device: Device;
  readonly isPolled: boolean;
}

export interface InventorySourceDeps {
  readonly book: Pick<InventoryBook, 'load' | 'revision'>;
  readonly vault: Vault | null;
  /** Of a source before this one in the same process. */
  readonly former: readonly InventoryRouter[];
  readonly lineMbps: number;
  readonly encoding: string;
  /** Makes a password one that cannot be printed by accident. */
  readonly hide: (secret: string) => ApiAccess['password'];
  readonly clock: Clock;
  readonly troubles: TroubleLog;
  readonly onBug: (error: unknown) => void;
}

/** Changes that another process makes are followed within 15 s. */
const LOOKS_EVERY_MS = 5_000;
const STOP_GRACE_MS = 1_000;
const SUBJECT = 'inventory';
const LOGINS = 'passwords of the inventory';

export function createInventorySource(deps: InventorySourceDeps): InventorySource {
  const { book, vault, clock, troubles, onBug } = deps;
  let routers = deps.former;
  let unreadable: TroubleError | null = null;
  let revision: number | null = null;
  let releases: readonly (() => void)[] = [];
  let tell = async () => {};
  let running: Promise<void> = Promise.resolve();

  async function look(): Promise<void> {
    const present = await book.revision();
    if (present === revision) return;
    const inventory = await book.load();
    const read = readRouters(inventory, routers, deps);
    const before = releases;
    releases = read.secrets.map(keepSecret);
    for (const release of before) release();
    routers = read.routers;
    unreadable = read.trouble;
    if (read.trouble === null) troubles.ended(LOGINS);
    else troubles.started(LOGINS, read.trouble);
    await tell();
    revision = present;
  }

  /** One at a time: an earlier look must not overwrite what a later one has seen. */
  function refresh(): Promise<void> {
    running = running.then(async () => {
      try {
        await look();
        troubles.ended(SUBJECT);
      } catch (error) {
        if (!(error instanceof TroubleError)) throw error;
        troubles.started(SUBJECT, error);
      }
    });
    const current = running;
    running = current.catch(() => {});
    return current;
  }

  let hasRun = false;
  const scheduler = createScheduler({
    jobs: [
      {
        nextAfter(at) {
          if (hasRun) return at + LOOKS_EVERY_MS;
          hasRun = true;
          return at;
        },
        run: refresh,
      },
    ],
    clock,
    onBug,
  });

  return {
    name: 'inventory',
    refresh,
    trouble: () => unreadable,
    remembered: () => routers,
    devices(before) {
      return known(routers, before)
        .filter(({ isPolled }) => isPolled)
        .map(({ device }) => device);
    },
    withheld(before) {
      return known(routers, before)
        .filter(({ isPolled }) => !isPolled)
        .map(({ device }) => device);
    },
    follow(listener) {
      tell = listener;
    },
    start: () => scheduler.start(),
    stop: () => scheduler.stop(STOP_GRACE_MS),
  };

  function known(all: readonly InventoryRouter[], before: readonly Device[]): readonly InventoryRouter[] {
    const names = new Set(before.map(({ name }) => name));
    const addresses = new Set(before.map(addressOf));
    return all.filter(({ device }) => !names.has(device.name) && !addresses.has(addressOf(device)));
  }

  function readRouters(
    inventory: Inventory,
    was: readonly InventoryRouter[],
    { lineMbps, encoding }: InventorySourceDeps,
  ) {
    const byId = new Map(inventory.credentials.map((each) => [each.id, each]));
    const own = new Map(inventory.credentials.map((each) => [each.deviceId, each]));
    const former = new Map(was.map((each) => [each.device.name, each.device]));
    const secrets = new Set<string>();
    const unread = keyTroubles(vault, inventory.credentials);

    const opened = new Map<string, string>();
    /** Throws the trouble of the key. */
    function passwordOf(credential: StoredCredential): string {
      const known = opened.get(credential.id);
      if (known !== undefined) return known;
      const { password } = openSecrets(requireVault(vault), credential);
      opened.set(credential.id, password ?? '');
      return password ?? '';
    }

    /** `null`: its password cannot be read, and never was. */
    function accessOf(device: InventoryDevice, login: StoredCredential | undefined): ApiAccess | null {
      const reached = { port: apiPortOf(device), tls: tlsOf(device), encoding };
      // Nobody logs in to it.
      if (login === undefined) return { ...reached, username: '', password: { reveal: () => '' } };
      try {
        const password = passwordOf(login);
        secrets.add(password);
        return { ...reached, username: login.username, password: deps.hide(password) };
      } catch (error) {
        if (!(error instanceof TroubleError)) throw error;
        unread.push(error);
        // A router that is polled goes on being polled: its bytes would be lost.
        return former.get(device.name)?.api ?? null;
      }
    }

    const read = inventory.devices.flatMap((device): InventoryRouter[] => {
      const login = device.apiCredential === null ? own.get(device.id) : byId.get(device.apiCredential);
      const api = accessOf(device, login);
      const isWanted = device.model === 'routeros' && device.usage && !device.paused && login !== undefined;
      const { name, host } = device;
      return [
        {
          device: { name, host, model: 'routeros', source: 'inventory', api: api ?? NO_ACCESS, lineMbps },
          isPolled: isWanted && api !== null,
        },
      ];
    });
    return { routers: read, secrets: [...secrets], trouble: unread[0] ?? null };
  }
}

const NO_ACCESS: ApiAccess = {
  port: 8728,
  tls: false,
  username: '',
  password: { reveal: () => '' },
  encoding: 'windows-1252',
};

/** Also of a credential that no polled device uses: with another key nothing may be stored. */
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

function addressOf({ host, api }: Device): string {
  return `${comparableHost(host)} ${api.port}`;
}

/** How the certificate of a device is looked at. */
export function tlsOf({ apiTls }: InventoryDevice): ApiAccess['tls'] {
  if (apiTls === 'no') return false;
  if (apiTls === 'yes') return true;
  return apiTls === 'insecure' ? { insecure: true } : { fingerprint: apiTls };
}
