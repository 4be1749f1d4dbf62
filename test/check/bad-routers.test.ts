import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { type CheckedRouter, createChecker } from '../../src/check/checker.ts';
import type { RouterOsVersion } from '../../src/demo/router-versions.ts';
import type { SimulatedRouter } from '../../src/demo/simulated-router.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Finding } from '../../src/runtime/finding.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { assertTypable } from '../support/advice.ts';
import { checkedRouter, createHealthyRouter, ROUTER_PASSWORD, setRouterClock } from '../support/checked-router.ts';

const NOW = Date.now();

/** Findings about one router; the rest is well. */
async function check(router: CheckedRouter, mappedUsers: { name: string }[] = []): Promise<Finding[]> {
  const checker = createChecker({
    look: () => ({ routers: [Promise.resolve([router])], findings: Promise.resolve([]), configured: 1 }),
    examines: () => [],
    mappedUsers,
    database: {
      place: 'memory',
      migrate: async () => [],
      tryWriting: async () => {},
      now: async () => null,
      freeDisk: async () => null,
    },
    usersWithBytes: async () => new Set(['carl']),
    jobs: {
      lastRuns: async () => [{ job: 'evaluation', startedAt: NOW, durationMs: 5, outcome: 'ok', code: null }],
    },
    calendar: createCalendar('UTC'),
    clock: systemClock,
    concurrency: 1,
  });
  return await checker.check({ sendsTestMail: false, signal: new AbortController().signal });
}

/** What is not well when one thing about a healthy router is changed. */
async function complaints(
  change: (router: SimulatedRouter) => void,
  options: { version?: RouterOsVersion; mappedUsers?: { name: string }[]; password?: string; timeoutMs?: number } = {},
): Promise<Finding[]> {
  const router = createHealthyRouter(options.version);
  change(router);
  const address = await router.start();
  try {
    const findings = await check(checkedRouter(address, options), options.mappedUsers);
    assert.doesNotMatch(JSON.stringify(findings), new RegExp(options.password ?? ROUTER_PASSWORD));
    await allClosed(router);
    return findings.filter(({ status }) => status !== 'ok');
  } finally {
    await router.stop();
  }
}

/** Its end of a connection follows ours a moment later. */
async function allClosed(router: SimulatedRouter): Promise<void> {
  for (let turns = 0; router.activity().openConnections > 0; turns += 1) {
    assert.ok(turns < 1000, 'a connection was left open');
    await setTimeout(1);
  }
}

interface BadState {
  readonly state: string;
  readonly change: (router: SimulatedRouter) => void;
  readonly version?: RouterOsVersion;
  readonly mappedUsers?: { name: string }[];
  readonly part: string;
  readonly status?: 'warning' | 'failure';
  readonly found: RegExp;
  readonly advice: RegExp;
}

const FASTTRACK = { chain: 'forward', action: 'fasttrack-connection', disabled: 'false' };
const API = { name: 'api', port: '8728', address: '127.0.0.1/32', disabled: 'false', 'max-sessions': '20' };
const OURS = { name: 'librenms_api', address: '127.0.0.1', via: 'api' };
const BOB = { '.id': '*1', name: 'bob', target: '10.0.0.2/32', parent: 'none', bytes: '5/80', dynamic: 'false' };
const EVE = { '.id': '*2', name: 'eve', target: '10.0.0.3/32', parent: 'none', bytes: '6/90', dynamic: 'false' };
const ROUTED_V6 = [{ 'dst-address': '::/0', active: 'true', gateway: 'fe80::1%ether1' }];

