import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createHealingExamine, type ExaminedDevice } from '../../src/healing/examine.ts';
import { act, prepare } from '../../src/healing/perform.ts';
import type { ActCommand, HealerShell } from '../../src/healing/ports.ts';
import { apiWords } from '../../src/healing/reader/api-shell.ts';
import { asAsked } from '../../src/healing/reader/as-asked.ts';
import { createOpenShell } from '../../src/healing/reader/open-shell.ts';
import { createSshShell } from '../../src/healing/reader/ssh-shell.ts';
import type { Action, Rule } from '../../src/healing/rule.ts';
import { wayIn } from '../../src/healing/way-in.ts';
import { Secret } from '../../src/platform/config/secret.ts';
import { createSshClient } from '../../src/platform/ssh/client.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import { deviceOf } from '../support/devices.ts';
import { NIGHT, placed, ruleOf } from '../support/healing.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { dialect } from '../support/rsc/dialect.ts';
import { addRow, createRouter, type Router } from '../support/rsc/router.ts';
import { importScript } from '../support/rsc/run.ts';

type Menus = Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>;

/** A router of version 7 with our session by VLAN 10 over a bridge, whose port is `ether1`. */
const MENUS: Menus = {
  '/user/active': [
    { name: 'admin', address: '198.51.100.7', via: 'winbox' },
    { name: 'healer', address: '192.0.2.10', via: 'ssh' },
    { name: 'healer', address: '192.0.2.10', via: 'api' },
  ],
  '/ip/route': [
    {
      'dst-address': '0.0.0.0/0',
      active: 'true',
      gateway: '203.0.113.1',
      'immediate-gw': '203.0.113.1%lte1',
      'routing-table': 'main',
    },
    {
      'dst-address': '192.0.2.0/24',
      active: 'true',
      gateway: '10.0.0.1',
      'immediate-gw': '10.0.0.1%vlan10',
      'routing-table': 'main',
    },
    { 'dst-address': '192.0.2.10/32', active: 'false', gateway: 'lte1', 'immediate-gw': '', 'routing-table': 'main' },
  ],
  '/ip/arp': [{ address: '10.0.0.1', interface: 'vlan10', 'mac-address': '48:8F:5A:00:00:01' }],
  '/interface': [
    { name: 'vlan10', type: 'vlan' },
    { name: 'bridge1', type: 'bridge' },
    { name: 'ether1', type: 'ether' },
    { name: 'ether3', type: 'ether' },
    { name: 'lte1', type: 'lte' },
    { name: 'wg1', type: 'wg' },
  ],
  '/interface/vlan': [{ name: 'vlan10', interface: 'bridge1' }],
  '/interface/bridge/host': [
    { 'mac-address': '48:8F:5A:00:00:01', bridge: 'bridge1', 'on-interface': 'ether1', interface: 'ether1' },
    { 'mac-address': '48:8F:5A:00:00:01', bridge: 'other', 'on-interface': 'ether9', interface: 'ether9' },
  ],
  '/ip/dhcp-client': [{ interface: 'lte1', disabled: 'false' }],
};

/** A shell over tables; what it does is noted. */
function tableShell(change: Menus = {}, via: readonly string[] = ['api', 'api-ssl']) {
  const menus: Menus = { ...MENUS, ...change };
  const done: ActCommand[] = [];
  const shell: HealerShell = {
    ...{ via, username: 'healer', close: () => {} },
    async rows(menu, properties, where) {
      const rows = (menus[menu] ?? []).filter(
        (row) => where === undefined || where.values.includes(row[where.property] ?? ''),
      );
      return rows.map((row) => Object.fromEntries(properties.map((name) => [name, row[name] ?? ''])));
    },
    async act(command) {
      done.push(command);
      return '';
    },
  };
  return { shell, done };
}

const always = () => true;
const way = async (change: Menus = {}, via?: readonly string[]) => {
  const found = await wayIn(tableShell(change, via).shell);
  return found === null ? null : [...found].sort();
};

