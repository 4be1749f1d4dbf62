import { comparableHost } from '../runtime/host-name.ts';
import { findCircles } from './circles.ts';
import { COLUMN_OF, type DeviceFields, entryName } from './fields.ts';
import {
  changedMeanwhile,
  conflict,
  type DeviceWithLogin,
  type Inventory,
  type InventoryChange,
  type InventoryDevice,
  invalid,
  type OtherDevice,
  type Problem,
  type StoredCredential,
} from './inventory.ts';
import { editOwnLogin, type Sealer } from './logins.ts';

/** Some edits of devices, which are made all or none. */
export interface Draft {
  /** Adds a device or changes one. */
  put(name: string, fields: DeviceFields, options: PutOptions): PutResult;
  remove(name: string, version?: number): readonly Problem[];
  /** A device as it would be. `null`: there is none of this name. */
  find(name: string): DeviceWithLogin | null;
  /** What is wrong with all of it together, by the device's name: parents, circles, the same router twice. */
  problems(): ReadonlyMap<string, readonly Problem[]>;
  change(): InventoryChange;
}

export interface PutOptions {
  /** `copy`: add, also under the name of a device of the configuration, which goes on counting. */
  readonly may: 'add' | 'set' | 'either' | 'copy';
  /** The version that was edited; absent: whichever there is. */
  readonly version?: number | undefined;
}

export interface PutResult {
  readonly outcome: 'added' | 'changed' | 'unchanged';
  /** CSV columns that changed. */
  readonly columns: readonly string[];
  readonly problems: readonly Problem[];
}

export interface DraftDeps {
  readonly now: Inventory;
  /** Devices of the other sources, by name. */
  readonly others: ReadonlyMap<string, OtherDevice>;
  readonly sealer: Sealer;
  readonly newId: () => string;
  /** Unix ms. */
  readonly nowAt: number;
}

/** Of a router whose port is not given: the API's own, without and with TLS. */
export function apiPortOf({ apiPort, apiTls }: Pick<InventoryDevice, 'apiPort' | 'apiTls'>): number {
  return apiPort ?? (apiTls === 'no' ? 8728 : 8729);
}

