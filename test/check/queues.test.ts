import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseNetwork } from '../../src/check/networks.ts';
import type { QueueRow } from '../../src/check/ports.ts';
import { judgeQueues } from '../../src/check/queues.ts';

function queue(name: string, target: string, changes: Partial<QueueRow> = {}): QueueRow {
  return {
    name,
    user: name,
    targets: target === '' ? [] : target.split(','),
    parent: null,
    isParent: false,
    disabled: false,
    invalid: false,
    isSelective: false,
    uploadBytes: 1n,
    downloadBytes: 1n,
    ...changes,
  };
}

const CONNECTED = [{ interface: 'bridge', network: '192.168.88.1/24' }];

function orderOf(queues: readonly QueueRow[]) {
  const findings = judgeQueues({ queues: { rows: queues }, unreadableQueues: 0, networks: { rows: CONNECTED } });
  const order = findings.find(({ part }) => part === 'order');
  assert.ok(order);
  return order;
}

describe('the order of queues', () => {
  const quiet: [what: string, queues: QueueRow[]][] = [
    ['queues of different users', [queue('bob', '10.0.0.2/32'), queue('eve', '10.0.0.3/32')]],
    ['a wide queue behind the narrow ones', [queue('bob', '10.0.0.2/32'), queue('all', '10.0.0.0/8')]],
    ['a parent before its children', [queue('all', '10.0.0.0/8'), queue('bob', '10.0.0.2/32', { parent: 'all' })]],
    [
      'the same network below two parents',
      [queue('a', '10.0.0.2', { parent: 'x' }), queue('b', '10.0.0.2', { parent: 'y' })],
    ],
    ['a disabled queue', [queue('all', '0.0.0.0/0', { disabled: true }), queue('bob', '10.0.0.2/32')]],
    [
      'a queue for some packets only',
      [queue('web', '10.0.0.2/32', { isSelective: true }), queue('bob', '10.0.0.2/32')],
    ],
    ['IPv4 before IPv6', [queue('four', '0.0.0.0/0'), queue('six', '2001:db8::/64')]],
    ['an interface before another', [queue('a', 'ether2'), queue('b', 'ether3')]],
    ['an interface before a network elsewhere', [queue('lan', 'bridge'), queue('bob', '10.0.0.2')]],
    ['a network whose bits only look alike', [queue('a', '10.0.0.0/30'), queue('b', '10.0.0.4/30')]],
  ];
  for (const [what, queues] of quiet) {
    it(`is well with ${what}`, () => assert.equal(orderOf(queues).status, 'ok', orderOf(queues).found));
  }

  const taking: [what: string, queues: QueueRow[]][] = [
    ['a wide network', [queue('first', '10.0.0.0/8'), queue('later', '10.0.0.2/32')]],
    ['everything', [queue('first', '0.0.0.0/0'), queue('later', '10.0.0.2')]],
    ['no target at all', [queue('first', ''), queue('later', '2001:db8::5')]],
    ['the very same target', [queue('first', '10.0.0.2'), queue('later', '10.0.0.2/32')]],
    ['one of its own targets', [queue('first', '10.0.0.3'), queue('later', '10.0.0.2/32,10.0.0.3/32')]],
    ['a network of IPv6 in another spelling', [queue('first', '2001:DB8::/48'), queue('later', '2001:db8:0:1::/64')]],
    ['an interface', [queue('first', '<pppoe-bob>'), queue('later', '<pppoe-bob>')]],
    ['the interface its network is on', [queue('first', 'bridge'), queue('later', '192.168.88.20/32')]],
    [
      'a sibling below the same parent',
      [queue('first', '10.0.0.0/24', { parent: 'x' }), queue('later', '10.0.0.2', { parent: 'x' })],
    ],
  ];
  for (const [what, queues] of taking) {
    it(`is wrong when a queue with ${what} comes before another`, () => {
      const { status, found } = orderOf(queues);
      assert.deepEqual([status, found], ['warning', '"first" comes before "later" and takes their packets']);
    });
  }

  it('names the worst first, and not thousands of names', () => {
    const users = Array.from({ length: 5000 }, (_, index) =>
      queue(`user-${index}`, `10.1.${index >> 8}.${index & 255}`),
    );
    const { found } = orderOf([
      queue('one', '10.2.0.0/16'),
      queue('two', '10.2.0.1'),
      queue('total', '10.1.0.0/16'),
      ...users,
    ]);
    assert.match(
      found,
      /^"total" comes before "user-0", .* and 4,995 more and takes their packets; "one" comes before "two"/,
    );
  });
});

describe('networks', () => {
  it('are distinguished from interfaces', () => {
    for (const text of [
      'ether1',
      '<pppoe-10.0.0.1>',
      '10.0.0.0/33',
      '10.0.0.0/x',
      '10.0.0.0/24/8',
      '2001:db8::/129',
      '',
    ]) {
      assert.equal(parseNetwork(text), null, text);
    }
    assert.deepEqual(parseNetwork('192.0.2.1/24'), { family: 'IPv4', prefix: '110000000000000000000010' });
    assert.equal(parseNetwork('::ffff:192.0.2.1')?.prefix, parseNetwork('::ffff:c000:201')?.prefix);
    assert.equal(parseNetwork('2001:db8::')?.prefix, parseNetwork('2001:db8:0:0:0:0:0:0')?.prefix);
  });
});

describe('counting', () => {
  it('says how many queues there are and which never counted', () => {
    const silent = { uploadBytes: 0n, downloadBytes: 0n };
    const judge = (queues: readonly QueueRow[]) =>
      judgeQueues({ queues: { rows: queues }, unreadableQueues: 0, networks: { unread: 'refused' } })[0];
    assert.equal(judge([queue('bob', '10.0.0.2')])?.found, '1 queue, all have counted traffic');
    assert.equal(
      judge([queue('bob', '10.0.0.2'), queue('eve', '10.0.0.3', silent)])?.found,
      '2 queues, never counted: "eve"',
    );
    const none = judge([queue('eve', '10.0.0.3', silent)]);
    assert.deepEqual([none?.status, none?.found], ['warning', '1 queue, none has ever counted a byte']);
  });
});