describe('the way we come by', () => {
  const route = (change: Readonly<Record<string, string>>) => ({
    '/ip/route': [{ 'dst-address': '192.0.2.0/24', active: 'true', ...change }],
  });
  const table: readonly [string, Menus, readonly string[] | null][] = [
    ['is the VLAN, its bridge and the port behind which the gateway is', {}, ['bridge1', 'ether1', 'vlan10']],
    [
      'is the default route where nothing is more exact',
      { '/ip/route': MENUS['/ip/route']?.slice(0, 1) ?? [] },
      ['lte1'],
    ],
    [
      'is read from version 6 too',
      route({ gateway: '10.0.0.1', 'gateway-status': '10.0.0.1 reachable via  lte1' }),
      ['lte1'],
    ],
    [
      'is a connected network of version 6',
      route({ gateway: 'ether3', 'gateway-status': 'ether3 reachable' }),
      ['ether3'],
    ],
    [
      'is all gateways of a route that has several',
      route({ 'immediate-gw': '10.0.0.1%lte1,10.0.0.2%ether3' }),
      ['ether3', 'lte1'],
    ],
    [
      'is found by ARP where the route has only an address',
      {
        ...route({ gateway: '10.0.0.9' }),
        '/ip/arp': [{ address: '10.0.0.9', interface: 'ether3', 'mac-address': '' }],
      },
      ['ether3'],
    ],
    [
      'is not known without a session of ours',
      { '/user/active': [{ name: 'admin', address: '192.0.2.10', via: 'api' }] },
      null,
    ],
    [
      'is not known for a session by IPv6',
      { '/user/active': [{ name: 'healer', address: '2001:db8::1', via: 'api' }] },
      null,
    ],
    [
      'is not known where one of our sessions is not',
      { '/user/active': [...(MENUS['/user/active'] ?? []), { name: 'healer', address: '2001:db8::1', via: 'api' }] },
      null,
    ],
    [
      'is the interface on air that a virtual one lies on',
      {
        ...route({ 'immediate-gw': '10.0.0.1%wlan9' }),
        '/interface': [
          { name: 'wlan9', type: 'wlan' },
          { name: 'wlan1', type: 'wlan' },
        ],
        '/interface/wireless': [
          { name: 'wlan9', 'master-interface': 'wlan1' },
          { name: 'wlan1', 'master-interface': 'none' },
        ],
      },
      ['wlan1', 'wlan9'],
    ],
    [
      'is not known over an interface on air that no menu has',
      { ...route({ 'immediate-gw': 'wifi1' }), '/interface': [{ name: 'wifi1', type: 'wifi' }] },
      null,
    ],
    [
      'is an interface with a percent sign in its name',
      {
        ...route({ 'immediate-gw': '10.0.0.1%lte1%b' }),
        '/interface': [
          { name: 'lte1', type: 'lte' },
          { name: 'lte1%b', type: 'lte' },
        ],
      },
      ['lte1%b'],
    ],
    ['is not known without a route', { '/ip/route': [] }, null],
    ['is not known by another routing table', route({ 'immediate-gw': 'ether3', 'routing-table': 'lte' }), null],
    ['is not known through a tunnel', route({ 'immediate-gw': 'wg1' }), null],
    ['is not known over a bridge that has not learnt the gateway', { '/interface/bridge/host': [] }, null],
    ['is not known over a bridge without ARP', { '/ip/arp': [] }, null],
    ['is not known over an interface that the router does not list', { '/interface': [] }, null],
  ];
  for (const [name, change, wanted] of table) {
    it(name, async () => assert.deepEqual(await way(change), wanted));
  }

  it('is that of the sessions of the protocol we use', async () => {
    assert.deepEqual(await way({}, ['ssh']), ['bridge1', 'ether1', 'vlan10']);
    assert.equal(await way({}, ['telnet']), null);
  });
});

