import { readFileSync } from 'node:fs';
import { type HardeningOptions, renderHardening } from '../../../src/hardening/render.ts';
import { type Dialect, dialect, type KnownVersion } from './dialect.ts';
import { addRow, createRouter, type Router } from './router.ts';

const fileOf = (name: string) => readFileSync(new URL(`../../../routeros/${name}`, import.meta.url), 'utf8');
export const template = fileOf('security_hardening.rsc');
export const undo = fileOf('security_hardening_undo.rsc');

export const password = 'correct-horse-battery';

/** The script for the servers 192.0.2.10 and 2001:db8::10 and the admins of 198.51.100.0/24, unless told otherwise. */
export function hardening(options: Partial<HardeningOptions> = {}): string {
  return renderHardening({
    template,
    serverAddresses: ['192.0.2.10', '2001:db8::10'],
    adminNetworks: ['198.51.100.0/24', '2001:db8:aa::/48'],
    password,
    rollbackMinutes: 10,
    optional: false,
    ...options,
  });
}

/** Every version the script is for, with what no source settles about it tried both ways. */
export const dialects: Readonly<Record<string, Dialect>> = {
  '6.49 without IPv6': dialect('6.49', { ipv6: false }),
  '6.49 with IPv6': dialect('6.49', { serviceAddressIs: 'array', unknownProperty: 'nothing' }),
  '7.12.2': dialect('7.12.2', { serviceAddressIs: 'array', absentStaysUnmatched: true }),
  '7.18.2': dialect('7.18.2', { userTakesManyNetworks: false, unknownProperty: 'nothing' }),
  '7.24': dialect('7.24'),
};

/** A router after a reset without any configuration: its groups, one admin who is logged in by SSH, its services. */
export function emptyRouter(of: Dialect | KnownVersion = '7.24'): Router {
  const router = createRouter(typeof of === 'string' ? dialect(of) : of);
  for (const [name, policy] of [
    ['read', 'local,telnet,ssh,reboot,read,test,winbox,password,web,sniff,sensitive,api,romon'],
    ['write', 'local,telnet,ssh,reboot,read,write,test,winbox,password,web,sniff,sensitive,api,romon'],
    ['full', 'local,telnet,ssh,ftp,reboot,read,write,policy,test,winbox,password,web,sniff,sensitive,api,romon'],
  ] as const)
    addRow(router, '/user/group', { name, policy });
  addRow(router, '/user', {
    name: 'admin',
    group: 'full',
    password: 'the-admin-knows',
    comment: 'system default user',
  });
  addRow(router, '/user/active', { name: 'admin', address: '203.0.113.50', via: 'ssh' });
  for (const [name, port, disabled] of [
    ['telnet', '23', false],
    ['ftp', '21', false],
    ['www', '80', false],
    ['ssh', '22', false],
    ['www-ssl', '443', true],
    ['api', '8728', false],
    ['winbox', '8291', false],
    ['api-ssl', '8729', false],
  ] as const)
    addRow(router, '/ip/service', { name, port, disabled, address: '' });
  for (const [menu, values] of Object.entries({
    '/tool/mac-server': { 'allowed-interface-list': 'all' },
    '/tool/mac-server/mac-winbox': { 'allowed-interface-list': 'LAN' },
    '/tool/mac-server/ping': { enabled: true },
    '/ip/neighbor/discovery-settings': { 'discover-interface-list': 'my "list" $1' },
    '/tool/bandwidth-server': { enabled: true },
    '/ip/proxy': { enabled: false },
    '/ip/socks': { enabled: false },
    '/ip/upnp': { enabled: true },
    '/ip/ssh': { 'strong-crypto': false },
    '/ip/dns': { 'allow-remote-requests': true },
  }))
    router.singles.set(menu, new Map<string, string | boolean>(Object.entries(values)));
  return router;
}

/** With live API connections among the services, as 7.19 and later list them. */
export function listConnections(router: Router): void {
  for (const name of ['api', 'api-ssl', 'ssh'])
    addRow(router, '/ip/service', {
      name,
      port: '52114',
      address: '',
      disabled: false,
      dynamic: true,
      remote: '203.0.113.9:52114',
    });
  // They stand before the service's own row.
  const services = router.lists.get('/ip/service');
  services?.sort(
    (left, right) => Number(right.values.get('dynamic') === true) - Number(left.values.get('dynamic') === true),
  );
}

/** MikroTik's default configuration of a home router, with the counter row that FastTrack puts first. */
export function defaultRouter(of: Dialect | KnownVersion = '7.24'): Router {
  const router = emptyRouter(of);
  const rules = [
    {
      chain: 'forward',
      action: 'passthrough',
      comment: 'special dummy rule to show fasttrack counters',
      dynamic: true,
    },
    {
      chain: 'input',
      'connection-state': 'established,related,untracked',
      comment: 'defconf: accept established,related,untracked',
    },
    { chain: 'input', action: 'drop', 'connection-state': 'invalid', comment: 'defconf: drop invalid' },
    { chain: 'input', protocol: 'icmp', comment: 'defconf: accept ICMP' },
    { chain: 'input', 'dst-address': '127.0.0.1', comment: 'defconf: accept to local loopback (for CAPsMAN)' },
    { chain: 'input', action: 'drop', 'in-interface-list': '!LAN', comment: 'defconf: drop all not coming from LAN' },
    {
      chain: 'forward',
      action: 'fasttrack-connection',
      'connection-state': 'established,related',
      comment: 'defconf: fasttrack',
    },
    {
      chain: 'forward',
      'connection-state': 'established,related,untracked',
      comment: 'defconf: accept established,related, untracked',
    },
    { chain: 'forward', action: 'drop', 'connection-state': 'invalid', comment: 'defconf: drop invalid' },
  ];
  for (const rule of rules) addRow(router, '/ip/firewall/filter', rule);
  if (router.lists.has('/ipv6/firewall/filter'))
    for (const rule of rules.filter((one) => one.chain === 'input' && !('dst-address' in one)))
      addRow(router, '/ipv6/firewall/filter', { ...rule, ...('protocol' in rule ? { protocol: 'icmpv6' } : {}) });
  addRow(router, '/ip/dhcp-server', { name: 'defconf', interface: 'bridge' });
  return router;
}

/** An admin's own firewall: lists, a chain of its own, a rule that is off, a final drop. */
export function customRouter(of: Dialect | KnownVersion = '7.24'): Router {
  const router = emptyRouter(of);
  addRow(router, '/ip/firewall/address-list', { list: 'office', address: '203.0.113.0/24', comment: 'NOC' });
  addRow(router, '/ip/firewall/address-list', { list: 'bad', address: '198.51.100.66' });
  for (const rule of [
    { chain: 'forward', action: 'drop', 'src-address-list': 'bad', comment: 'first of all' },
    { chain: 'input', action: 'drop', 'src-address-list': 'bad', comment: 'no bad ones' },
    { chain: 'input', 'connection-state': 'established,related' },
    {
      chain: 'input',
      protocol: 'tcp',
      'dst-port': '8728',
      action: 'accept',
      comment: 'the API for everybody',
      disabled: true,
    },
    {
      chain: 'input',
      protocol: 'tcp',
      'dst-port': '22,8291',
      'src-address-list': 'office',
      action: 'jump',
      'jump-target': 'mine',
    },
    { chain: 'mine', action: 'accept', comment: "the admin's" },
    { chain: 'input', action: 'drop', comment: 'the rest' },
  ])
    addRow(router, '/ip/firewall/filter', rule);
  return router;
}