export function createDraft(deps: DraftDeps): Draft {
  const { now, others, sealer, newId, nowAt } = deps;
  const devices = new Map(now.devices.map((device) => [device.name, device]));
  const before = new Map(now.devices.map((device) => [device.id, device]));
  const shared = new Map(now.credentials.flatMap((each) => (each.name === null ? [] : [[each.name, each] as const])));
  const own = new Map(
    now.credentials.flatMap((each) => (each.deviceId === null ? [] : [[each.deviceId, each] as const])),
  );
  const ownBefore = new Map(own);
  const touched = new Set<string>();

  function credentialId(
    field: 'apiCredential' | 'sshCredential' | 'terminalCredential',
    given: string | null | undefined,
    present: string | null,
    problems: Problem[],
  ): string | null {
    if (given === undefined) return present;
    if (given === null) return null;
    const found = shared.get(given);
    if (found === undefined) problems.push(invalid(field, 'no credential has this name'));
    else if (field === 'apiCredential' && found.password === null)
      problems.push(invalid(field, 'has no password: the API knows no keys'));
    return found?.id ?? null;
  }

  function edited(device: InventoryDevice, fields: DeviceFields, problems: Problem[]): InventoryDevice {
    const or = <Value>(given: Value | null | undefined, present: Value, cleared: Value): Value =>
      given === undefined ? present : (given ?? cleared);
    const next: InventoryDevice = {
      ...device,
      host: fields.host ?? device.host,
      model: or(fields.model, device.model, 'routeros'),
      apiPort: or(fields.apiPort, device.apiPort, null),
      apiTls: or(fields.apiTls, device.apiTls, 'no'),
      apiCredential: credentialId('apiCredential', fields.apiCredential, device.apiCredential, problems),
      sshPort: or(fields.sshPort, device.sshPort, null),
      sshCredential: credentialId('sshCredential', fields.sshCredential, device.sshCredential, problems),
      terminalCredential: credentialId(
        'terminalCredential',
        fields.terminalCredential,
        device.terminalCredential,
        problems,
      ),
      parent: or(fields.parent, device.parent, null),
      tags: or<readonly string[]>(fields.tags, device.tags, []),
      usage: or(fields.usage, device.usage, true),
      backup: or(fields.backup, device.backup, true),
      paused: or(fields.paused, device.paused, false),
    };
    if (next.model !== 'routeros') {
      for (const field of ['apiPort', 'apiCredential'] as const) {
        if (next[field] !== null) problems.push(invalid(field, 'only a device of the model routeros has an API'));
      }
    }
    return next;
  }

  function put(name: string, fields: DeviceFields, { may, version }: PutOptions): PutResult {
    const refused = (...problems: Problem[]): PutResult => ({ outcome: 'unchanged', columns: [], problems });
    const known = devices.get(name);
    if (known === undefined) {
      if (may !== 'copy' && others.get(name)?.source === 'config') {
        return refused(conflict('name', 'this device comes from the configuration file; change it there'));
      }
      if (may === 'set') return refused(unknownDevice());
      if (!entryName.safeParse(name).success) return refused(invalid('name', nameRule(name)));
      if (fields.host === undefined) return refused(invalid('host', 'is missing'));
    } else {
      if (may === 'add' || may === 'copy') return refused(conflict('name', 'there is a device of this name already'));
      if (version !== undefined && version !== known.version) return refused(changedMeanwhile());
    }
    const problems: Problem[] = [];
    const base = known ?? newDevice(name, newId());
    const next = edited(base, fields, problems);
    const { login, problems: ofLogin } = editOwnLogin(next, own.get(base.id) ?? null, fields, {
      sealer,
      newId,
      now: nowAt,
    });
    problems.push(...ofLogin);
    if (problems.length > 0) return refused(...problems);
    const columns = changedColumns(base, next, own.get(base.id) ?? null, login);
    if (known !== undefined && columns.length === 0) return { outcome: 'unchanged', columns, problems };
    devices.set(name, { ...next, version: base.version + 1, changedAt: nowAt });
    if (login === null) own.delete(base.id);
    else own.set(base.id, login);
    touched.add(name);
    return { outcome: known === undefined ? 'added' : 'changed', columns, problems };
  }

  function remove(name: string, version?: number): readonly Problem[] {
    const known = devices.get(name);
    if (known === undefined) {
      const isConfigured = others.get(name)?.source === 'config';
      return [
        isConfigured
          ? conflict('name', 'this device comes from the configuration file; remove it there')
          : unknownDevice(),
      ];
    }
    if (version !== undefined && version !== known.version) return [changedMeanwhile()];
    const children = [...devices.values(), ...others.values()].filter(({ parent }) => parent === name);
    // Where another source knows the name, the children keep their parent.
    if (children.length > 0 && !others.has(name)) {
      return [
        conflict('name', `${children.length === 1 ? 'a device has' : `${children.length} devices have`} it as parent`),
      ];
    }
    devices.delete(name);
    own.delete(known.id);
    return [];
  }

  return {
    put,
    remove,
    find(name) {
      const device = devices.get(name);
      if (device === undefined) return null;
      const isShared = device.apiCredential !== null;
      const login = isShared ? now.credentials.find(({ id }) => id === device.apiCredential) : own.get(device.id);
      return { device, login: login ?? null };
    },
    problems: () => findTogether({ devices, touched, others, before, own }),
    change() {
      const put = [...touched].flatMap((name) => devices.get(name) ?? []);
      const ids = new Set([...devices.values()].map(({ id }) => id));
      const stored = new Map([...own].filter(([id, login]) => ownBefore.get(id) !== login));
      return {
        devices: { put, remove: [...before.keys()].filter((id) => !ids.has(id)) },
        credentials: {
          put: [...stored.values()],
          remove: [...ownBefore].flatMap(([deviceId, { id }]) => (own.has(deviceId) ? [] : [id])),
        },
      };
    },
  };
}

