import { readFileSync } from 'node:fs';

/** What one RouterOS version knows: the commands of every menu, and what no public source settles, so that tests try both. */
export interface Dialect {
  readonly version: string;
  readonly commands: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  /** Policy names a group may be given. */
  readonly policies: readonly string[];
  /** Values of `/ip service` come as one text or as an array, by version. */
  readonly serviceAddressIs: 'text' | 'array';
  /** `/user address` takes a list of networks, or only one. */
  readonly userTakesManyNetworks: boolean;
  /** A name in `where` that no row can have refuses the script, or matches nothing. */
  readonly unknownProperty: 'refuse' | 'nothing';
  /** What a row does not have, such as a comment, makes a negated match of it false; else true. */
  readonly absentStaysUnmatched: boolean;
  /** Live connections are listed among the services (7.19 and later), and rows have the flag `dynamic`. */
  readonly listsConnections: boolean;
}

const policies6 =
  'local telnet ssh ftp reboot read write policy test winbox password web sniff sensitive api romon dude tikapp'.split(
    ' ',
  );
const policies7 =
  'local telnet ssh ftp reboot read write policy test winbox password web sniff sensitive api romon rest-api'.split(
    ' ',
  );

export type KnownVersion = '6.49' | '7.12.2' | '7.18.2' | '7.24';

/** `ipv6: false` takes the IPv6 menus away, as on RouterOS 6 with the package off. */
export function dialect(version: KnownVersion, options: { ipv6?: boolean } & Partial<Dialect> = {}): Dialect {
  const { ipv6 = true, ...unsettled } = options;
  const file = new URL(`../../fixtures/routeros/commands-${version}.json`, import.meta.url);
  const { commands } = JSON.parse(readFileSync(file, 'utf8')) as Pick<Dialect, 'commands'>;
  return {
    version,
    commands: Object.fromEntries(Object.entries(commands).filter(([menu]) => ipv6 || !menu.startsWith('/ipv6'))),
    policies: version === '6.49' ? policies6 : policies7,
    serviceAddressIs: 'text',
    userTakesManyNetworks: version !== '6.49',
    unknownProperty: 'refuse',
    absentStaysUnmatched: false,
    listsConnections: version === '7.24',
    ...unsettled,
  };
}

const readOnly: Readonly<Record<string, readonly string[]>> = {
  '/user/active': ['when', 'name', 'address', 'via', 'group', 'radius'],
  '/ip/service': ['name', 'invalid'],
  '/user': ['last-logged-in', 'expired'],
  '/user/ssh-keys': ['user'],
  '/file': ['name'],
  '/ip/firewall/filter': ['dynamic', 'invalid', 'bytes', 'packets'],
  '/ipv6/firewall/filter': ['dynamic', 'invalid', 'bytes', 'packets'],
  '/ip/firewall/address-list': ['creation-time'],
  '/ipv6/firewall/address-list': ['creation-time'],
  '/system/scheduler': ['run-count', 'next-run', 'owner'],
  '/system/resource': ['version', 'uptime', 'board-name'],
  '/ip/dhcp-server': ['name', 'interface'],
  '/ip/hotspot': ['name', 'interface'],
  '/interface/pppoe-server/server': ['service-name', 'interface'],
};

const properties = new WeakMap<Dialect, Map<string, ReadonlySet<string>>>();

/** Properties a row of the menu can have. */
export function propertiesOf(menu: string, dialect: Dialect): ReadonlySet<string> {
  const known = properties.getOrInsertComputed(dialect, () => new Map<string, ReadonlySet<string>>());
  return known.getOrInsertComputed(menu, () => findProperties(menu, dialect));
}

function findProperties(menu: string, dialect: Dialect): ReadonlySet<string> {
  const commands = dialect.commands[menu] ?? {};
  const known = new Set([...(commands['add'] ?? []), ...(commands['set'] ?? []), ...(readOnly[menu] ?? []), '.id']);
  for (const notOne of ['numbers', 'copy-from', 'place-before', 'password']) known.delete(notOne);
  if (menu === '/ip/service' && dialect.listsConnections)
    for (const name of ['dynamic', 'connection', 'remote']) known.add(name);
  return known;
}

const yesNo = /^(yes|no|true|false)$/;
const words = (list: string, separator = /,/) => {
  const known = new Set(list.split(' '));
  return {
    test: (value: string) =>
      value
        .replace(/^!/, '')
        .split(separator)
        .every((word) => known.has(word.replace(/^!/, ''))),
  };
};
const filterValues: Readonly<Record<string, { test(value: string): boolean }>> = {
  action: words(
    'accept add-dst-to-address-list add-src-to-address-list drop fasttrack-connection jump log passthrough reject return tarpit',
    /\n/,
  ),
  protocol: words('tcp udp icmp icmpv6 ospf gre ipsec-esp ipsec-ah igmp', /\n/),
  'connection-state': words('established invalid new related untracked'),
  'tcp-flags': words('ack cwr ece fin psh rst syn urg'),
  limit: /^!?\d+(\/\d*[smhd]?)?,\d+(:(packet|bit))?$/,
  'dst-port': /^!?\d+(-\d+)?(,\d+(-\d+)?)*$/,
  'address-list-timeout': /^(none-dynamic|none-static|(\d+[wdhms])+|\d\d:\d\d:\d\d)$/,
  disabled: yesNo,
};
const values: Readonly<Record<string, Readonly<Record<string, { test(value: string): boolean }>>>> = {
  '/ip/firewall/filter': filterValues,
  '/ipv6/firewall/filter': filterValues,
  '/ip/service': { disabled: yesNo },
  '/user': { disabled: yesNo },
  '/system/scheduler': { disabled: yesNo, interval: /^((\d+[wdhms])+|\d\d:\d\d:\d\d|0)$/ },
  '/ip/ssh': { 'strong-crypto': yesNo },
  '/ip/dns': { 'allow-remote-requests': yesNo },
  '/tool/mac-server/ping': { enabled: yesNo },
  '/tool/bandwidth-server': { enabled: yesNo },
  '/ip/proxy': { enabled: yesNo },
  '/ip/socks': { enabled: yesNo },
  '/ip/upnp': { enabled: yesNo },
};

/** Whether RouterOS takes the value: unquoted ones are judged when the script is read, others when it runs. */
export function takesValue(menu: string, property: string, value: string): boolean {
  return values[menu]?.[property]?.test(value) ?? true;
}
