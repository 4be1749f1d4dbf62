import { findSshContradictions } from '../../platform/config/ssh-login.ts';
import { type Contradiction, fieldIn, isObject, listIn } from '../../platform/config/written.ts';
import { findCircles } from '../circles.ts';

/** Lists of the configuration that name devices. */
const LISTS = ['routers', 'devices'] as const;

/** A device as it is written. */
interface Written {
  readonly list: (typeof LISTS)[number];
  readonly index: number;
  readonly entry: unknown;
  readonly name: unknown;
  readonly parent: unknown;
}

/** There is a device at least; each is named once, is behind one that there is, and not behind itself. */
export function findDeviceContradictions(config: unknown): Contradiction[] {
  const devices = LISTS.flatMap((list) =>
    listIn(fieldIn(config, list)).map((entry, index): Written => {
      return { list, index, entry, name: fieldIn(entry, 'name'), parent: fieldIn(entry, 'parent') };
    }),
  );
  return [
    ...noDevices(config),
    ...doubleNames(devices),
    // The parent may be a device that is added later.
    ...(hasOtherDevices(config) ? [] : unknownParents(devices)),
    ...circles(devices),
    ...devices.flatMap(({ list, index, entry }) => findSshContradictions(fieldIn(entry, 'ssh'), [list, index, 'ssh'])),
  ];
}

/** LibreNMS lists devices too, and with a key they can be kept in the database. */
export function hasOtherDevices(config: unknown): boolean {
  return fieldIn(config, 'librenms') !== undefined || fieldIn(config, 'key') !== undefined;
}

function noDevices(config: unknown): Contradiction[] {
  const routers = fieldIn(config, 'routers') ?? [];
  if (!isObject(config) || !Array.isArray(routers) || routers.length > 0) return [];
  if (hasOtherDevices(config) || listIn(fieldIn(config, 'devices')).length > 0) return [];
  return [{ path: ['routers'], message: 'must have at least one entry, unless devices, librenms or key is set' }];
}

function doubleNames(devices: readonly Written[]): Contradiction[] {
  const firsts = new Map<string, Written>();
  return devices.flatMap((device) => {
    const { list, index, name } = device;
    if (typeof name !== 'string') return [];
    const first = firsts.get(name);
    if (first === undefined) {
      firsts.set(name, device);
      return [];
    }
    const message = `'${name}' is already the name of ${first.list}[${first.index}]`;
    return [{ path: [list, index, 'name'], message }];
  });
}

function unknownParents(devices: readonly Written[]): Contradiction[] {
  const names = new Set(devices.map(({ name }) => name));
  return devices.flatMap(({ list, index, parent }) => {
    if (typeof parent !== 'string' || names.has(parent)) return [];
    return [{ path: [list, index, 'parent'], message: `no device has the name '${parent}'` }];
  });
}

function circles(devices: readonly Written[]): Contradiction[] {
  const parents = new Map(devices.map(({ name, parent }) => [name, parent]));
  const isBehindItself = findCircles((name) => {
    const parent = parents.get(name);
    return typeof parent === 'string' ? parent : null;
  });
  return devices.flatMap(({ list, index, name }) => {
    if (typeof name !== 'string' || !isBehindItself(name)) return [];
    return [{ path: [list, index, 'parent'], message: 'the device would be behind itself' }];
  });
}
