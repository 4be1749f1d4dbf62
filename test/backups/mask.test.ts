import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createFindModel } from '../../src/backups/models/find.ts';
import { joinedLines, normalLines } from '../../src/backups/routeros/normal-form.ts';
import { hideShapes } from '../../src/backups/secret-shapes.ts';
import { exportText } from '../support/exports.ts';

const custom = { olt: { commands: ['show run'], end: 'end', noise: [], secrets: ['line auth '] } };
const find = createFindModel(custom);

describe('the mask of RouterOS', () => {
  const masked = (...lines: string[]) => find('routeros').maskLines(lines).at(-1);
  const cases: [menu: string, line: string, string][] = [
    ['/ppp secret', 'add name=bob password=hunter2 service=pppoe', 'add name=bob password=*** service=pppoe'],
    ['/ppp secret', 'add name=bob password="a b\\"c" service=pppoe', 'add name=bob password=*** service=pppoe'],
    ['/ppp secret', 'add password="never closed service=pppoe', 'add password=***'],
    ['/radius', 'add address=192.0.2.1 secret=x', 'add address=192.0.2.1 secret=***'],
    ['/interface wifi', 'set [ find ] security.passphrase=x .ssid=y', 'set [ find ] security.passphrase=*** .ssid=y'],
    ['/ip ipsec identity', 'add peer=a secret=x', 'add peer=a secret=***'],
    ['/ip ipsec key', 'add key=x', 'add key=***'],
    ['/ip dns static', 'add key=x', 'add key=x'],
    ['/zerotier', 'set zt1 identity="abc"', 'set zt1 identity=***'],
    ['/interface macsec', 'add cak=1 ckn=2', 'add cak=*** ckn=2'],
    ['/snmp community', 'set [ find default=yes ] name=public', 'set [ find default=yes ] name=***'],
    ['/container envs', 'add key=DB_PASSWORD value=x', 'add key=DB_PASSWORD value=***'],
    ['/snmp', 'set trap-community=x', 'set trap-community=***'],
    ['/interface lte', 'set lte1 pin=1234', 'set lte1 pin=***'],
    ['/system script', 'add name=a source=":log info x"', 'add name=a source=***'],
    ['/system scheduler', 'add name=a on-event="x y"', 'add name=a on-event=***'],
    ['/ppp profile', 'add name=a on-up=x', 'add name=a on-up=***'],
    [
      '/tool netwatch',
      'add host=1.1.1.1 down-script="a" up-script=b',
      'add host=1.1.1.1 down-script=*** up-script=***',
    ],
    ['/ip dhcp-client', 'add interface=a script=x', 'add interface=a script=***'],
    ['/interface wireguard peers', `add public-key="${'A'.repeat(43)}="`, `add public-key="${'A'.repeat(43)}="`],
    ['/interface wireguard', `add private-key="${'A'.repeat(43)}="`, 'add private-key=***'],
    ['/ip address', `add comment="key ${'A'.repeat(43)}="`, 'add comment="key ***"'],
    ['/ip address', 'add comment="password: hunter2, ask al"', 'add comment="password: ***, ask al"'],
    ['/tool fetch', 'add url="https://al:hunter2@example.net/x"', 'add url="https://al:***@example.net/x"'],
    ['/a', 'add comment="$6$salt$0123456789abcdef"', 'add comment="***"'],
    ['/a', `add comment=${'0123456789abcdef'.repeat(2)}`, 'add comment=***'],
  ];
  for (const [menu, line, expected] of cases) {
    it(`of ${menu}: ${line.slice(0, 60)}`, () => assert.equal(masked(menu, line), expected));
  }

  it('masks in a terse export too', () => {
    assert.equal(masked('/ppp secret add name=bob password=x'), '/ppp secret add name=bob password=***');
  });

  it('leaves no secret of an export, in its normal form and as people read it', () => {
    const text = exportText();
    for (const lines of [normalLines(text), joinedLines(text).map((each) => each.text)]) {
      const shown = find('routeros').maskLines(lines).join('\n');
      assert.doesNotMatch(shown, /hunter2|a b\\\$c|c2VjcmV0|snmp-community-secret|url-secret/);
      assert.match(shown, /cHVibGljLWtleS1vZi10aGUtcGhvbmUtMDEyMzQ1Njc4OTA=/);
      assert.equal(shown.split('\n').length, lines.length);
    }
  });

  it('leaves no value of a secret argument, whatever stands around it', () => {
    const noise = fc.string({ unit: fc.constantFrom('a', ' ', '=', '"', '[', ']', '\\', '{'), maxLength: 20 });
    fc.assert(
      fc.property(noise, (after) => {
        const line = `add name=x password=TOPSECRET ${after}`;
        assert.doesNotMatch(masked('/ppp secret', line) ?? 'TOPSECRET', /TOPSECRET/);
      }),
    );
  });
});

