import { isIP } from 'node:net';
import { type Dialect, takesValue } from './dialect.ts';
import { ScriptRuntimeError } from './syntax.ts';
import type { Value } from './values.ts';

export interface Row {
  readonly id: string;
  readonly values: Map<string, string | boolean>;
}

/** A router's configuration in memory: lists of rows, menus of one row, what its console printed and what it logged. */
export interface Router {
  readonly dialect: Dialect;
  readonly lists: Map<string, Row[]>;
  readonly singles: Map<string, Map<string, string | boolean>>;
  readonly globals: Map<string, Value>;
  /** Commands that do something outside of the configuration, such as `/system reboot`, on the router that runs them. */
  readonly actions: Map<string, (router: Router, given: ReadonlyMap<string, Value>) => Value>;
  readonly printed: string[];
  readonly logged: string[];
  nextId: number;
  /** Called before each change of the configuration. */
  beforeChange(): void;
}

export function createRouter(dialect: Dialect): Router {
  const router: Router = {
    dialect,
    lists: new Map(),
    singles: new Map(),
    globals: new Map(),
    actions: new Map(),
    printed: [],
    logged: [],
    nextId: 1,
    beforeChange: () => {},
  };
  for (const [menu, commands] of Object.entries(dialect.commands)) {
    if (commands['find'] !== undefined && menu !== '/' && menu !== '/log') router.lists.set(menu, []);
    else if (commands['get'] !== undefined) router.singles.set(menu, new Map());
  }
  return router;
}

/** Another router with the same configuration, which goes its own way from here. */
export function copyRouter(router: Router): Router {
  const copyRow = ({ id, values }: Row): Row => ({ id, values: new Map(values) });
  return {
    ...router,
    lists: new Map([...router.lists].map(([menu, rows]) => [menu, rows.map(copyRow)])),
    singles: new Map([...router.singles].map(([menu, values]) => [menu, new Map(values)])),
    globals: new Map(router.globals),
    printed: [...router.printed],
    logged: [...router.logged],
    beforeChange: () => {},
  };
}

export function rowsOf(router: Router, menu: string): Row[] {
  const rows = router.lists.get(menu);
  if (rows === undefined) throw new Error(`no list ${menu} in the simulated router`);
  return rows;
}

export function textIn(row: Row, property: string): string {
  const value = row.values.get(property);
  return value === undefined ? '' : typeof value === 'boolean' ? (value ? 'yes' : 'no') : value;
}

function refuse(message: string): never {
  throw new ScriptRuntimeError(message);
}

/** One address or network as RouterOS stores it in that menu, or a failure. */
function network(text: string, menu: string, hostBits: 'kept' | 'dropped', dialect: Dialect): string {
  const [address = '', prefix] = text.split('/');
  const family = isIP(address);
  const most = family === 4 ? 32 : 128;
  if (family === 0 || (prefix !== undefined && !(/^\d+$/.test(prefix) && Number(prefix) <= most)))
    refuse(`invalid value for argument address: ${text}`);
  if (family === 6 && dialect.commands['/ipv6/firewall/filter'] === undefined && menu !== '/ip/firewall/address-list')
    refuse(`invalid value for argument address: ${text}`);
  if (family !== 4 && menu === '/ip/firewall/address-list') refuse(`${text} is not a valid dns name`);
  if (family !== 6 && menu === '/ipv6/firewall/address-list') refuse(`invalid value for argument address: ${text}`);
  if (prefix !== undefined && !(hostBits === 'dropped' && family === 4 && prefix === '32')) return text;
  return hostBits === 'dropped' && family === 4 ? address : `${address}/${most}`;
}

/** Checks and stores values as the menu does; what it throws a script sees as a failed command. */
export function assign(router: Router, menu: string, row: Row, given: ReadonlyMap<string, string | boolean>): void {
  const { dialect } = router;
  const next = new Map(given);
  for (const [property, value] of given) {
    const text = typeof value === 'boolean' ? (value ? 'yes' : 'no') : value;
    if (!takesValue(menu, property, text)) refuse(`input does not match any value of ${property}`);
    if (['disabled', 'enabled', 'strong-crypto', 'allow-remote-requests', 'log'].includes(property))
      next.set(property, text === 'yes' || text === 'true');
    if (property === 'address' && value !== '' && menu !== '/user/active') {
      const parts = text.split(',');
      if (menu === '/user' && parts.length > 1 && !dialect.userTakesManyNetworks)
        refuse('invalid value for argument address');
      const listed = menu.endsWith('/address-list');
      next.set('address', parts.map((part) => network(part, menu, listed ? 'dropped' : 'kept', dialect)).join(','));
    }
    if (property === 'policy' && menu === '/user/group') {
      const named = text === '' ? [] : text.split(',');
      for (const policy of named)
        if (!dialect.policies.includes(policy.replace(/^!/, ''))) refuse('input does not match any value of policy');
      next.set('policy', dialect.policies.filter((policy) => named.includes(policy)).join(','));
    }
    if (
      property === 'group' &&
      menu === '/user' &&
      !rowsOf(router, '/user/group').some((group) => textIn(group, 'name') === text)
    )
      refuse('input does not match any value of group');
  }
  if (['/user', '/user/group', '/system/scheduler'].includes(menu) && next.has('name'))
    if (rowsOf(router, menu).some((other) => other !== row && textIn(other, 'name') === next.get('name')))
      refuse('failure: already have entry with such name');
  if (menu.endsWith('/address-list')) {
    const [list, address] = ['list', 'address'].map((property) => next.get(property) ?? row.values.get(property));
    if (
      rowsOf(router, menu).some(
        (other) => other !== row && textIn(other, 'list') === list && textIn(other, 'address') === address,
      )
    )
      refuse('failure: already have such entry');
  }
  if (menu === '/user' && next.get('password') === '') refuse('failure: password too short');
  for (const [property, value] of next) row.values.set(property, value);
}

