import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { interfaceOf, sessionSecondsOf } from '../../src/health/reader/interfaces.ts';
import { resourceOf } from '../../src/health/reader/resource.ts';
import { interfacesOfRoute, sortedNames } from '../../src/health/reader/routes.ts';
import { extremesOf, sensorsOf } from '../../src/health/reader/sensors.ts';
import { cloudOf, isPublic, leaseOf, type WanRead, wanOf } from '../../src/health/reader/wan.ts';
import { barredOf, serviceOf, webfigOf } from '../../src/health/reader/webfig.ts';
import { parseWitness } from '../../src/health/reader/witness.ts';

const row = (values: Readonly<Record<string, string>>): Map<string, string> => new Map(Object.entries(values));
const anyRow = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.bigInt().map(String)));

describe('the resource of a router', () => {
  it('has used shares in percent', () => {
    const given = {
      ...{ uptime: '1w2d3h4m5s', version: '7.20.1 (stable)', 'board-name': 'RB4011iGS+', 'cpu-load': '7' },
      ...{ 'free-memory': '250', 'total-memory': '1000', 'free-hdd-space': '1', 'total-hdd-space': '3' },
    };
    assert.deepEqual(resourceOf(row(given)), {
      ...{ version: '7.20.1 (stable)', board: 'RB4011iGS+', uptimeSeconds: 788_645, cpuPercent: 7 },
      ...{ memoryPercent: 75, diskPercent: 66.7 },
    });
  });

  it('does not say what cannot be understood', () => {
    const nonsense = {
      uptime: 'long',
      'cpu-load': '101',
      'free-memory': '9',
      'total-memory': '5',
      'total-hdd-space': '0',
    };
    const nothing = { version: null, board: null, uptimeSeconds: null, cpuPercent: null, memoryPercent: null };
    assert.deepEqual(resourceOf(row(nonsense)), { ...nothing, diskPercent: null });
  });
});

describe('the sensors of a router', () => {
  const tables: readonly [string, Readonly<Record<string, string>>, readonly [string, number, string][]][] = [
    [
      'version 6: one row',
      { temperature: '35', voltage: '24.1' },
      [
        ['temperature', 35, 'C'],
        ['voltage', 24.1, 'V'],
      ],
    ],
    [
      'version 6, a large board',
      {
        'cpu-temperature': '61',
        'fan1-speed': '4320',
        'psu1-current': '0.8',
        'power-consumption': '18.5',
        'psu2-state': 'ok',
      },
      [
        ['cpu-temperature', 61, 'C'],
        ['fan1-speed', 4320, 'RPM'],
        ['psu1-current', 0.8, 'A'],
        ['power-consumption', 18.5, 'W'],
      ],
    ],
    [
      'version 6, with units',
      { temperature: '35C', voltage: '12.3V' },
      [
        ['temperature', 35, 'C'],
        ['voltage', 12.3, 'V'],
      ],
    ],
    [
      'version 7: a row each',
      { '.id': '*E', name: 'board-temperature1', value: '44', type: 'C' },
      [['board-temperature1', 44, 'C']],
    ],
    ['version 7, below zero', { name: 'temperature', value: '-12', type: 'C' }, [['temperature', -12, 'C']]],
    ['version 7, a state', { name: 'psu1-state', value: 'fail', type: '' }, []],
    ['version 7, an unknown unit', { name: 'temperature', value: '9', type: 'K' }, []],
    ['what cannot be', { temperature: '900', voltage: '-3', 'cpu-temperature': 'hot' }, []],
    ['settings beside them', { 'fan-mode': 'auto', 'current-firmware': '6.49', 'active-fan': 'none' }, []],
  ];
  for (const [title, given, expected] of tables) {
    it(`reads ${title}`, () => {
      const sensors = sensorsOf(Object.entries(given));
      assert.deepEqual(
        sensors.map(({ name, value, unit }) => [name, value, unit]),
        expected,
      );
    });
  }

  it('take the hottest, and the voltage that the device runs on', () => {
    const of = (...pairs: [string, string][]) =>
      extremesOf(pairs.flatMap(([name, value]) => sensorsOf([[name, value]])));
    assert.deepEqual(of(['temperature', '40'], ['cpu-temperature', '61']), { temperatureC: 61, voltageV: null });
    assert.deepEqual(of(['psu1-voltage', '0'], ['psu2-voltage', '12.1']), { temperatureC: null, voltageV: 12.1 });
    assert.deepEqual(of(['jack-voltage', '48'], ['voltage', '23.9']), { temperatureC: null, voltageV: 23.9 });
  });
});