const BAD_STATES: readonly BadState[] = [
  {
    state: 'a version with known holes',
    change: () => {},
    version: '6.40.9',
    part: 'version',
    found: /6\.40\.9 .*CVE-2019-3924.*CVE-2023-30799/,
    advice: /\/system package update set channel=long-term/,
  },
  {
    state: 'a user who may more than read',
    change: (router) => router.setMenu('/user/group', [{ name: 'api_readonly', policy: 'read,api,write,reboot,!ssh' }]),
    part: 'rights',
    found: /also has the policies write, reboot;/,
    advice: /\/user group set \[find where name="api_readonly"\] policy=read,api/,
  },
  {
    state: "a user in a group that is RouterOS's own",
    change: (router) => router.setMenu('/user', [{ name: 'librenms_api', group: 'full' }]),
    part: 'rights',
    found: /"full" also has the policies local, telnet/,
    advice: /\/user group add name=api_readonly policy=read,api/,
  },
  {
    state: 'a user of RADIUS',
    change: (router) => router.setMenu('/user', []),
    part: 'rights',
    found: /policies are unknown/,
    advice: /RADIUS/,
  },
  {
    state: 'an API that is open to any address',
    change: (router) => router.setMenu('/ip/service', [{ ...API, address: '' }]),
    part: 'exposure',
    found: /api takes connections from any address/,
    advice: /\/ip service set \[find where name=api and dynamic=no\] address=127\.0\.0\.1/,
  },
  {
    state: 'an API that is open to all of IPv6',
    change: (router) => router.setMenu('/ip/service', [{ ...API, address: '192.0.2.0/24,::/0' }]),
    version: '7.12.1',
    part: 'exposure',
    found: /any address/,
    advice: /\/ip service set \[find where name=api\] address=/,
  },
  {
    state: 'clear text where api-ssl exists',
    change: (router) =>
      router.setMenu('/ip/service', [
        API,
        { name: 'api-ssl', port: '8729', address: '127.0.0.1/32', disabled: 'false', certificate: 'none' },
      ]),
    part: 'encryption',
    found: /sent unencrypted/,
    advice: /\/certificate add .* port: 8729/,
  },
  {
    state: 'API sessions from elsewhere',
    change: (router) =>
      router.setMenu('/user/active', [
        OURS,
        { name: 'billing', address: '198.51.100.7', via: 'api-ssl' },
        { name: 'librenms_api', address: '198.51.100.8', via: 'api' },
      ]),
    part: 'sessions',
    found: /"billing" from 198\.51\.100\.7, "librenms_api" from 198\.51\.100\.8;/,
    advice: /--admin-net/,
  },
  {
    state: 'a session cap that is near',
    change: (router) =>
      router.setMenu(
        '/user/active',
        Array.from({ length: 17 }, () => OURS),
      ),
    part: 'session cap',
    found: /17 of 20/,
    advice: /max-sessions=40/,
  },
  {
    state: 'FastTrack',
    change: (router) => router.setMenu('/ip/firewall/filter', [{ chain: 'input', action: 'accept' }, FASTTRACK]),
    part: 'fasttrack',
    found: /not counted/,
    advice: /\/ip firewall filter disable .*address=10\.0\.0\.2\/32/,
  },
  {
    state: 'FastTrack that leaves out one direction only',
    change: (router) => router.setMenu('/ip/firewall/filter', [{ ...FASTTRACK, 'src-address-list': '!queued' }]),
    version: '6.49.18',
    part: 'fasttrack',
    found: /not counted/,
    advice: /dst-address-list=!queued/,
  },
  {
    state: 'FastTrack of IPv6',
    change: (router) => router.setMenu('/ipv6/firewall/filter', [FASTTRACK]),
    part: 'fasttrack v6',
    found: /IPv6/,
    advice: /\/ipv6 firewall filter disable/,
  },
  {
    state: 'IPv4-only targets while IPv6 is routed',
    change(router) {
      router.setMenu('/ipv6/settings', [{ 'disable-ipv6': 'false', forward: 'true' }]);
      router.setMenu('/ipv6/route', ROUTED_V6);
    },
    part: 'ipv6',
    found: /"bob", "eve"/,
    advice: /name="bob"\] target=10\.0\.0\.2\/32,2001:db8::\/64/,
  },
  {
    state: 'a scheduler that resets counters',
    change: (router) =>
      router.setMenu('/system/scheduler', [
        { name: 'monthly "quota"', disabled: 'false', 'on-event': '/queue simple\r\nreset-counters-all' },
      ]),
    part: 'resets',
    found: /scheduler monthly/,
    advice: /\/system scheduler disable \[find where name="monthly \\"quota\\""\]/,
  },
  {
    state: 'a script that resets counters',
    change: (router) =>
      router.setMenu('/system/script', [
        { name: 'new-day', source: ':foreach q in=[/queue simple find] do={ /queue simple reset-counters $q }' },
      ]),
    part: 'resets',
    found: /script new-day/,
    advice: /\/system script edit/,
  },
  {
    state: 'a queue with the WAN as target',
    change: (router) =>
      router.addQueue({ name: 'line', target: 'ether1', counter: { uploadBytes: 1n, downloadBytes: 1n } }),
    part: 'direction',
    found: /"line" is the WAN/,
    advice: /\/queue simple set \[find where name="line"\]/,
  },
  {
    state: 'a queue with the WAN as target, on RouterOS 6',
    change: (router) =>
      router.addQueue({ name: 'line', target: 'ether1', counter: { uploadBytes: 1n, downloadBytes: 1n } }),
    version: '6.49.18',
    part: 'direction',
    found: /"line" is the WAN/,
    advice: /ignore: true/,
  },
  {
    state: 'an earlier queue that takes the packets of a later one',
    change: (router) =>
      router.addQueue({ name: 'bob-phone', target: '10.0.0.2', counter: { uploadBytes: 1n, downloadBytes: 0n } }),
    part: 'order',
    found: /"bob" comes before "bob-phone"/,
    advice: /\/queue simple move \[find where name="bob-phone"\]/,
  },
  {
    state: 'no queues at all',
    change(router) {
      router.removeQueue('bob');
      router.removeQueue('eve');
    },
    part: 'queues',
    found: /no simple queues/,
    advice: /\/queue simple add/,
  },
  {
    state: 'queues that are all switched off',
    change: (router) =>
      router.setMenu('/queue/simple', [
        { ...BOB, disabled: 'true' },
        { ...EVE, invalid: 'true' },
      ]),
    part: 'queues',
    found: /^2 queues, all disabled or invalid: nothing is counted$/,
    advice: /\/queue simple enable \[find where disabled=yes\]/,
  },
  {
    state: 'a queue that RouterOS cannot apply',
    change: (router) => router.setMenu('/queue/simple', [BOB, { ...EVE, invalid: 'true' }]),
    part: 'queues',
    found: /cannot apply "eve"/,
    advice: /\/queue simple set \[find where name="eve"\]/,
  },
  {
    state: 'a router that says it has no users',
    change: (router) => router.lack(['/user']),
    part: 'rights',
    found: /not checked: the router says that it has no \/user$/,
    advice: /\/user print/,
  },
  {
    state: 'a group whose policies are not told',
    change: (router) => router.setMenu('/user/group', [{ name: 'api_readonly' }]),
    part: 'rights',
    found: /not checked: .* policies of the group "api_readonly"/,
    advice: /\/user group print/,
  },
  {
    state: 'services that are not told',
    change: (router) => router.setMenu('/ip/service', []),
    part: 'exposure',
    found: /not checked: .* services api and api-ssl/,
    advice: /\/ip service print/,
  },
  {
    state: 'a service that is used and not listed as on',
    change: (router) => router.setMenu('/ip/service', [{ ...API, disabled: 'true' }]),
    part: 'exposure',
    found: /not checked: .* service api as enabled/,
    advice: /port forwarding/,
  },
  {
    state: 'a list of sessions without ours',
    change: (router) => router.setMenu('/user/active', [{ name: 'admin', address: '192.0.2.7', via: 'winbox' }]),
    part: 'sessions',
    found: /not checked: .* this session of "librenms_api"$/,
    advice: /\/user active print/,
  },
  {
    state: 'a router without a name',
    change: (router) => router.setMenu('/system/identity', []),
    part: 'identity',
    found: /does not show its name/,
    advice: /\/system identity set/,
  },
  {
    state: 'a scheduler that is not shown whole',
    change: (router) => router.setMenu('/system/scheduler', [{ name: 'nightly', disabled: 'false' }]),
    part: 'resets',
    found: /not checked: .* "scheduler nightly"/,
    advice: /\/system scheduler print/,
  },
  {
    state: 'a WAN that nothing tells',
    change: (router) => router.setMenu('/ip/route', []),
    part: 'direction',
    found: /not checked: the WAN interface is unknown/,
    advice: /\/interface list member add list=WAN/,
  },
  {
    state: 'routes that may not be read, though a list of WAN interfaces is there',
    change(router) {
      router.setMenu('/interface/list/member', [{ list: 'WAN', interface: 'ether9' }]);
      router.deny(['/ip/route']);
    },
    part: 'direction',
    found: /not checked: the user may not read \/ip route/,
    advice: /\/ip route print/,
  },
  {
    state: 'networks behind an interface that may not be read, where a queue has one as target',
    change(router) {
      router.addQueue({ name: 'office', target: 'bridge', counter: { uploadBytes: 1n, downloadBytes: 1n } });
      router.deny(['/ip/address']);
    },
    part: 'order',
    found: /not checked: the user may not read \/ip address/,
    advice: /\/ip address print/,
  },
  {
    state: 'IPv4-only targets where an IPv6 route is active and the settings are not told',
    change(router) {
      router.setMenu('/ipv6/settings', []);
      router.setMenu('/ipv6/route', ROUTED_V6);
    },
    part: 'ipv6',
    found: /"bob", "eve"/,
    advice: /2001:db8::\/64/,
  },
  {
    state: 'a queue that cannot be read',
    change: (router) => router.garbleQueue('eve', true),
    part: 'queues',
    found: /1 queue .*left out/,
    advice: /log/,
  },
  {
    state: 'queues that may not be read',
    change: (router) => router.deny(['/queue/simple']),
    part: 'queues',
    status: 'failure',
    found: /cannot be read/,
    advice: /read and api/,
  },
  {
    state: 'a router that does not tell its uptime',
    change: (router) => router.deny(['/system/resource']),
    part: 'version',
    status: 'failure',
    found: /usage cannot be counted/,
    advice: /policy=read,api/,
  },
  {
    state: 'a clock that is wrong',
    change: (router) => setRouterClock(router, -3_600_000),
    part: 'clock',
    found: /1 h behind|59 min behind/,
    advice: /ntp client set enabled=yes servers=/,
  },
  {
    state: 'a clock that is wrong, on RouterOS 6',
    change: (router) => setRouterClock(router, 86_400_000, true),
    version: '6.49.18',
    part: 'clock',
    found: /ahead/,
    advice: /ntp client set enabled=yes server-dns-names=/,
  },
  {
    state: 'a user of the configuration without a queue',
    change: () => {},
    mappedUsers: [{ name: 'bob' }, { name: 'mallory' }, { name: 'carl' }],
    part: 'users',
    found: /no queue belongs to "mallory"$/,
    advice: /match/,
  },
  {
    state: 'a user of the configuration who never counted',
    change: (router) => router.addQueue({ name: 'idle', target: '10.0.0.9/32' }),
    mappedUsers: [{ name: 'idle' }],
    part: 'users',
    found: /"idle" has counted/,
    advice: /FastTrack/,
  },
];

