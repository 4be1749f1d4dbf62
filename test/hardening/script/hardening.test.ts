import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { dialect } from '../../support/rsc/dialect.ts';
import { embeddedUndo } from '../../support/rsc/embed.ts';
import {
  customRouter,
  defaultRouter,
  dialects,
  emptyRouter,
  hardening,
  listConnections,
  password,
  template,
  undo,
} from '../../support/rsc/example-routers.ts';
import { type Packet, walk } from '../../support/rsc/packet-walk.ts';
import { parseScript } from '../../support/rsc/parse.ts';
import { addRow, type Router, type Row, rowsOf, snapshot, textIn } from '../../support/rsc/router.ts';
import { importScript } from '../../support/rsc/run.ts';

const routers = {
  'an empty router': emptyRouter,
  'the default configuration': defaultRouter,
  'a customised firewall': customRouter,
};
const families = ['/ip/firewall', '/ipv6/firewall'] as const;

function only(router: Router, menu: string, property: string, value: string): Row {
  const found = rowsOf(router, menu).filter(
    (row) => textIn(row, property) === value && row.values.get('dynamic') !== true,
  );
  const [row] = found;
  if (row === undefined || found.length > 1)
    throw new Error(`${found.length} rows of ${menu} with ${property}=${value}`);
  return row;
}

/** Rows that are not ours; a group of version 6 has no comment to be tagged with. */
const foreign = (rows: readonly Row[]) =>
  rows
    .filter((row) => !textIn(row, 'comment').startsWith('NetSentinel:') && textIn(row, 'name') !== 'api_readonly')
    .map((row) => ({ id: row.id, ...Object.fromEntries(row.values) }));

/** The input chain of IPv4, each rule by its comment's first words. */
const inputOf = (router: Router) =>
  rowsOf(router, '/ip/firewall/filter')
    .filter((row) => textIn(row, 'chain') === 'input')
    .map((row) => textIn(row, 'comment').slice(0, 18));

const reaches = (router: Router, source: string, packet: Partial<Packet> = {}) =>
  walk(router, { source, port: 8728, state: 'new', from: 'WAN', ...packet }) === 'accepted';

describe('the script as it lies in the repository', () => {
  for (const [name, of] of Object.entries(dialects)) {
    it(`is read by ${name}, and so is the undo`, () => {
      parseScript(template, of);
      parseScript(undo, of);
    });
  }

  it('changes nothing while a placeholder is in it', () => {
    const withServer = template.replaceAll('YOUR_SERVER_IP', '192.0.2.10');
    const withPassword = template.replaceAll('REPLACE_WITH_STRONG_PASSWORD', password);
    for (const [script, why] of [
      [template, /address into nsServers/],
      [withServer, /strong password into nsPassword/],
      [withPassword, /address into nsServers/],
      [withServer.replace('REPLACE_WITH_STRONG_PASSWORD', 'short'), /shorter than 12/],
      [withPassword.replace('YOUR_SERVER_IP', 'server.example'), /not an address/],
      [withPassword.replace('YOUR_SERVER_IP', '192.0.2.10/0'), /not a network to open/],
      [withPassword.replace('YOUR_SERVER_IP', '192.0.2.10/24 comment=x'), /not a network/],
      [withPassword.replace('YOUR_SERVER_IP', ''), /no address of the server/],
      [
        withPassword.replace('YOUR_SERVER_IP', '192.0.2.10').replace('nsOptional false', 'nsOptional yes'),
        /true or false/,
      ],
      [withPassword.replace('YOUR_SERVER_IP', '192.0.2.10').replace('Minutes 10', 'Minutes soon'), /is a number/],
    ] as const) {
      const router = defaultRouter();
      const before = snapshot(router);
      assert.throws(() => importScript(router, script), { name: 'ScriptRuntimeError', message: why });
      assert.deepEqual(snapshot(router), before);
    }
  });

  it('works when the values are put in by hand, wherever the placeholder stood', () => {
    const router = emptyRouter();
    importScript(
      router,
      template.replaceAll('YOUR_SERVER_IP', '192.0.2.10').replaceAll('REPLACE_WITH_STRONG_PASSWORD', password),
    );
    assert.equal(textIn(only(router, '/user', 'name', 'librenms_api'), 'password'), password);
    assert.equal(reaches(router, '192.0.2.10'), true);
    assert.equal(reaches(router, '192.0.2.11'), false);
  });

  it('carries the undo word for word', () => {
    const carried = template
      .split('\n')
      .filter((line) => line.includes(':set nsUndo ('))
      .join('\n');
    assert.equal(carried, embeddedUndo(undo));
  });

  it('has neither tabs nor blanks at the end of a line, nor anything but ASCII', () => {
    for (const script of [template, undo]) assert.doesNotMatch(script, /[^\n\x20-\x7e]|[ ]\n|\\\n/);
  });
});