const COMPARED = [
  ...([
    'host',
    'model',
    'apiPort',
    'apiTls',
    'apiCredential',
    'sshPort',
    'sshCredential',
    'terminalCredential',
  ] as const),
  ...(['parent', 'tags', 'usage', 'backup', 'paused'] as const),
];

function changedColumns(
  was: InventoryDevice,
  is: InventoryDevice,
  loginBefore: StoredCredential | null,
  login: StoredCredential | null,
): string[] {
  const isSame = (key: (typeof COMPARED)[number]) =>
    key === 'tags' ? was.tags.join(';') === is.tags.join(';') : was[key] === is[key];
  const columns: string[] = COMPARED.filter((key) => !isSame(key)).map((key) => COLUMN_OF[key]);
  if (loginBefore?.username !== login?.username) columns.push(COLUMN_OF.username);
  if (loginBefore?.password !== login?.password) columns.push(COLUMN_OF.password);
  return columns;
}

function newDevice(name: string, id: string): InventoryDevice {
  return {
    ...{ id, name, version: 0, host: '', model: 'routeros', apiPort: null, apiTls: 'no', apiCredential: null },
    ...{ sshPort: null, sshCredential: null, terminalCredential: null, parent: null, tags: [] },
    ...{ usage: true, backup: true, paused: false, changedAt: 0 },
  };
}

function nameRule(name: string): string {
  const [issue] = entryName.safeParse(name).error?.issues ?? [];
  return issue?.message ?? 'cannot be used';
}

export function unknownDevice(): Problem {
  return { field: 'name', message: 'no device in the inventory has this name', kind: 'unknown' };
}

function findTogether({
  devices,
  touched,
  others,
  before,
  own,
}: {
  readonly devices: ReadonlyMap<string, InventoryDevice>;
  readonly touched: ReadonlySet<string>;
  readonly others: ReadonlyMap<string, OtherDevice>;
  readonly before: ReadonlyMap<string, InventoryDevice>;
  readonly own: ReadonlyMap<string, StoredCredential>;
}): ReadonlyMap<string, readonly Problem[]> {
  const found = new Map<string, Problem[]>();
  const isPolled = (device: InventoryDevice) =>
    device.model === 'routeros' && device.usage && (device.apiCredential !== null || own.has(device.id));
  const addressOf = (device: InventoryDevice) => `${comparableHost(device.host)} ${apiPortOf(device)}`;
  const byAddress = new Map<string, string[]>();
  for (const device of devices.values()) {
    if (!isPolled(device)) continue;
    const address = addressOf(device);
    const there = byAddress.get(address);
    if (there === undefined) byAddress.set(address, [device.name]);
    else there.push(device.name);
  }
  // The configuration's word on a device counts before the inventory's.
  const isBehindItself = findCircles(
    (name) => (others.get(name)?.source === 'config' ? others : devices).get(name)?.parent ?? null,
  );
  for (const name of touched) {
    const device = devices.get(name);
    if (device === undefined) continue;
    const problems: Problem[] = [];
    const isNewParent = device.parent !== (before.get(device.id)?.parent ?? null);
    if (device.parent !== null && isNewParent && !devices.has(device.parent) && !others.has(device.parent)) {
      problems.push(invalid('parent', 'no device has this name'));
    }
    if (isBehindItself(name)) problems.push(conflict('parent', 'the device would be behind itself'));
    const twins = isPolled(device) ? (byAddress.get(addressOf(device)) ?? []) : [];
    if (twins.length > 1) {
      problems.push(conflict('host', 'another device has the same host and API port; its bytes would count twice'));
    }
    if (problems.length > 0) found.set(name, problems);
  }
  return found;
}