/** A row that says nothing, and one whose every property is nonsense. */
const MALFORMED_ROWS: readonly Record<string, string>[] = [
  { '.id': '*F' },
  {
    ...{ '.id': '*F', name: '', group: '\u0000', policy: ',,!,', via: 'api/', port: '-1e999', 'max-sessions': 'NaN' },
    ...{ address: '999.1.2.3/77,::g/129', disabled: 'perhaps', certificate: ' ', source: '', 'on-event': '' },
    ...{ 'dst-address': '0.0.0.0/', action: '', list: '', interface: '', network: '%', active: '', gateway: '%,%%,/' },
    ...{ bytes: 'many/-1', target: '/,/', parent: '', dynamic: 'maybe' },
  },
];

/** What is still found when rows without sense stand before and after `good`. */
const BESIDE_MALFORMED: readonly {
  readonly menu: string;
  readonly good: Record<string, string>;
  readonly part: string;
  readonly found: RegExp;
}[] = [
  {
    menu: '/user',
    good: { name: 'librenms_api', group: 'full' },
    part: 'rights',
    found: /"full" also has the policies/,
  },
  {
    menu: '/user/group',
    good: { name: 'api_readonly', policy: 'read,api,reboot' },
    part: 'rights',
    found: /also has the policies reboot;/,
  },
  {
    menu: '/user/active',
    good: { name: 'billing', address: '198.51.100.7', via: 'api-ssl' },
    part: 'sessions',
    found: /"billing" from 198\.51\.100\.7/,
  },
  {
    menu: '/ip/service',
    good: { ...API, address: '' },
    part: 'exposure',
    found: /api takes connections from any address/,
  },
  { menu: '/ip/firewall/filter', good: FASTTRACK, part: 'fasttrack', found: /not counted/ },
  { menu: '/ipv6/firewall/filter', good: FASTTRACK, part: 'fasttrack v6', found: /IPv6/ },
  {
    menu: '/system/scheduler',
    good: { name: 'monthly', disabled: 'false', 'on-event': '/queue simple reset-counters-all' },
    part: 'resets',
    found: /scheduler monthly/,
  },
  {
    menu: '/system/script',
    good: { name: 'new-day', source: '/queue simple reset-counters-all' },
    part: 'resets',
    found: /script new-day/,
  },
  { menu: '/queue/simple', good: { ...EVE, target: 'ether1' }, part: 'direction', found: /"eve" is the WAN/ },
  {
    menu: '/ip/route',
    good: { 'dst-address': '0.0.0.0/0', active: 'true', gateway: '10.0.0.2/32' },
    part: 'direction',
    found: /"bob" is the WAN/,
  },
  {
    menu: '/interface/list/member',
    good: { list: 'WAN', interface: '10.0.0.2/32' },
    part: 'direction',
    found: /"bob" is the WAN/,
  },
];