describe('what is asked before anything is changed', () => {
  const prepared = async (action: Action, change: Menus = {}) => {
    const found = await prepare(tableShell(change).shell, action);
    return found.is === 'ready' ? 'ready' : `${found.is}: ${found.reason}`;
  };
  const poe = {
    '/interface/ethernet/poe': [
      { name: 'ether3', 'poe-out': 'auto-on' },
      { name: 'ether5', 'poe-out': 'off' },
    ],
  };
  const OFF = { name: 'lte1', type: 'lte', disabled: 'true' };
  const table: readonly [string, Action, Menus, string][] = [
    ['lets another interface be bounced', { kind: 'bounce', interface: 'lte1' }, {}, 'ready'],
    ['refuses ours', { kind: 'bounce', interface: 'ether1' }, {}, 'refused: NetSentinel is connected through ether1'],
    [
      'refuses what ours lies on',
      { kind: 'bounce', interface: 'bridge1' },
      {},
      'refused: NetSentinel is connected through bridge1',
    ],
    [
      'refuses what nobody knows',
      { kind: 'bounce', interface: 'lte1' },
      { '/user/active': [] },
      'refused: the router does not say through which interfaces NetSentinel is connected',
    ],
    [
      'finds that there is no such interface',
      { kind: 'bounce', interface: 'lte9' },
      {},
      'impossible: there is no interface lte9',
    ],
    [
      'finds that somebody has turned it off',
      { kind: 'bounce', interface: 'lte1' },
      { '/interface': [...(MENUS['/interface'] ?? []).filter(({ name }) => name !== 'lte1'), OFF] },
      'impossible: lte1 is turned off',
    ],
    [
      'finds that a lease is turned off',
      { kind: 'renewDhcp', interface: 'lte1' },
      { '/ip/dhcp-client': [{ interface: 'lte1', disabled: 'true' }] },
      'impossible: the DHCP client on lte1 is turned off',
    ],
    ['lets a lease be renewed', { kind: 'renewDhcp', interface: 'lte1' }, {}, 'ready'],
    [
      'finds that there is no lease',
      { kind: 'renewDhcp', interface: 'ether3' },
      {},
      'impossible: there is no DHCP client on ether3',
    ],
    ['lets a port with power be cycled', { kind: 'poeCycle', port: 'ether3' }, poe, 'ready'],
    [
      'finds that a port has no power',
      { kind: 'poeCycle', port: 'ether5' },
      poe,
      'impossible: power is off on port ether5',
    ],
    [
      'finds that there is no such port',
      { kind: 'poeCycle', port: 'ether7' },
      poe,
      'impossible: there is no port ether7 that gives power',
    ],
    [
      'lets commands run',
      { kind: 'run', lines: ['/interface disable ether3', '/interface disable ether10'] },
      {},
      'ready',
    ],
    [
      'refuses commands that name ours',
      { kind: 'run', lines: ['/interface disable "ether1"'] },
      {},
      'refused: NetSentinel is connected through ether1',
    ],
    ['reboots without a question', { kind: 'reboot' }, { '/user/active': [] }, 'ready'],
    [
      'wakes without a question',
      { kind: 'wake', mac: '48:8F:5A:00:11:22', interface: null },
      { '/user/active': [] },
      'ready',
    ],
  ];
  for (const [name, action, change, wanted] of table) {
    it(name, async () => assert.equal(await prepared(action, change), wanted));
  }

  it('is followed by commands that the router ends by itself', async () => {
    const { shell, done } = tableShell();
    const found = await prepare(shell, { kind: 'bounce', interface: 'a "b" $c' });
    assert.equal(found.is, 'impossible');
    const ready = await prepare(shell, { kind: 'bounce', interface: 'lte1' });
    assert.ok(ready.is === 'ready');
    const { end } = await act(shell, { kind: 'bounce', interface: 'lte1' }, ready.commands, always);
    assert.equal(end, 'ran');
    const where = '[/interface find where name="lte1"]';
    assert.deepEqual(done, [
      { kind: 'script', source: `/interface disable ${where}; :delay 5s; /interface enable ${where}` },
    ]);
  });
});