describe('the way to the internet', () => {
  const route = { 'dst-address': '0.0.0.0/0', active: 'true' };
  const v6 = { ...route, 'routing-mark': '' };
  const v7 = { ...route, 'routing-table': 'main' };
  const tables: readonly [string, Readonly<Record<string, string>>, readonly string[]][] = [
    ['version 7', { ...v7, gateway: '10.0.0.1', 'immediate-gw': '10.0.0.1%ether1' }, ['ether1']],
    ['version 7, an interface', { ...v7, gateway: 'pppoe-out1', 'immediate-gw': 'pppoe-out1' }, ['pppoe-out1']],
    [
      'version 7, recursive',
      { ...v7, gateway: '8.8.8.8', 'immediate-gw': '10.0.0.1%sfp1,10.0.1.1%ether 2' },
      ['sfp1', 'ether 2'],
    ],
    ['version 7, without it', { ...v7, gateway: '10.0.0.1%ether5' }, ['ether5']],
    ['version 7, another table', { ...v7, 'routing-table': 'lte', 'immediate-gw': '10.0.0.1%lte1' }, []],
    ['version 6', { ...v6, gateway: '10.254.0.1', 'gateway-status': '10.254.0.1 reachable via  ether2' }, ['ether2']],
    ['version 6, recursive', { ...v6, 'gateway-status': '8.8.8.8 recursive via 10.0.0.1 ether1' }, ['ether1']],
    [
      'version 6, an interface',
      { ...v6, gateway: 'pppoe-out1', 'gateway-status': 'pppoe-out1 reachable' },
      ['pppoe-out1'],
    ],
    [
      'version 6, several',
      {
        ...v6,
        'gateway-status': '10.0.0.1 reachable via  ether1,10.0.1.1 unreachable,10.0.2.1 reachable via  wan two',
      },
      ['ether1', 'wan two'],
    ],
    [
      'version 6, another table',
      { ...route, 'routing-mark': 'lte', 'gateway-status': '10.0.0.1 reachable via  ether2' },
      [],
    ],
    ['by the gateway of a lease', { ...v7, gateway: '192.0.2.1' }, ['ether9']],
    ['not an inactive one', { ...v7, active: 'false', 'immediate-gw': '10.0.0.1%ether1' }, []],
    ['not another network', { ...v7, 'dst-address': '10.0.0.0/8', 'immediate-gw': '10.0.0.1%ether1' }, []],
    ['not a gateway alone', { ...v7, gateway: '10.0.0.9', 'immediate-gw': '10.0.0.9' }, []],
  ];
  for (const [title, given, expected] of tables) {
    it(`is found: ${title}`, () => {
      assert.deepEqual(interfacesOfRoute(row(given), new Map([['192.0.2.1', 'ether9']])), expected);
    });
  }

  it('is named once each, in order, and not without end', () => {
    assert.deepEqual(sortedNames(['ether2', 'ether1', 'ether2']), ['ether1', 'ether2']);
    assert.equal(sortedNames(Array.from({ length: 99 }, (_, index) => `ether${index}`)).length, 8);
  });

  const read = (change: Partial<WanRead>): WanRead => ({
    interface: 'ether1',
    type: 'ether',
    addresses: [],
    ...change,
  });
  const lease = { interface: 'ether1', address: '192.168.1.7', gateway: null };
  const kinds: readonly [WanRead, string][] = [
    [read({ type: 'pppoe-out', interface: 'pppoe-out1' }), 'pppoe'],
    [read({ type: 'lte', interface: 'lte1' }), 'lte'],
    [read({}), 'dhcp'],
    [read({ type: 'vlan', interface: 'vlan7' }), 'ethernet'],
    [read({ type: 'wg', interface: 'wg1' }), 'other'],
    [read({ type: null, interface: 'gone' }), 'other'],
  ];
  for (const [given, kind] of kinds) {
    it(`is of the kind ${kind}: ${given.interface}`, () => {
      assert.equal(wanOf([given], [lease], null)[0]?.kind, kind);
    });
  }

  const outside = (addresses: string[], cloud: string | null, warning = '') =>
    wanOf([read({ addresses })], [], cloudOf(row({ 'public-address': cloud ?? '', warning }))).map(
      ({ address, publicAddress, behindNat }) => [address, publicAddress, behindNat],
    )[0];
  const addresses: readonly [string, readonly unknown[] | undefined, readonly unknown[]][] = [
    ['its own', outside(['203.0.113.7'], null), ['203.0.113.7', '203.0.113.7', false]],
    ['the same as the cloud sees', outside(['203.0.113.7'], '203.0.113.7'), ['203.0.113.7', '203.0.113.7', false]],
    ['another than the cloud sees', outside(['203.0.113.7'], '198.51.100.1'), ['203.0.113.7', '198.51.100.1', true]],
    ['private', outside(['192.168.1.7'], null), ['192.168.1.7', null, true]],
    ['shared', outside(['100.64.0.9'], '198.51.100.1'), ['100.64.0.9', '198.51.100.1', true]],
    ['unknown', outside([], null), [null, null, null]],
    ['unknown, with a warning', outside([], '198.51.100.1', 'Router is behind a NAT.'), [null, '198.51.100.1', true]],
  ];
  for (const [title, given, expected] of addresses) {
    it(`has an address that is ${title}`, () => assert.deepEqual(given, expected));
  }

  it('keeps the own public address of each, where there are several', () => {
    const wans = [
      read({ addresses: ['203.0.113.7'] }),
      read({ interface: 'lte1', type: 'lte', addresses: ['100.70.0.2'] }),
    ];
    const seen = wanOf(wans, [], { publicAddress: '198.51.100.1', warnsOfNat: false });
    assert.deepEqual(
      seen.map(({ publicAddress, behindNat }) => [publicAddress, behindNat]),
      [
        ['203.0.113.7', false],
        ['198.51.100.1', true],
      ],
    );
  });

  it('knows which addresses are never seen outside', () => {
    for (const address of [
      '10.1.2.3',
      '172.16.0.1',
      '172.31.9.9',
      '192.168.0.1',
      '100.64.0.1',
      '100.127.255.9',
      '169.254.1.1',
    ])
      assert.equal(isPublic(address), false, address);
    for (const address of ['172.15.0.1', '172.32.0.1', '100.63.0.1', '100.128.0.1', '8.8.8.8', '192.169.0.1'])
      assert.equal(isPublic(address), true, address);
  });

  it('takes a lease that is in use', () => {
    const given = { interface: 'ether1', address: '192.0.2.9/24', gateway: '192.0.2.1' };
    assert.deepEqual(leaseOf(row(given)), { interface: 'ether1', address: '192.0.2.9', gateway: '192.0.2.1' });
    assert.equal(leaseOf(row({ ...given, disabled: 'true' })), null);
    assert.equal(leaseOf(row({ ...given, address: 'x', gateway: '' }))?.address, null);
  });
});

