import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseNetwork } from '../../src/check/networks.ts';
import type { QueueRow } from '../../src/check/ports.ts';
import { judgeQueues } from '../../src/check/queues.ts';

/** Few addresses, so that networks meet. */
const ipv4 = fc
  .tuple(
    fc.constantFrom('10.0.0.0', '10.0.0.1', '10.0.0.128', '10.0.1.0', '192.0.2.5'),
    fc.integer({ min: 0, max: 32 }),
  )
  .map(([address, length]) => ({ family: 'ipv4' as const, address, length }));
const ipv6 = fc
  .tuple(
    fc.constantFrom('2001:db8::', '2001:db8::1', '2001:db8:0:1::', '::ffff:10.0.0.1', '::'),
    fc.integer({ min: 0, max: 128 }),
  )
  .map(([address, length]) => ({ family: 'ipv6' as const, address, length }));
const network = fc.oneof(ipv4, ipv6);
type AnyNetwork = typeof network extends fc.Arbitrary<infer Value> ? Value : never;

const text = ({ address, length }: AnyNetwork): string => `${address}/${length}`;

/** By Node's own arithmetic: the wide one holds the narrow one's first address and is no narrower. */
function holds(wide: AnyNetwork, narrow: AnyNetwork): boolean {
  if (wide.family !== narrow.family || wide.length > narrow.length) return false;
  const list = new BlockList();
  list.addSubnet(wide.address, wide.length, wide.family);
  // Node takes an IPv4 address in IPv6 notation for IPv4; only what compares the same way is asked of it.
  return list.check(narrow.address, narrow.family);
}

function queue(name: string, targets: readonly string[]): QueueRow {
  const still = {
    parent: null,
    isParent: false,
    disabled: false,
    invalid: false,
    isSelective: false,
    uploadBytes: 1n,
    downloadBytes: 1n,
  };
  return { name, user: name, targets, ...still };
}

describe('the order of queues, for any networks', () => {
  it('is found wrong exactly when one network holds the other', () => {
    fc.assert(
      fc.property(network, network, (first, later) => {
        const rows = [queue('first', [text(first)]), queue('later', [text(later)])];
        const order = judgeQueues({ queues: { rows }, unreadableQueues: 0, networks: { rows: [] } })[1];
        assert.equal(order?.status, holds(first, later) ? 'warning' : 'ok', `${text(first)} ${text(later)}`);
      }),
      { numRuns: 2000 },
    );
  });

  it('never fails over what stands in a target', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.string({ unit: 'binary' }))), (targets) => {
        const rows = targets.map((each, index) => queue(`q${index}`, each));
        judgeQueues({ queues: { rows }, unreadableQueues: 0, networks: { rows: [{ interface: 'a', network: 'b' }] } });
      }),
    );
  });

  it('takes no longer for 20,000 queues than a moment', { timeout: 10_000 }, () => {
    const rows = Array.from({ length: 20_000 }, (_, index) =>
      queue(`user-${index}`, [
        `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}/32`,
        `2001:db8:${index.toString(16)}::/64`,
        `<pppoe-${index}>`,
      ]),
    );
    const connected = rows.map((_, index) => ({
      interface: `<pppoe-${index}>`,
      network: `172.16.${index >> 8}.${index & 255}/32`,
    }));
    const order = judgeQueues({ queues: { rows }, unreadableQueues: 0, networks: { rows: connected } })[1];
    assert.equal(order?.status, 'ok', order?.found ?? '');
  });
});

describe('a network', () => {
  it('has a prefix as long as it says', () => {
    fc.assert(
      fc.property(network, (any) => {
        assert.equal(parseNetwork(text(any))?.prefix.length, any.length);
      }),
    );
  });
});