describe('the mask of other devices', () => {
  const cases: [model: string, line: string, string][] = [
    ['ios', 'enable secret 5 $1$abcd$0123456789', 'enable secret 5 ***'],
    ['ios', 'username al privilege 15 secret 9 xyz', 'username al privilege 15 secret 9 ***'],
    ['ios', ' password 7 0822455D0A16', ' password 7 ***'],
    ['ios', 'snmp-server community public RO', 'snmp-server community ***'],
    ['ios', 'crypto isakmp key hunter2 address 192.0.2.1', 'crypto isakmp key ***'],
    ['ios', ' neighbor 192.0.2.1 password 7 abc', ' neighbor 192.0.2.1 password 7 ***'],
    ['ios', 'interface GigabitEthernet0/1', 'interface GigabitEthernet0/1'],
    ['nxos', 'username admin password 5 abc role network-admin', 'username admin password 5 ***'],
    [
      'edgeos',
      "set system login user a authentication plaintext-password 'x y'",
      'set system login user a authentication plaintext-password ***',
    ],
    ['linux', 'PrivateKey = abc', 'PrivateKey = ***'],
    ['linux', '        password: abc', '        password: ***'],
    ['olt', 'line auth hunter2', 'line auth ***'],
    ['ios', 'ip ftp password 7 abc', 'ip ftp password 7 ***'],
    ['ios', 'ip http client password abc', 'ip http client password ***'],
    ['ios', ' ppp pap sent-username x password 0 abc', ' ppp pap sent-username x password 0 ***'],
    ['ios', ' server-private 192.0.2.1 key 7 abc', ' server-private 192.0.2.1 key 7 ***'],
    ['ios', ' client 192.0.2.1 server-key abc', ' client 192.0.2.1 server-key ***'],
    ['ios', ' vrrp 1 authentication text abc', ' vrrp 1 authentication text ***'],
    ['ios', ' glbp 1 authentication md5 key-string abc', ' glbp 1 authentication md5 ***'],
    ['ios', ' isis password abc', ' isis password ***'],
    ['ios', ' domain-password abc', ' domain-password ***'],
    ['ios', 'vtp password abc', 'vtp password ***'],
    ['ios', 'mpls ldp neighbor 192.0.2.1 password abc', 'mpls ldp neighbor 192.0.2.1 password ***'],
    ['ios', 'ntp authentication-key 1 md5 abc 7', 'ntp authentication-key ***'],
    ['ios', 'snmp-server host 192.0.2.1 version 2c abc udp-port 162', 'snmp-server host 192.0.2.1 version 2c ***'],
    ['nxos', '  neighbor 192.0.2.1 password abc', '  neighbor 192.0.2.1 password ***'],
    ['nxos', 'snmp-server host 192.0.2.1 traps version 2c abc', 'snmp-server host 192.0.2.1 traps version 2c ***'],
    ['nxos', '  authentication text abc', '  authentication text ***'],
    ['linux', ' neighbor 192.0.2.1 password abc', ' neighbor 192.0.2.1 password ***'],
    ['linux', ' ip ospf message-digest-key 1 md5 abc', ' ip ospf message-digest-key 1 md5 ***'],
    ['olt', 'set snmp community public', 'set snmp community ***'],
  ];
  for (const [model, line, expected] of cases) {
    it(`of ${model}: ${line}`, () => {
      assert.deepEqual(find(model).maskLines([line]), [expected]);
      const [block = ''] = find(model).blocksOf([line]);
      assert.doesNotMatch(block, /hunter2|0123456789|0822455D0A16|\babc\b|public/);
    });
  }

  it('hides private keys over several lines', () => {
    const lines = ['a', '-----BEGIN RSA PRIVATE KEY-----', 'MIIE', '-----END RSA PRIVATE KEY-----', 'b'];
    assert.deepEqual(find('linux').maskLines(lines), ['a', '***', '***', '***', 'b']);
  });

  it('hides a line whole that is too long to look for secrets in, of every model, and knows a key that begins in it', () => {
    const long = 'x'.repeat(256 * 1024 + 1);
    for (const model of ['linux', 'ios', 'routeros']) {
      assert.deepEqual(find(model).maskLines(['a', long, 'b', long.slice(1)]), ['a', '***', 'b', long.slice(1)], model);
      const lines = [`-----BEGIN RSA PRIVATE KEY-----${long}`, 'MIIE', '-----END RSA PRIVATE KEY-----', 'b'];
      assert.deepEqual(find(model).maskLines(lines), ['***', '***', '***', 'b'], model);
    }
  });

  it('knows no other model', () => assert.throws(() => find('junos'), { code: 'BACKUP_MODEL_UNKNOWN' }));

  it('runs in linear time on whatever a device sends', () => {
    const pieces = [
      'a',
      '://',
      '://a:',
      'password',
      'password:',
      '$1$',
      'A',
      '1:',
      'eyJ',
      'key ',
      ' ',
      '=',
      'neighbor ',
      'set key ',
    ];
    for (const piece of pieces) {
      const line = piece.repeat(200_000 / piece.length);
      const before = process.cpuUsage();
      hideShapes(line);
      for (const model of ['ios', 'nxos', 'edgeos', 'linux', 'olt']) find(model).maskLines([line]);
      const { user } = process.cpuUsage(before);
      assert.ok(user < 3_000_000, `${piece}… took ${user} µs`);
    }
  });
});