describe('WebFig', () => {
  const www = { name: 'www', port: '80', disabled: 'false' };
  const cases: readonly [string, readonly Readonly<Record<string, string>>[], string | null][] = [
    ['by www', [www], 'http://edge/'],
    ['on another port', [{ ...www, port: '8080' }], 'http://edge:8080/'],
    [
      'by www-ssl where www is off',
      [
        { ...www, disabled: 'true' },
        { name: 'www-ssl', port: '443' },
      ],
      'https://edge/',
    ],
    ['not by a live connection', [{ ...www, port: '53022', dynamic: 'true' }, www], 'http://edge/'],
    [
      'nowhere',
      [
        { name: 'api', port: '8728' },
        { ...www, port: '0' },
      ],
      null,
    ],
  ];
  for (const [title, rows, expected] of cases) {
    it(`is reached ${title}`, () => {
      const services = rows.flatMap((each) => serviceOf(row(each)) ?? []);
      assert.equal(webfigOf('edge', services, []), expected);
    });
  }

  it('is not where the web server does not show it', () => {
    const services = [www, { name: 'www-ssl', port: '443' }].flatMap((each) => serviceOf(row(each)) ?? []);
    const barred = barredOf(row({ 'webfig-plain': 'no', 'webfig-secure': 'yes' }));
    assert.equal(webfigOf('2001:db8::1', services, barred), 'https://[2001:db8::1]/');
  });
});