describe('commands that are sent', () => {
  const shellThat = (fails: (line: string) => TroubleError | null): HealerShell => ({
    ...tableShell().shell,
    act: async (command) => {
      const trouble = command.kind === 'line' ? fails(command.line) : null;
      if (trouble !== null) throw trouble;
      return 'fine';
    },
  });
  const run = { kind: 'run', lines: ['/a', '/b', '/c'] } as const;
  const lines = run.lines.map((line) => ({ kind: 'line', line }) as const);

  it('end at the first that is refused', async () => {
    const refusing = shellThat((line) => (line === '/b' ? new TroubleError('ROUTER_TRAP', 'no', 'x') : null));
    assert.deepEqual(await act(refusing, run, lines, always), {
      output: '> /a\nfine\n> /b\nno',
      end: { state: 'failed', reason: 'no' },
    });
  });

  it('are kept without the secrets in them', async () => {
    const telling: HealerShell = { ...tableShell().shell, act: async () => 'user bob wpa2-pre-shared-key=letmein x' };
    const line = '/user set bob password="a \\"b\\" c" comment=x';
    const { output } = await act(telling, { kind: 'run', lines: [line] }, [{ kind: 'line', line }], always);
    assert.equal(output, '> /user set bob password=*** comment=x\nuser bob wpa2-pre-shared-key=*** x');
  });

  for (const [what, said, shown] of [
    ['on the next line', 'password=\\\r\n    letmein x', 'password=*** x'],
    ['quoted on the next line', 'password=\\\n    "let me in" x', 'password=*** x'],
    ['over two lines', 'secret=let\\\n    mein x', 'secret=*** x'],
    ['over two lines in quotes', 'secret="let\\\n    me in" x', 'secret=*** x'],
    ['that are cut off', 'password="let me', 'password=***'],
    ['printed as a list', '  name: bob\n  password: letmein\n', '  name: bob\n  password: ***\n'],
    ['of WEP', 'static-key-1=letmein', 'static-key-1=***'],
  ] as const) {
    it(`are kept without secrets ${what}`, async () => {
      const telling: HealerShell = { ...tableShell().shell, act: async () => said };
      assert.equal((await act(telling, run, lines.slice(0, 1), always)).output, `> /a\n${shown}`);
    });
  }

  it('are refused without the secrets in them', async () => {
    const refusing = shellThat(() => new TroubleError('ROUTER_TRAP', 'no such thing: password="let me in"', 'x'));
    const { end } = await act(refusing, run, lines, always);
    assert.deepEqual(end, { state: 'failed', reason: 'no such thing: password=***' });
  });

  it('may be answered with any text of a size that is kept, without the process standing still', async () => {
    const long = 'a'.repeat(262_144);
    const telling: HealerShell = { ...tableShell().shell, act: async () => long };
    const began = process.cpuUsage();
    await act(telling, run, lines.slice(0, 1), always);
    const { user } = process.cpuUsage(began);
    assert.ok(user < 2_000_000, `${user} µs`);
  });

  it('are not sent any more when their time is over', async () => {
    let sent = 0;
    const slow: HealerShell = { ...tableShell().shell, act: async () => `${++sent}` };
    assert.deepEqual(await act(slow, run, lines, () => sent < 2), {
      output: '> /a\n1\n> /b\n2\nThe time is over; the rest was not sent.',
      end: 'ran',
    });
  });

  it('are left to the probe where the connection ends: nobody knows what was done', async () => {
    const losing = shellThat((line) => (line === '/b' ? new TroubleError('ROUTER_CLOSED', 'gone', 'x') : null));
    assert.deepEqual(await act(losing, run, lines, always), { output: '> /a\nfine\n> /b\ngone', end: 'ran' });
  });

  it('are words of the API where there is no shell', () => {
    assert.deepEqual(apiWords('/interface/disable numbers=ether3'), ['/interface/disable', '=numbers=ether3']);
    assert.deepEqual(apiWords('/tool/wol =mac=00:11 interface="my \\"if\\""'), [
      ...['/tool/wol', '=mac=00:11', '=interface=my "if"'],
    ]);
    for (const line of ['interface disable ether3', '/interface disable ether3', '/x; /y', '']) {
      assert.throws(() => apiWords(line), { code: 'HEALING_REFUSED' });
    }
  });
});