describe('check', () => {
  for (const version of ['6.49.18', '7.12.1', '7.20.1'] as const) {
    it(`finds nothing wrong with a healthy router of RouterOS ${version}`, async () => {
      assert.deepEqual(await complaints(() => {}, { version }), []);
    });
  }

  for (const { state, change, part, found, advice, status = 'warning', ...options } of BAD_STATES) {
    it(`finds ${state}, and nothing else`, async () => {
      const [complaint, ...others] = await complaints(change, options);
      assert.deepEqual(
        others.filter((other) => !(options.version === '6.40.9') || other.part === part),
        [],
      );
      assert.ok(complaint);
      assert.deepEqual([complaint.part, complaint.status], [part, status]);
      assert.match(complaint.found, found);
      assert.match(complaint.advice ?? '', advice);
      assertTypable(complaint.advice ?? '', options.version ?? '7.20.1');
    });
  }

  it('lets FastTrack be that leaves the queued out, or that is switched off', async () => {
    for (const rule of [
      { ...FASTTRACK, 'src-address-list': '!queued', 'dst-address-list': '!queued' },
      { ...FASTTRACK, disabled: 'true' },
    ]) {
      assert.deepEqual(await complaints((router) => router.setMenu('/ip/firewall/filter', [rule])), []);
    }
    const off = await complaints((router) => {
      router.setMenu('/ip/firewall/filter', [FASTTRACK]);
      router.setMenu('/ip/settings', [{ 'allow-fast-path': 'no' }]);
    });
    assert.deepEqual(off, []);
  });

  it('lets connections that RouterOS lists among its services be', async () => {
    const findings = await complaints((router) =>
      router.setMenu('/ip/service', [API, { name: 'api', dynamic: 'true', address: '', remote: '198.51.100.9' }]),
    );
    assert.deepEqual(findings, []);
  });

  it('says of every menu that it may not read that it was not looked at', async () => {
    const menus = ['/user', '/user/active', '/ip/service', '/ip/firewall/filter', '/system/clock', '/system/identity'];
    const findings = await complaints((router) =>
      router.deny([...menus, '/system/scheduler', '/ip/route', '/interface/list/member']),
    );
    assert.deepEqual(findings.map(({ part }) => part).sort(), [
      ...['clock', 'direction', 'exposure', 'fasttrack', 'identity', 'resets', 'rights', 'sessions'],
    ]);
    for (const { status, found } of findings) {
      assert.equal(status, 'warning');
      assert.match(found, /not checked: the user may not read \//);
    }
  });

  it('says that a router has no IPv6 where it has none, and that is well', async () => {
    const router = createHealthyRouter('6.49.18');
    for (const menu of ['/ipv6/firewall/filter', '/ipv6/settings', '/ipv6/route']) router.lack([menu]);
    const address = await router.start();
    const findings = await check(checkedRouter(address));
    await router.stop();
    const said = findings.filter(({ part }) => part === 'fasttrack v6' || part === 'ipv6');
    assert.deepEqual(
      said.map(({ status, found }) => [status, found]),
      [
        ['ok', 'this RouterOS has no IPv6'],
        ['ok', 'this RouterOS has no IPv6'],
      ],
    );
  });

  it('never says ok of a user who may be on a router that cannot be reached', async () => {
    const router = createHealthyRouter();
    const { host, port } = await router.start();
    await router.stop();
    const users = (await check(checkedRouter({ host, port }), [{ name: 'bob' }])).find(({ part }) => part === 'users');
    assert.equal(users?.status, 'warning');
    assert.match(users?.found ?? '', /^not checked: "bob" may be on a router whose queues could not be read$/);
  });

  const menus = ['/system/resource', '/system/identity', '/system/clock', '/user', '/user/group', '/user/active'];
  const others = ['/ip/service', '/queue/simple', '/ip/firewall/filter', '/ip/route', '/interface/list/member'];
  for (const menu of [...menus, ...others, '/system/scheduler', '/system/script']) {
    it(`says no ok of what is in ${menu} when that is refused or lacking`, async () => {
      const okOf = async (change: (router: SimulatedRouter) => void) => {
        const router = createHealthyRouter();
        change(router);
        const address = await router.start();
        const findings = await check(checkedRouter(address));
        await router.stop();
        return new Set(
          findings
            .filter(({ subject, status }) => subject.startsWith('router') && status === 'ok')
            .map(({ part }) => part),
        );
      };
      const well = await okOf(() => {});
      for (const change of [
        (router: SimulatedRouter) => router.deny([menu]),
        // Before RouterOS 6.36 there were no lists of interfaces, which is well.
        ...(menu === '/interface/list/member' ? [] : [(router: SimulatedRouter) => router.lack([menu])]),
      ]) {
        assert.ok((await okOf(change)).size < well.size);
      }
    });
  }

  for (const { menu, good, part, found } of BESIDE_MALFORMED) {
    it(`judges the other rows of ${menu} when one makes no sense`, async () => {
      for (const malformed of MALFORMED_ROWS) {
        const findings = await complaints((router) => router.setMenu(menu, [malformed, good, malformed]));
        const judged = findings.filter((finding) => finding.part === part && found.test(finding.found));
        assert.equal(judged.length, 1, JSON.stringify({ malformed, findings }));
      }
    });
  }

  it('makes hostile names harmless', async () => {
    const name = 'a"; /system reset-configuration\u001b[2J\n$x';
    const [complaint] = await complaints((router) =>
      router.addQueue({ name, target: 'ether1', counter: { uploadBytes: 1n, downloadBytes: 1n } }),
    );
    assert.equal(complaint?.part, 'direction');
    assert.doesNotMatch(`${complaint?.found}${complaint?.advice}`, /\p{Cc}/u);
    assert.match(complaint?.advice ?? '', /name="NAME"/);
  });
});

describe('check, on the way in', () => {
  const reach = async (
    change: (router: SimulatedRouter) => void,
    options: { password?: string; timeoutMs?: number } = {},
  ) => {
    const [complaint] = await complaints(change, options);
    assert.equal(complaint?.status, 'failure');
    assert.notEqual(complaint.advice, null);
    return [complaint.part, /\((\w+)\)$/.exec(complaint.found)?.[1]];
  };

  it('reports a wrong password', async () => {
    assert.deepEqual(await reach(() => {}, { password: 'not-the-one' }), ['login', 'ROUTER_LOGIN_FAILED']);
  });

  it('reports a router that hangs up, as with an address that /ip service does not allow', async () => {
    const rejects = (router: SimulatedRouter) => router.setFaults({ rejectConnections: true });
    const [step, code] = await reach(rejects);
    // The reset may come before or after the probe of TCP is done.
    assert.ok(step === 'tcp' || step === 'login');
    assert.equal(code, 'ROUTER_CLOSED');
  });

  it('reports one that does not answer the login', async () => {
    const stalls = (router: SimulatedRouter) => router.setFaults({ stall: 'login' });
    assert.deepEqual(await reach(stalls, { timeoutMs: 200 }), ['login', 'ROUTER_TIMEOUT']);
  });

  it('reports a port without a listener, and an unknown name', async () => {
    const router = createHealthyRouter();
    const { host, port } = await router.start();
    await router.stop();
    const refused = (await check(checkedRouter({ host, port }))).find(({ status }) => status === 'failure');
    assert.match(`${refused?.part} ${refused?.found}`, /^tcp .*ROUTER_REFUSED/);
    const unknown = (await check(checkedRouter({ host: 'router.invalid', port }))).find(
      ({ status }) => status === 'failure',
    );
    assert.match(`${unknown?.part} ${unknown?.found}`, /^name .*(ROUTER_NAME_UNRESOLVED|ROUTER_TIMEOUT)/);
  });

  it('reports a connection that breaks in the middle of the list of queues, and what was not checked because of it', async () => {
    const findings = await complaints((router) => router.setFaults({ cut: 'rst', command: '/queue/simple/print' }));
    const queues = findings.find(({ part }) => part === 'queues');
    assert.deepEqual([queues?.status, queues?.found], ['failure', 'the list of queues was not received']);
    const fastTrack = findings.find(({ part }) => part === 'fasttrack');
    assert.match(fastTrack?.found ?? '', /not checked: the connection broke/);
  });
});