for (const [name, of] of Object.entries(dialects)) {
  describe(`RouterOS ${name}`, () => {
    for (const [state, build] of Object.entries(routers)) {
      const hardened = (options: Parameters<typeof hardening>[0] = {}) => {
        const router = build(of);
        importScript(router, hardening(options));
        return router;
      };

      it(`${state}: lets the server and the admins reach the API, and nobody else`, () => {
        const router = hardened();
        for (const port of [8728, 8729]) {
          for (const source of ['192.0.2.10', '198.51.100.7'])
            assert.equal(reaches(router, source, { port }), true, source);
          for (const source of ['192.0.2.11', '203.0.113.50', '198.51.101.1', '10.0.0.1'])
            for (const from of ['LAN', 'WAN'] as const)
              for (const packetState of ['new', 'invalid'] as const)
                assert.equal(reaches(router, source, { port, from, state: packetState }), false, source);
          if (!router.lists.has('/ipv6/firewall/filter')) continue;
          for (const source of ['2001:db8::10', '2001:db8:aa:1::7'])
            assert.equal(reaches(router, source, { port }), true, source);
          for (const source of ['2001:db8::11', '2001:db8:ab::1', 'fe80::1'])
            assert.equal(reaches(router, source, { port, from: 'LAN' }), false, source);
        }
      });

      it(`${state}: keeps every open session, and decides about no other port`, () => {
        const before = build(of);
        for (const router of [hardened(), hardened({ optional: true })]) {
          assert.equal(reaches(router, '203.0.113.50', { state: 'established' }), true);
          for (const port of [22, 8291, 80, 443])
            for (const source of ['203.0.113.50', '192.0.2.11', '2001:db8::99'])
              for (const packetState of ['established', 'new'] as const)
                for (const from of ['LAN', 'WAN'] as const) {
                  const packet = { source, port, state: packetState, from };
                  assert.equal(walk(router, packet), walk(before, packet), JSON.stringify(packet));
                }
        }
      });

      it(`${state}: leaves the admin's rows as they were and in their order, behind its own`, () => {
        for (const optional of [false, true]) {
          const before = build(of);
          const router = hardened({ optional });
          for (const menu of [
            ...families.flatMap((family) => [`${family}/filter`, `${family}/address-list`]),
            '/user',
            '/user/group',
            '/system/scheduler',
          ])
            if (router.lists.has(menu))
              assert.deepEqual(foreign(rowsOf(router, menu)), foreign(rowsOf(before, menu)), menu);
          for (const family of families) {
            if (!router.lists.has(`${family}/filter`)) continue;
            const input = rowsOf(router, `${family}/filter`).filter(
              (row) => textIn(row, 'chain') === 'input' && row.values.get('dynamic') !== true,
            );
            const heads = input.slice(0, 4).map((row) => textIn(row, 'comment').slice(0, 18));
            assert.deepEqual(heads, [
              'NetSentinel: API 1',
              'NetSentinel: API 2',
              'NetSentinel: API 3',
              'NetSentinel: API 4',
            ]);
          }
        }
      });

      it(`${state}: tags every row it adds`, () => {
        const known = new Set([...build(of).lists.values()].flat().map((row) => row.id));
        const added = [...hardened({ optional: true }).lists.entries()].flatMap(([menu, rows]) =>
          rows.filter((row) => !known.has(row.id)).map((row) => ({ menu, row })),
        );
        assert.ok(added.length > 10);
        for (const { menu, row } of added)
          if (!(menu === '/user/group' && of.version === '6.49'))
            assert.match(textIn(row, 'comment'), /^NetSentinel: /, menu);
      });

      it(`${state}: changes nothing when it is imported again, whether the net is still there or was taken away`, () => {
        for (const optional of [false, true]) {
          const router = hardened({ optional });
          const before = snapshot(router);
          importScript(router, hardening({ optional }));
          assert.deepEqual(snapshot(router), before);
          importScript(router, router.printed.at(-1) ?? '');
          const confirmed = snapshot(router);
          assert.notDeepEqual(confirmed, before);
          importScript(router, hardening({ optional }));
          assert.deepEqual(snapshot(router), confirmed);
        }
      });
    }

    it('makes a user that may read and use the API, from the server only', () => {
      const router = emptyRouter(of);
      importScript(router, hardening({ serverAddresses: ['192.0.2.10'] }));
      const user = only(router, '/user', 'name', 'librenms_api');
      assert.deepEqual(
        ['group', 'password', 'address', 'disabled'].map((property) => textIn(user, property)),
        ['api_readonly', password, '192.0.2.10/32', 'no'],
      );
      assert.equal(textIn(only(router, '/user/group', 'name', 'api_readonly'), 'policy'), 'read,api');
    });

    it('binds the user to the first address where it can be bound to one only, and says so', () => {
      const router = emptyRouter(of);
      importScript(router, hardening({ serverAddresses: ['192.0.2.10', '192.0.2.11'] }));
      const said = router.printed.some((line) => line.includes('can log in from 192.0.2.10 only'));
      assert.equal(said, !of.userTakesManyNetworks);
      const wanted = of.userTakesManyNetworks ? '192.0.2.10/32,192.0.2.11/32' : '192.0.2.10/32';
      assert.equal(textIn(only(router, '/user', 'name', 'librenms_api'), 'address'), wanted);
    });

    it('limits both API services to the server and the admins, and no other service', () => {
      const router = emptyRouter(of);
      if (of.listsConnections) listConnections(router);
      const connections = rowsOf(router, '/ip/service')
        .filter((row) => row.values.get('dynamic') === true)
        .map((row) => [...row.values]);
      importScript(router, hardening());
      const ipv6 = router.lists.has('/ipv6/firewall/filter');
      const wanted = ipv6
        ? '192.0.2.10/32,2001:db8::10/128,198.51.100.0/24,2001:db8:aa::/48'
        : '192.0.2.10/32,198.51.100.0/24';
      for (const row of rowsOf(router, '/ip/service').filter((one) => one.values.get('dynamic') !== true)) {
        const isApi = textIn(row, 'name').startsWith('api');
        assert.equal(textIn(row, 'address'), isApi ? wanted : '', textIn(row, 'name'));
      }
      assert.deepEqual(
        rowsOf(router, '/ip/service')
          .filter((row) => row.values.get('dynamic') === true)
          .map((row) => [...row.values]),
        connections,
      );
    });

    it('takes nothing for a port of the API that is the far end of a live connection', () => {
      const router = emptyRouter(of);
      if (of.listsConnections) listConnections(router);
      importScript(router, hardening());
      assert.equal(
        textIn(only(router, '/ip/firewall/filter', 'comment', 'NetSentinel: API 4, nobody else'), 'dst-port'),
        '8728,8729',
      );
    });

    it('logs others before it drops them, six times a minute at most', () => {
      const router = emptyRouter(of);
      importScript(router, hardening());
      for (const menu of ['/ip/firewall/filter', '/ipv6/firewall/filter'].filter((one) => router.lists.has(one))) {
        const rule = only(router, menu, 'comment', 'NetSentinel: API 3, tells of others');
        assert.deepEqual(
          ['action', 'limit', 'log-prefix'].map((property) => textIn(rule, property)),
          ['log', '6/1m,5:packet', 'netsentinel-api'],
        );
      }
    });

    it('takes over a user and a group that are there', () => {
      const router = emptyRouter(of);
      addRow(router, '/user/group', { name: 'api_readonly', policy: 'read,write,api,test' });
      addRow(router, '/user', {
        name: 'librenms_api',
        group: 'full',
        password: 'something-older',
        address: '',
        disabled: true,
      });
      importScript(router, hardening());
      assert.equal(textIn(only(router, '/user/group', 'name', 'api_readonly'), 'policy'), 'read,api');
      const user = only(router, '/user', 'name', 'librenms_api');
      assert.deepEqual(
        ['group', 'password', 'disabled', 'comment'].map((property) => textIn(user, property)),
        ['api_readonly', password, 'no', ''],
      );
      const before = snapshot(router);
      importScript(router, hardening());
      assert.deepEqual(snapshot(router), before);
    });

    it("replaces the older script's rows", () => {
      const router = defaultRouter(of);
      const tag = (text: string) => `SENTINEL: ${text}`;
      addRow(router, '/user/group', {
        name: 'api_readonly',
        policy: 'read,api,test',
        ...(of.version === '6.49' ? {} : { comment: tag('group') }),
      });
      addRow(router, '/user', {
        name: 'librenms_api',
        group: 'api_readonly',
        password: 'an-older-password',
        comment: tag('user'),
      });
      addRow(router, '/user', {
        name: 'sentinel_old',
        group: 'read',
        password: 'an-older-password',
        comment: tag('user'),
      });
      for (const family of families) {
        if (!router.lists.has(`${family}/filter`)) continue;
        const address = family === '/ip/firewall' ? '192.0.2.10' : '2001:db8::10';
        addRow(router, `${family}/address-list`, { list: 'netsentinel-api', address, comment: tag('allowed') });
        addRow(router, `${family}/address-list`, { list: 'api_allowed', address, comment: tag('allowed') });
        const [first] = rowsOf(router, `${family}/filter`).filter((row) => row.values.get('dynamic') !== true);
        addRow(
          router,
          `${family}/filter`,
          {
            chain: 'input',
            protocol: 'tcp',
            'dst-port': '8728',
            'src-address-list': 'api_allowed',
            comment: tag('allow'),
          },
          first?.id,
        );
        addRow(
          router,
          `${family}/filter`,
          { chain: 'input', protocol: 'tcp', 'dst-port': '8728', action: 'drop', comment: tag('drop') },
          first?.id,
        );
      }
      addRow(router, '/system/scheduler', { name: 'old', interval: '1d', comment: tag('scheduler') });
      addRow(router, '/ip/firewall/raw', { chain: 'prerouting', action: 'drop', comment: tag('raw') });
      addRow(router, '/ip/firewall/raw', { chain: 'prerouting', action: 'drop', comment: "the admin's" });
      if (of.version !== '6.49') addRow(router, '/system/script', { name: 'old', source: '', comment: tag('script') });
      importScript(router, hardening());
      const left = [...router.lists.values()].flat().filter((row) => textIn(row, 'comment').startsWith('SENTINEL:'));
      assert.deepEqual(
        left.map((row) => [...row.values]),
        [],
      );
      assert.deepEqual(
        rowsOf(router, '/ip/firewall/raw').map((row) => textIn(row, 'comment')),
        ["the admin's"],
      );
      assert.equal(textIn(only(router, '/user', 'name', 'librenms_api'), 'comment'), 'NetSentinel: reads the queues');
      assert.equal(reaches(router, '192.0.2.10'), true);
      assert.equal(reaches(router, '192.0.2.11'), false);
      const before = snapshot(router);
      importScript(router, hardening());
      assert.deepEqual(snapshot(router), before);
    });

    it('follows changed addresses: who is not named any more is out', () => {
      const router = defaultRouter(of);
      importScript(router, hardening());
      importScript(router, hardening({ serverAddresses: ['192.0.2.77'], adminNetworks: [] }));
      assert.deepEqual(
        ['192.0.2.77', '192.0.2.10', '198.51.100.7', '2001:db8::10'].map((source) => reaches(router, source)),
        [true, false, false, !router.lists.has('/ipv6/firewall/filter')],
      );
    });

    it('repairs its rules: one that was switched off, one that was removed, one of the admin put before them', () => {
      const router = customRouter(of);
      importScript(router, hardening());
      const filter = rowsOf(router, '/ip/firewall/filter');
      const wanted = inputOf(router).slice(0, 4);
      const rule = (comment: string) => only(router, '/ip/firewall/filter', 'comment', comment);
      const harm: readonly (() => void)[] = [
        () => rule('NetSentinel: API 4, nobody else').values.set('disabled', true),
        () => filter.splice(filter.indexOf(rule('NetSentinel: API 1, open sessions stay')), 1),
        () => filter.unshift(...filter.splice(filter.indexOf(rule('the rest')), 1)),
      ];
      for (const damage of harm) {
        damage();
        importScript(router, hardening());
        assert.deepEqual(inputOf(router).slice(0, 4), wanted);
        assert.equal(reaches(router, '192.0.2.11'), false);
        assert.equal(reaches(router, '192.0.2.10'), true);
      }
    });

    it('switches an address on again that was switched off', () => {
      const router = emptyRouter(of);
      importScript(router, hardening());
      only(router, '/ip/firewall/address-list', 'address', '192.0.2.10').values.set('disabled', true);
      assert.equal(reaches(router, '192.0.2.10'), false);
      importScript(router, hardening());
      assert.equal(reaches(router, '192.0.2.10'), true);
    });

    it('guards the ports the API was moved to as well', () => {
      const router = emptyRouter(of);
      only(router, '/ip/service', 'name', 'api').values.set('port', '18728');
      if (of.listsConnections) listConnections(router);
      importScript(router, hardening());
      for (const port of [8728, 8729, 18728]) {
        assert.equal(reaches(router, '192.0.2.10', { port }), true);
        assert.equal(reaches(router, '192.0.2.11', { port }), false);
      }
    });

    it('optional: four new logins within a minute block an address, the allow list never', () => {
      const router = emptyRouter(of);
      importScript(router, hardening({ optional: true }));
      const tries = (source: string) => Array.from({ length: 6 }, () => reaches(router, source, { port: 22 }));
      assert.deepEqual(tries('203.0.113.9'), [true, true, true, true, false, false]);
      assert.deepEqual(tries('198.51.100.7'), [true, true, true, true, true, true]);
      assert.equal(reaches(router, '203.0.113.9', { port: 22, state: 'established' }), true);
    });

    it("optional: never counts the admin's own list either, frees who is blocked and is put on it, and opens the API to nobody", () => {
      const router = emptyRouter(of);
      importScript(router, hardening({ optional: true }));
      const tries = () => Array.from({ length: 6 }, () => reaches(router, '203.0.113.9', { port: 22 }));
      assert.equal(tries().at(-1), false);
      importScript(
        router,
        '/ip firewall address-list add list=netsentinel-login-allowed address=203.0.113.0/24 comment="NOC"',
      );
      assert.deepEqual(tries(), [true, true, true, true, true, true]);
      assert.equal(reaches(router, '203.0.113.9'), false);
      importScript(router, hardening({ optional: true, serverAddresses: ['192.0.2.77'] }));
      assert.deepEqual(tries(), [true, true, true, true, true, true]);
      importScript(router, undo);
      assert.equal(
        only(router, '/ip/firewall/address-list', 'list', 'netsentinel-login-allowed').values.get('comment'),
        'NOC',
      );
    });

    it('optional: keeps no old value of what this version does not take', () => {
      const router = emptyRouter(of);
      const names = () => rowsOf(router, '/system/scheduler').map((row) => textIn(row, 'name'));
      const refused = template.replaceAll('"/ip upnp set enabled=no"', '"/ip upnp set enabled=perhaps"');
      importScript(router, hardening({ template: refused, optional: true }));
      assert.ok(
        router.printed.some((line) => line.endsWith('this version does not take: /ip upnp set enabled=perhaps')),
      );
      assert.ok(!names().includes('netsentinel-saved-ip-upnp'), names().join());
      assert.ok(names().includes('netsentinel-saved-ip-dns'), names().join());
    });

    it('optional: switches off what it says, and nothing unless asked', () => {
      const plain = emptyRouter(of);
      importScript(plain, hardening());
      assert.deepEqual(plain.singles, emptyRouter(of).singles);
      const router = emptyRouter(of);
      importScript(router, hardening({ optional: true }));
      assert.deepEqual(
        Object.fromEntries(
          [...router.singles].flatMap(([menu, values]) =>
            [...values].map(([name, value]) => [`${menu} ${name}`, value]),
          ),
        ),
        {
          '/tool/mac-server allowed-interface-list': 'none',
          '/tool/mac-server/mac-winbox allowed-interface-list': 'none',
          '/tool/mac-server/ping enabled': false,
          '/ip/neighbor/discovery-settings discover-interface-list': 'none',
          '/tool/bandwidth-server enabled': false,
          '/ip/proxy enabled': false,
          '/ip/socks enabled': false,
          '/ip/upnp enabled': false,
          '/ip/ssh strong-crypto': true,
          '/ip/dns allow-remote-requests': false,
        },
      );
      const on = rowsOf(router, '/ip/service')
        .filter((row) => row.values.get('disabled') !== true)
        .map((row) => textIn(row, 'name'));
      assert.deepEqual(on, ['ssh', 'api', 'winbox', 'api-ssl']);
    });

    it('optional: leaves the resolver on where the router serves clients', () => {
      const router = defaultRouter(of);
      importScript(router, hardening({ optional: true }));
      assert.equal(router.singles.get('/ip/dns')?.get('allow-remote-requests'), true);
      assert.ok(router.printed.some((line) => line.includes('DNS remote requests stay')));
    });

    it('optional: leaves on whatever somebody is logged in through', () => {
      const router = emptyRouter(of);
      for (const [via, address] of [
        ['telnet', '203.0.113.1'],
        ['ftp', '203.0.113.1'],
        ['web', '203.0.113.1'],
        ['winbox', 'D4:01:C3:00:00:01'],
      ] as const)
        addRow(router, '/user/active', { name: 'admin', via, address });
      importScript(router, hardening({ optional: true }));
      assert.deepEqual(
        rowsOf(router, '/ip/service')
          .filter((row) => row.values.get('disabled') === true)
          .map((row) => textIn(row, 'name')),
        ['www-ssl'],
      );
      assert.equal(router.singles.get('/tool/mac-server')?.get('allowed-interface-list'), 'all');
      assert.equal(router.singles.get('/tool/mac-server/mac-winbox')?.get('allowed-interface-list'), 'LAN');
    });
  });
}