/** The interpreter of RouterOS scripts behind a session, with these menus beside the usual ones. */
function rscShell() {
  const usual = dialect('7.24');
  const added = Object.entries(MENUS).filter(([menu]) => menu !== '/user/active');
  const commands = Object.fromEntries(
    added.map(([menu, rows]) => {
      const properties = [...new Set(rows.flatMap((row) => Object.keys(row)))];
      return [
        menu,
        { add: properties, set: [...properties, 'numbers'], find: ['where'], get: ['number', 'value-name'] },
      ];
    }),
  );
  const renew = { ...commands['/ip/dhcp-client'], renew: ['numbers'] };
  const router: Router = createRouter({
    ...usual,
    commands: { ...usual.commands, ...commands, '/ip/dhcp-client': renew },
  });
  for (const [menu, rows] of Object.entries(MENUS)) {
    for (const { address, ...row } of rows) {
      // Added with a row, it would become a network.
      const { values } = addRow(router, menu, row);
      if (address !== undefined) values.set('address', address);
    }
  }
  const asked: string[] = [];
  const session = {
    async run(line: string) {
      asked.push(line);
      const before = router.printed.length;
      try {
        importScript(router, line);
      } catch (error) {
        router.printed.push(`failure: ${String(error)}`);
      }
      const text = router.printed.slice(before).map((each) => `${each}\r\n`);
      return { bytes: Buffer.from(text.join('')), end: 'closed' as const };
    },
    close() {},
  };
  return { shell: createSshShell(session, 'healer', new AbortController().signal), asked };
}

describe('a shell of RouterOS over SSH', () => {
  it('is asked for the same rows as the API', async () => {
    const { shell } = rscShell();
    const all = await shell.rows('/user/active', ['name', 'address', 'via']);
    assert.deepEqual(all, MENUS['/user/active']);
    const where = { property: 'dst-address', values: ['192.0.2.0/24', '0.0.0.0/0', '10.0.0.0/8'] };
    const routes = await shell.rows('/ip/route', ['dst-address', 'immediate-gw', 'gateway-status'], where);
    assert.deepEqual(routes, [
      { 'dst-address': '0.0.0.0/0', 'immediate-gw': '203.0.113.1%lte1', 'gateway-status': '' },
      { 'dst-address': '192.0.2.0/24', 'immediate-gw': '10.0.0.1%vlan10', 'gateway-status': '' },
    ]);
    assert.deepEqual(await shell.rows('/ip/arp', ['address'], { property: 'address', values: ['192.0.2.99'] }), []);
    assert.deepEqual([...((await wayIn(shell)) ?? [])].sort(), ['bridge1', 'ether1', 'vlan10']);
  });

  it('says when a menu is not there, and when a command is refused', async () => {
    const { shell } = rscShell();
    await assert.rejects(shell.rows('/interface/ethernet/poe', ['name']), { code: 'HEALING_REFUSED' });
    await assert.rejects(shell.act({ kind: 'line', line: '/no such command' }), { code: 'HEALING_REFUSED' });
    const row = { property: 'name', value: 'ether3' };
    await assert.rejects(
      shell.act({ kind: 'row', menu: '/interface/ethernet/poe', verb: 'power-cycle', row, words: {} }),
      { code: 'HEALING_REFUSED' },
    );
  });

  it('is not believed where it answers with other rows than those asked for', () => {
    const where = { property: 'name', values: ['ether3'] };
    assert.deepEqual(asAsked([{ name: 'ether3' }], '/interface', where), [{ name: 'ether3' }]);
    assert.throws(() => asAsked([{ name: 'ether3' }, { name: 'ether1' }], '/interface', where), {
      code: 'HEALING_ODD_ANSWER',
    });
    assert.throws(() => asAsked([{}], '/interface', where), { code: 'HEALING_ODD_ANSWER' });
  });
});