describe('interfaces', () => {
  const ether = {
    ...{ '.id': '*1', name: 'ether1', type: 'ether', running: 'true', disabled: 'false', dynamic: 'false' },
    ...{
      'rx-byte': '18446744073709551615',
      'tx-byte': '5',
      'link-downs': '3',
      'last-link-up-time': 'sep/25/2018 06:30:04',
    },
  };
  it('are read with their counters of 64 bits', () => {
    assert.deepEqual(interfaceOf(row(ether)), {
      ...{ id: '*1', name: 'ether1', type: 'ether', isRunning: true, isDisabled: false },
      ...{ rxBytes: 18_446_744_073_709_551_615n, txBytes: 5n, linkDowns: 3, lastLinkUp: 'sep/25/2018 06:30:04' },
    });
  });

  it('are no sessions, and have an .id and a name', () => {
    for (const change of [{ dynamic: 'true' }, { '.id': '1' }, { '.id': '' }, { name: '' }])
      assert.equal(interfaceOf(row({ ...ether, ...change })), null);
  });

  it('tell since when a session runs', () => {
    assert.equal(sessionSecondsOf(row({ uptime: '1h5s' })), 3605);
    assert.equal(sessionSecondsOf(row({ status: 'dialing' })), null);
  });
});

describe('hostile rows', () => {
  it('never make a parser throw', () => {
    fc.assert(
      fc.property(anyRow, (values) => {
        const given = row(values);
        resourceOf(given);
        sensorsOf(Object.entries(values));
        interfacesOfRoute(row({ ...values, 'dst-address': '0.0.0.0/0', active: 'true' }), new Map());
        interfaceOf(given);
        leaseOf(given);
        cloudOf(given);
        serviceOf(given);
      }),
    );
  });
});

describe('a witness', () => {
  const cases: readonly [string, unknown][] = [
    ['192.0.2.254', { host: '192.0.2.254', port: null }],
    ['198.51.100.1:443', { host: '198.51.100.1', port: 443 }],
    ['2001:db8::1', { host: '2001:db8::1', port: null }],
    ['[2001:db8::1]:53', { host: '2001:db8::1', port: 53 }],
    ['gateway.example:80', { host: 'gateway.example', port: 80 }],
    ['-c', null],
    ['198.51.100.1:0', null],
    ['198.51.100.1:70000', null],
    ['[192.0.2.1]:53', null],
    ['a b', null],
    ['', null],
  ];
  for (const [text, expected] of cases) {
    it(`is ${expected === null ? 'not ' : ''}written as ${text || 'nothing'}`, () => {
      assert.deepEqual(parseWitness(text), expected);
    });
  }
});
