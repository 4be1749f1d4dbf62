import assert from 'node:assert/strict';
import { isIPv6 } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseHost, parseSource } from '../../src/hardening/address.ts';

const trouble = { name: 'TroubleError', code: 'HARDENING_ADDRESS' };

describe('an address or network for the allow list', () => {
  for (const [given, stored] of [
    ['192.0.2.10', '192.0.2.10'],
    [' 192.0.2.10 ', '192.0.2.10'],
    ['192.0.2.10/32', '192.0.2.10'],
    ['192.0.2.0/24', '192.0.2.0/24'],
    ['128.0.0.0/1', '128.0.0.0/1'],
    ['2001:DB8:0:0::10', '2001:db8::10'],
    ['2001:db8::10/128', '2001:db8::10'],
    ['2001:0db8:00aa::/48', '2001:db8:aa::/48'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
  ] as const)
    it(`stores ${given} as ${stored}`, () => assert.equal(parseSource(given), stored));

  for (const given of [
    '',
    'YOUR_SERVER_IP',
    'server.example',
    '192.0.2.256',
    '192.0.2.10/33',
    '192.0.2.0/',
    '192.0.2.0/24/24',
    '192.0.2.0/ 24',
    '192.0.2.1/24',
    '2001:db8::1/64',
    '0.0.0.0/0',
    '::/0',
    '0.0.0.0',
    '::ffff:192.0.2.1',
    'fe80::1%ether1',
    '192.0.2.10" comment="x',
    '192.0.2.1-192.0.2.9',
  ])
    it(`refuses ${JSON.stringify(given)}`, () => assert.throws(() => parseSource(given), trouble));

  it('says how a network is written without host bits', () => {
    assert.throws(() => parseSource('192.0.2.77/26'), { ...trouble, message: /write 192\.0\.2\.64\/26/ });
    assert.throws(() => parseSource('2001:db8::77/126'), { ...trouble, message: /write 2001:db8::74\/126/ });
  });

  it('takes its own form back unchanged, for every IPv6 address', () => {
    const words = fc
      .array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 })
      .filter(([first]) => (first ?? 0) > 0);
    fc.assert(
      fc.property(words, (parts) => {
        const stored = parseSource(parts.map((part) => part.toString(16)).join(':'));
        assert.ok(isIPv6(stored));
        assert.equal(parseSource(stored), stored);
      }),
    );
  });
});

describe("the server's address", () => {
  it('is no network', () => {
    assert.equal(parseHost('192.0.2.10/32'), '192.0.2.10');
    assert.throws(() => parseHost('192.0.2.0/24'), trouble);
  });
});