const required: Readonly<Record<string, readonly string[]>> = {
  '/ip/firewall/filter': ['chain'],
  '/ipv6/firewall/filter': ['chain'],
  '/ip/firewall/address-list': ['list', 'address'],
  '/ipv6/firewall/address-list': ['list', 'address'],
  '/user': ['name', 'group'],
  '/user/group': ['name'],
  '/system/scheduler': ['name'],
};

const defaults: Readonly<Record<string, Readonly<Record<string, string | boolean>>>> = {
  '/ip/firewall/filter': { action: 'accept', disabled: false, dynamic: false, invalid: false },
  '/ipv6/firewall/filter': { action: 'accept', disabled: false, dynamic: false, invalid: false },
  '/ip/firewall/address-list': { disabled: false, dynamic: false },
  '/ipv6/firewall/address-list': { disabled: false, dynamic: false },
  '/user': { address: '', disabled: false },
  '/system/scheduler': { disabled: false, interval: '0s', 'on-event': '' },
};

/** Appends a row, or puts it before the row with the id `before`. */
export function addRow(
  router: Router,
  menu: string,
  values: Readonly<Record<string, string | boolean>>,
  before?: string,
): Row {
  const rows = rowsOf(router, menu);
  for (const property of required[menu] ?? [])
    if (values[property] === undefined) refuse(`failure: missing value for ${property}`);
  const row: Row = {
    id: `*${router.nextId.toString(16).toUpperCase()}`,
    values: new Map(Object.entries(defaults[menu] ?? {})),
  };
  assign(router, menu, row, new Map(Object.entries(values)));
  const place = before === undefined ? rows.length : placeOf(rows, before);
  router.beforeChange();
  router.nextId += 1;
  rows.splice(place, 0, row);
  return row;
}

function placeOf(rows: readonly Row[], id: string): number {
  const place = rows.findIndex((row) => row.id === id);
  if (place < 0) refuse('no such item');
  if (rows[place]?.values.get('dynamic') === true) refuse('failure: can not place before a dynamic item');
  return place;
}

export function changeRow(
  router: Router,
  menu: string,
  id: string,
  values: ReadonlyMap<string, string | boolean>,
): void {
  const row = rowsOf(router, menu).find((one) => one.id === id) ?? refuse('no such item');
  if (row.values.get('dynamic') === true) refuse('failure: can not change dynamic item');
  router.beforeChange();
  assign(router, menu, row, values);
}

export function removeRow(router: Router, menu: string, id: string): void {
  const rows = rowsOf(router, menu);
  const row = rows.find((one) => one.id === id) ?? refuse('no such item');
  if (
    row.values.get('dynamic') === true &&
    menu !== '/ip/firewall/address-list' &&
    menu !== '/ipv6/firewall/address-list'
  )
    refuse('failure: can not remove dynamic item');
  if (menu === '/user/group' && rowsOf(router, '/user').some((user) => textIn(user, 'group') === textIn(row, 'name')))
    refuse('failure: group is in use');
  router.beforeChange();
  rows.splice(rows.indexOf(row), 1);
}

export function moveRow(router: Router, menu: string, id: string, before: string): void {
  const rows = rowsOf(router, menu);
  const row = rows.find((one) => one.id === id) ?? refuse('no such item');
  placeOf(rows, before);
  if (id === before) return;
  router.beforeChange();
  rows.splice(rows.indexOf(row), 1);
  rows.splice(placeOf(rows, before), 0, row);
}

/** Everything that is configured, ids and order included, to compare two states of a router. */
export function snapshot(router: Router): unknown {
  return {
    lists: Object.fromEntries(
      [...router.lists].map(([menu, rows]) => [
        menu,
        rows.map((row) => ({ id: row.id, ...Object.fromEntries(row.values) })),
      ]),
    ),
    singles: Object.fromEntries([...router.singles].map(([menu, values]) => [menu, Object.fromEntries(values)])),
  };
}