describe('the login of a rule', () => {
  for (const [what, access] of [
    ['the API', { api: { ...deviceOf('core').api, username: 'reader' } }],
    [
      'SSH',
      {
        ssh: {
          ...{ port: 1, username: 'reader', password: new Secret('reader-password-9'), privateKey: null },
          ...{ passphrase: null, hostKey: null, legacy: false },
        },
      },
    ],
  ] as const) {
    it(`is refused where the device is read by the same user over ${what}`, async () => {
      const clock = createManualClock(NIGHT);
      const open = createOpenShell({
        named: (name) => deviceOf(name, { host: '127.0.0.1', ...access }),
        credentials: { mine: { username: 'reader', password: new Secret('healer-password-9') } },
        ssh: createSshClient({ hostKeys: { pin: async (_place, fingerprint) => fingerprint }, clock }),
        clock,
      });
      await assert.rejects(open({ device: 'core', credential: 'mine', prefers: 'api' }, new AbortController().signal), {
        code: 'HEALING_NO_WAY',
        message: /'reader' is the user that reads/,
      });
    });
  }
});

describe('what check says of healing', () => {
  const device = (name: string, change: Partial<ExaminedDevice> = {}): ExaminedDevice => ({
    ...{ ...placed(name), isRouter: true, hasApi: true, hasSsh: false },
    ...change,
  });
  async function examine(rules: readonly Rule[], devices: readonly ExaminedDevice[], hasWitnesses = true) {
    const found = await createHealingExamine({
      ...{ rules, hasWitnesses, devices: async () => devices },
      openShell: async ({ device: name }) => {
        if (name === 'wrong') throw new TroubleError('ROUTER_LOGIN_FAILED', 'the router refused the login', 'Look.');
        return tableShell().shell;
      },
    })({
      signal: new AbortController().signal,
      sendsTestMail: false,
      database: Promise.resolve(true),
      read: (work) => work(),
      routers: async () => [],
    });
    return found.map(({ subject, part, status, found: text }) => `${subject}, ${part}, ${status}: ${text}`);
  }
  const tower = device('tower', { tags: ['tower'] });

  it('is nothing without rules', async () => assert.deepEqual(await examine([], [tower], false), []));

  it('is that each device that is acted through takes the login', async () => {
    assert.deepEqual(await examine([ruleOf()], [tower, device('tower-sw')]), [
      'healing tower-power, devices, ok: "tower"',
      'healing tower-power, through tower-sw, ok: logged in as healer',
    ]);
    assert.match(
      (await examine([ruleOf()], [tower], false)).join(),
      /^healing, own line, warning: health.witnesses is empty/,
    );
  });

  for (const [what, rule, devices, wanted] of [
    [
      'a device without a way in',
      ruleOf(),
      [tower, device('tower-sw', { hasApi: false })],
      /through tower-sw, failure: has neither api nor ssh/,
    ],
    [
      'another kind of device',
      ruleOf(),
      [tower, device('tower-sw', { isRouter: false })],
      /failure: is no RouterOS device/,
    ],
    ['a device that there is not', ruleOf(), [tower], /failure: no such device/],
    [
      'a login that is refused',
      ruleOf({ via: { device: 'wrong' } }),
      [tower, device('wrong')],
      /through wrong, failure: .*refused the login \(ROUTER_LOGIN_FAILED\)/,
    ],
    [
      'one port for several devices',
      ruleOf(),
      [tower, device('t2', { tags: ['tower'] }), device('tower-sw')],
      /devices, failure: the action helps one device, but the rule is about 2, so it never acts/,
    ],
    [
      'a parent that there is not',
      ruleOf(),
      [device('tower', { tags: ['tower'], parent: 'gone' }), device('tower-sw')],
      /parent, failure: the parent of these is not a known device, so the rule never acts on them: "tower"/,
    ],
    [
      'tags that no device has',
      ruleOf({ tags: ['none'] }),
      [tower],
      /devices, warning: no device has a tag of the rule/,
    ],
    [
      'a device without a parent',
      ruleOf({ via: 'parent', action: { kind: 'bounce', interface: 'ether5' } }),
      [tower],
      /parent, failure: no parent to act through: "tower"/,
    ],
  ] as const) {
    it(`names ${what}`, async () => assert.match((await examine([rule], devices)).join('\n'), wanted));
  }
});