describe('who is working on the router', () => {
  it('is not turned into a user that can only read', () => {
    for (const [name, group] of [
      ['librenms_api', 'full'],
      ['other', 'api_readonly'],
    ] as const) {
      const router = emptyRouter();
      addRow(router, '/user/group', { name: 'api_readonly', policy: 'read,write,policy,ssh' });
      addRow(router, '/user', { name, group, password: 'whatever-it-is' });
      addRow(router, '/user/active', { name, via: 'ssh', address: '203.0.113.2' });
      const before = snapshot(router);
      assert.throws(() => importScript(router, hardening()), /would lose its rights/);
      assert.deepEqual(snapshot(router), before);
    }
  });

  it('is shown who uses the API at this moment', () => {
    const router = emptyRouter();
    addRow(router, '/user/active', { name: 'billing', via: 'api', address: '203.0.113.80' });
    importScript(router, hardening());
    assert.ok(router.printed.includes('NetSentinel: uses the API now: billing from 203.0.113.80'));
  });

  it('keeps a user of the older script that is logged in', () => {
    const router = emptyRouter();
    addRow(router, '/user', { name: 'old', group: 'write', password: 'whatever-it-is', comment: 'SENTINEL: operator' });
    addRow(router, '/user/active', { name: 'old', via: 'winbox', address: '203.0.113.2' });
    importScript(router, hardening());
    assert.equal(textIn(only(router, '/user', 'name', 'old'), 'group'), 'write');
  });
});

describe('addresses a router cannot know', () => {
  it('are left out where IPv6 is off, and refused when none is left', () => {
    const of = dialect('6.49', { ipv6: false });
    const router = emptyRouter(of);
    importScript(router, hardening({ serverAddresses: ['2001:db8::10', '192.0.2.10'] }));
    assert.equal(textIn(only(router, '/user', 'name', 'librenms_api'), 'address'), '192.0.2.10/32');
    const other = emptyRouter(of);
    const before = snapshot(other);
    assert.throws(
      () => importScript(other, hardening({ serverAddresses: ['2001:db8::10'] })),
      /no address of the server/,
    );
    assert.deepEqual(snapshot(other), before);
  });

  it('never open a family to all: a server with IPv6 only shuts out all of IPv4', () => {
    const router = emptyRouter();
    importScript(router, hardening({ serverAddresses: ['2001:db8::10'], adminNetworks: [] }));
    assert.deepEqual(
      ['2001:db8::10', '2001:db8::11', '192.0.2.10'].map((source) => reaches(router, source)),
      [true, false, false],
    );
  });
});

describe('the password', () => {
  it('reaches the router exactly, whatever is in it', () => {
    const hostile = [
      '"; /system reboot; "xx',
      '$nsServers$[/user find]',
      '\\"\\\\$\\n12345',
      "it's [a] {b} (c) ? \\[",
      'пароль-с-юникодом',
      '#not a comment 12',
      '  spaces  around  ',
    ];
    const anything = fc.string({
      unit: fc.constantFrom(
        '"',
        '\\',
        '$',
        '[',
        ']',
        '{',
        '}',
        '?',
        ';',
        '#',
        ' ',
        "'",
        'a',
        'n',
        'C',
        '3',
        'é',
        '€',
        '/',
        '=',
        '~',
      ),
      minLength: 12,
      maxLength: 40,
    });
    const check = (wanted: string) => {
      const router = emptyRouter();
      importScript(router, hardening({ password: wanted }));
      const stored = textIn(only(router, '/user', 'name', 'librenms_api'), 'password');
      assert.equal(Buffer.from(stored, 'latin1').toString('utf8'), wanted);
      const elsewhere = JSON.stringify([
        router.printed,
        router.logged,
        [...rowsOf(router, '/system/scheduler')].map((row) => [...row.values]),
      ]);
      assert.ok(!elsewhere.includes(stored));
    };
    for (const wanted of hostile) check(wanted);
    fc.assert(fc.property(anything, check), { numRuns: 60 });
  });
});
