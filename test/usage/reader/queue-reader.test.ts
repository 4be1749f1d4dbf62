import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { RouterTarget } from '../../../src/platform/routeros/line.ts';
import type { Clock } from '../../../src/runtime/clock.ts';
import type { QueueReader, RouterReading } from '../../../src/usage/ports.ts';
import { createCountingClock } from '../../support/counting-clock.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { readerOf } from '../../support/reader-of.ts';
import {
  type ScriptedConnection,
  type ScriptedRouter,
  startScriptedRouter,
  tagWord,
} from '../../support/scripted-router.ts';
import { visitUntil } from '../../support/visits.ts';

type Words = readonly string[];
type Rows = readonly Words[];
/** What a menu answers: its rows, or a refusal. */
type Answer = Rows | { readonly trap: string };

const PLENTY_MS = 5_000;

const RESOURCE: Rows = [['=uptime=1w2d3h4m5s', '=version=7.20.1 (stable)', '=board-name=CCR2004']];
const UPTIME_MS = (((9 * 24 + 3) * 60 + 4) * 60 + 5) * 1_000;

let router: ScriptedRouter | undefined;
let reader: QueueReader | undefined;
let warnings: Record<string, unknown>[];
let endings: Record<string, unknown>[];
let menus: Record<string, Answer>;
let asked: string[];

beforeEach(() => {
  warnings = [];
  endings = [];
  asked = [];
  menus = {
    '/system/resource': RESOURCE,
    '/system/identity': [['=name=edge-1']],
    '/system/routerboard': [['=routerboard=true', '=serial-number=HC107']],
    '/system/license': [['=software-id=ABCD-1234']],
    '/queue/simple': [queue('*1', 'bob')],
    '/interface/pppoe-server': [],
    '/ip/hotspot/active': [],
  };
});

afterEach(async () => {
  reader?.close();
  reader = undefined;
  await router?.allClosed();
  await router?.close();
  router = undefined;
});

function queue(id: string, name: string, ...more: string[]): string[] {
  return [
    `=.id=${id}`,
    `=name=${name}`,
    '=target=10.0.0.1/32',
    '=parent=none',
    '=bytes=10/20',
    '=dynamic=false',
    ...more,
  ];
}

function dynamicQueue(id: string, name: string, target = '10.0.0.1/32'): string[] {
  return [`=.id=${id}`, `=name=${name}`, `=target=${target}`, '=parent=none', '=bytes=1/2', '=dynamic=true'];
}

function answer(connection: ScriptedConnection, sentence: Words): void {
  const menu = (sentence[0] ?? '').replace(/\/print$/, '');
  const tag = tagWord(sentence);
  asked.push(menu);
  const found = menus[menu] ?? { trap: 'no such command prefix' };
  if ('trap' in found) {
    connection.send(['!trap', tag, `=message=${found.trap}`], ['!done', tag]);
  } else {
    connection.send(...found.map((words) => ['!re', tag, ...words]), ['!done', tag]);
  }
}

async function serve(connection: ScriptedConnection): Promise<void> {
  await connection.acceptLogin();
  for (;;) {
    answer(connection, await connection.nextSentence());
  }
}

async function startReader(
  script: (connection: ScriptedConnection, index: number) => Promise<void> | void = serve,
  options: { clock?: Clock; target?: Partial<RouterTarget> } = {},
): Promise<QueueReader> {
  router = await startScriptedRouter(script);
  const note = (fields: Record<string, unknown>): void => {
    warnings.push(fields);
  };
  reader = readerOf({
    target: {
      name: 'edge-1',
      host: router.host,
      port: router.port,
      tls: false,
      username: 'netsentinel',
      password: () => 'secret',
      timeoutMs: PLENTY_MS,
      ...options.target,
    },
    clock: options.clock ?? createCountingClock(),
    logger: { debug() {}, info: (fields: Record<string, unknown>) => endings.push(fields), warn: note, error: note },
    readerId: 'worker-1',
  });
  return reader;
}

function readOnce(from: QueueReader, signal = new AbortController().signal): Promise<RouterReading> {
  return from.read(visitUntil(signal));
}

/** Reads with only the queues given. */
async function readQueues(rows: Rows): Promise<RouterReading> {
  menus['/queue/simple'] = rows;
  return await readOnce(reader ?? (await startReader()));
}

describe('a reading', () => {
  it('holds the counters, the stamp and what the router says of itself', async () => {
    const clock = createManualClock(1_790_000_000_000, { bootId: 'boot-1' });
    clock.advance(500);
    const reading = await readOnce(await startReader(serve, { clock }));
    assert.deepEqual(reading, {
      sampledAt: 1_790_000_000_500,
      monotonicMs: 500,
      askedMs: 500,
      bootId: 'boot-1',
      uptimeMs: UPTIME_MS,
      endUptimeMs: UPTIME_MS + 1_000,
      reader: 'worker-1',
      serial: 'HC107',
      queues: [
        {
          id: '*1',
          name: 'bob',
          uploadBytes: 10n,
          downloadBytes: 20n,
          dynamic: false,
          isParent: false,
          comment: null,
          sessionUser: null,
        },
      ],
      unreadable: [],
      facts: { version: '7.20.1 (stable)', board: 'CCR2004', identity: 'edge-1' },
    });
    assert.equal(clock.pending(), 0);
  });

  it('is stamped when the resource has answered, and bounds the uptime from before that to the end of the list', async () => {
    const clock = createManualClock(0);
    await startReader(
      async (connection) => {
        await connection.acceptLogin();
        for (;;) {
          const sentence = await connection.nextSentence();
          if (sentence[0] === '/system/resource/print') {
            clock.advance(40);
          } else if (sentence[0] === '/queue/simple/print') {
            clock.advance(300);
          } else if (sentence[0] === '/system/identity/print') {
            // Comes last, and must not count.
            setTimeout(() => {
              clock.advance(1_000);
              answer(connection, sentence);
            }, 100);
            continue;
          }
          answer(connection, sentence);
        }
      },
      { clock },
    );
    const reading = await readOnce(reader ?? assert.fail());
    assert.equal(reading.sampledAt, 40);
    assert.equal(reading.monotonicMs, 40);
    assert.equal(reading.endUptimeMs, UPTIME_MS + 340 + 1_000);
  });

  it('asks for the queues only once the resource has answered', async () => {
    let isAnswered = false;
    await startReader(async (connection) => {
      await connection.acceptLogin();
      for (;;) {
        const sentence = await connection.nextSentence();
        if (sentence[0] === '/system/resource/print') {
          setTimeout(() => {
            isAnswered = true;
            answer(connection, sentence);
          }, 50);
          continue;
        }
        assert.ok(isAnswered || sentence[0] !== '/queue/simple/print');
        answer(connection, sentence);
      }
    });
    assert.equal((await readOnce(reader ?? assert.fail())).queues.length, 1);
  });

  it('takes two round trips on a connection that is open, and asks for the device only once', async () => {
    const from = await startReader();
    await readOnce(from);
    asked = [];
    await readOnce(from);
    assert.deepEqual(asked, ['/system/resource', '/queue/simple']);
    assert.equal(router?.accepted, 1);
  });

  it('takes an empty list for one', async () => {
    assert.deepEqual((await readQueues([])).queues, []);
  });

  it('keeps hostile names as they are', async () => {
    const names = [
      'a=b',
      '<dhcp-ds<AA:BB>>',
      "Robert'); DROP TABLE",
      'home/office',
      '.tag=1',
      '!done',
      ' ',
      '__proto__',
      '=',
      'none',
    ];
    const reading = await readQueues(names.map((name, index) => queue(`*${index}`, name)));
    assert.deepEqual(
      reading.queues.map(({ name }) => name),
      names,
    );
    assert.deepEqual(reading.unreadable, []);
  });

  it('reads names in the code page of the router', async () => {
    await startReader(
      async (connection) => {
        await connection.acceptLogin();
        for (;;) {
          const sentence = await connection.nextSentence();
          if (sentence[0] === '/queue/simple/print') {
            const tag = tagWord(sentence);
            const name = Buffer.from('=name=\xc8\xe2\xe0\xed', 'latin1');
            connection.send(['!re', tag, '=.id=*1', name, '=bytes=1/2'], ['!done', tag]);
          } else {
            answer(connection, sentence);
          }
        }
      },
      { target: { encoding: 'windows-1251' } },
    );
    assert.equal((await readOnce(reader ?? assert.fail())).queues[0]?.name, 'Иван');
  });

  it('marks a queue that another names as its parent, even if that other one cannot be read', async () => {
    const reading = await readQueues([
      queue('*1', 'total'),
      ['=.id=*2', '=name=child', '=parent=total', '=bytes=1/2'],
      queue('*3', 'upper'),
      ['=.id=*4', '=name=broken', '=parent=upper', '=bytes=?'],
      queue('*5', 'none'),
    ]);
    assert.deepEqual(
      reading.queues.map(({ name, isParent }) => [name, isParent]),
      [
        ['total', true],
        ['child', false],
        ['upper', true],
        ['none', false],
      ],
    );
  });

  it('gives dynamic rows and comments', async () => {
    const reading = await readQueues([
      dynamicQueue('*1', 'dhcp-ds<00:11>'),
      ['=.id=*2', '=name=b', '=bytes=1/2', '=dynamic=yes', '=comment=50 Mbit/s = fast'],
      ['=.id=*3', '=name=c', '=bytes=1/2', '=comment='],
    ]);
    assert.deepEqual(
      reading.queues.map(({ dynamic, comment, sessionUser }) => [dynamic, comment, sessionUser]),
      [
        [true, null, null],
        [true, '50 Mbit/s = fast', null],
        [false, null, null],
      ],
    );
  });

  it('takes counters up to 2^63 - 1', async () => {
    const reading = await readQueues([
      ['=.id=*1', '=name=a', '=bytes=9223372036854775807/0'],
      ['=.id=*2', '=name=b', '=bytes=9007199254740993/999999999999999'],
    ]);
    assert.deepEqual(
      reading.queues.map(({ uploadBytes, downloadBytes }) => [uploadBytes, downloadBytes]),
      [
        [9_223_372_036_854_775_807n, 0n],
        [9_007_199_254_740_993n, 999_999_999_999_999n],
      ],
    );
  });
});

describe('a row that cannot be read', () => {
  const long = 'n'.repeat(256);
  const table: [string, Words, { id: string | null; name: string | null }][] = [
    ['without .id', ['=name=a', '=bytes=1/2'], { id: null, name: 'a' }],
    ['without name', ['=.id=*9', '=bytes=1/2'], { id: '*9', name: null }],
    ['with an empty name', ['=.id=*9', '=name=', '=bytes=1/2'], { id: '*9', name: null }],
    ['with a name of 256 characters', ['=.id=*9', `=name=${long}`, '=bytes=1/2'], { id: '*9', name: null }],
    ['with an .id of 64 characters', [`=.id=*${'9'.repeat(63)}`, '=name=a', '=bytes=1/2'], { id: null, name: 'a' }],
    ['without bytes', ['=.id=*9', '=name=a'], { id: '*9', name: 'a' }],
    ['with one counter', ['=.id=*9', '=name=a', '=bytes=1'], { id: '*9', name: 'a' }],
    ['with three counters', ['=.id=*9', '=name=a', '=bytes=1/2/3'], { id: '*9', name: 'a' }],
    ['with a negative counter', ['=.id=*9', '=name=a', '=bytes=-1/2'], { id: '*9', name: 'a' }],
    ['with a counter in words', ['=.id=*9', '=name=a', '=bytes=1k/2'], { id: '*9', name: 'a' }],
    ['with a counter of 2^63', ['=.id=*9', '=name=a', '=bytes=0/9223372036854775808'], { id: '*9', name: 'a' }],
    ['with a counter of 20 digits', ['=.id=*9', '=name=a', '=bytes=18446744073709551615/0'], { id: '*9', name: 'a' }],
    ['with the .id of another', queue('*1', 'a'), { id: null, name: 'a' }],
  ];
  for (const [what, row, expected] of table) {
    it(`is left out and listed: one ${what}`, async () => {
      const reading = await readQueues([queue('*1', 'bob'), row, queue('*2', 'eve')]);
      assert.deepEqual(
        reading.queues.map(({ name }) => name),
        ['bob', 'eve'],
      );
      assert.deepEqual(reading.unreadable, [expected]);
      assert.equal(warnings.length, 1);
      assert.equal(warnings[0]?.['router'], 'edge-1');
      assert.equal(warnings[0]?.['id'], expected.id);
    });
  }

  for (const ids of [
    ['*1', '*2', '*2'],
    ['*A', '*F', '*10', '*2', '*F'],
    ['*A', '*2', '*3', '*2'],
    ['*FF', '*100', '*FF'],
  ]) {
    it(`is the last of the .ids ${ids.join(' ')}, and no other`, async () => {
      const reading = await readQueues(ids.map((id, index) => queue(id, `queue ${index}`)));
      assert.deepEqual(
        reading.queues.map(({ id }) => id),
        ids.slice(0, -1),
      );
      assert.deepEqual(reading.unreadable, [{ id: null, name: `queue ${ids.length - 1}` }]);
    });
  }

  it('keeps its .id from others, too', async () => {
    const reading = await readQueues([queue('*5', 'a'), ['=.id=*9', '=name=b'], queue('*1', 'c'), queue('*9', 'd')]);
    assert.deepEqual(
      reading.queues.map(({ name }) => name),
      ['a', 'c'],
    );
  });

  it('counts characters, not UTF-16 units: 255 emoji are a name', async () => {
    const name = '😀'.repeat(255);
    assert.equal((await readQueues([queue('*1', name)])).queues[0]?.name, name);
  });

  it('is warned of once, and again only after it could be read in between', async () => {
    const broken = ['=.id=*9', '=name=a', '=bytes=?'];
    await readQueues([broken]);
    await readQueues([broken]);
    await readQueues([]);
    await readQueues([broken]);
    assert.equal(warnings.length, 1);
    assert.equal(warnings[0]?.['queue'], 'a');
    await readQueues([queue('*9', 'a')]);
    await readQueues([broken]);
    assert.equal(warnings.length, 2);
  });

  it('is one of many that are logged in one line, by the first of them, though new ones come with each poll', async () => {
    const many = (from: number) =>
      Array.from({ length: 500 }, (_, index) => [`=.id=*${(from + index).toString(16)}`, `=name=n${from + index}`]);
    await readQueues([...many(1), ['=name=x']]);
    await readQueues([...many(1_000), ['=name=y']]);
    assert.deepEqual(
      warnings.map(({ code, queue, id, rows }) => ({ code, queue, id, rows })),
      [
        { code: 'QUEUE_UNREADABLE', queue: 'n1', id: '*1', rows: 500 },
        { code: 'QUEUE_UNREADABLE', queue: 'x', id: null, rows: 1 },
      ],
    );
    assert.deepEqual(endings, []);
    await readQueues([queue('*1', 'n1'), ['=name=z']]);
    assert.deepEqual(
      endings.map(({ router, fault }) => ({ router, fault })),
      [{ router: 'edge-1', fault: 'it has no bytes' }],
    );
  });

  it('is warned of once though another row of its name can be read', async () => {
    const rows = [queue('*1', 'a'), ['=.id=*9', '=name=a', '=bytes=?']];
    await readQueues(rows);
    await readQueues(rows);
    assert.equal(warnings.length, 1);
  });
});

describe('the user of a session', () => {
  it('is the user of the PPPoE session, else the name inside', async () => {
    menus['/interface/pppoe-server'] = [
      ['=name=<pppoe-bob-1>', '=user=bob'],
      ['=name=<pppoe-nobody>', '=user='],
    ];
    const reading = await readQueues([
      dynamicQueue('*1', '<pppoe-bob-1>'),
      dynamicQueue('*2', '<pppoe-eve>'),
      dynamicQueue('*3', '<pppoe-nobody>'),
      queue('*4', '<pppoe-static>'),
    ]);
    assert.deepEqual(
      reading.queues.map(({ sessionUser }) => sessionUser),
      ['bob', 'eve', 'nobody', null],
    );
  });

  for (const service of ['pppoe', 'l2tp', 'pptp', 'sstp', 'ovpn']) {
    it(`is the user of the ${service} session, of a second session of the same user too`, async () => {
      menus[`/interface/${service}-server`] = [
        [`=name=<${service}-bob>`, '=user=bob'],
        [`=name=<${service}-bob-1>`, '=user=bob'],
        [`=name=<${service}-eve-1>`, '=user=eve-1'],
      ];
      const reading = await readQueues([
        dynamicQueue('*1', `<${service}-bob>`),
        dynamicQueue('*2', `<${service}-bob-1>`),
        dynamicQueue('*3', `<${service}-eve-1>`),
        dynamicQueue('*4', `<${service}-late>`),
        dynamicQueue('*5', `<${service}->`),
        dynamicQueue('*6', `${service}-bob`),
        queue('*7', `<${service}-static>`),
      ]);
      assert.deepEqual(
        reading.queues.map(({ sessionUser }) => sessionUser),
        ['bob', 'bob', 'eve-1', 'late', null, null, null],
      );
      assert.deepEqual(
        asked.filter((menu) => menu.endsWith('-server')),
        [`/interface/${service}-server`],
      );
    });
  }

  it('of one service is no matter of another: each is asked for its own', async () => {
    menus['/interface/l2tp-server'] = [['=name=<l2tp-bob-1>', '=user=bob']];
    menus['/interface/ovpn-server'] = { trap: 'no such command prefix' };
    const reading = await readQueues([dynamicQueue('*1', '<l2tp-bob-1>'), dynamicQueue('*2', '<ovpn-bob-1>')]);
    assert.deepEqual(
      reading.queues.map(({ sessionUser }) => sessionUser),
      ['bob', 'bob-1'],
    );
    assert.equal(warnings.length, 1);
  });

  it('is that of the hotspot at the address of the queue, else the name inside', async () => {
    menus['/ip/hotspot/active'] = [
      ['=user=guest-7', '=address=10.5.50.2'],
      ['=user=guest-8', '=address=fd00::8'],
    ];
    const reading = await readQueues([
      dynamicQueue('*1', '<hotspot-1>', '10.5.50.2/32'),
      dynamicQueue('*2', '<hotspot-2>', 'fd00::8/128'),
      dynamicQueue('*3', '<hotspot-3>', '10.5.50.3/32'),
    ]);
    assert.deepEqual(
      reading.queues.map(({ sessionUser }) => sessionUser),
      ['guest-7', 'guest-8', '3'],
    );
  });

  it('is the name inside where the router gives one that is too long for the database', async () => {
    menus['/interface/pppoe-server'] = [['=name=<pppoe-bob-1>', `=user=${'b'.repeat(256)}`]];
    const reading = await readQueues([dynamicQueue('*1', '<pppoe-bob-1>')]);
    assert.equal(reading.queues[0]?.sessionUser, 'bob-1');
  });

  it('is not asked for where no queue is of a session', async () => {
    await readQueues([queue('*1', 'bob'), dynamicQueue('*2', 'dhcp-ds<1>'), queue('*3', '<pppoe-static>')]);
    await readQueues([queue('*1', 'bob')]);
    assert.ok(!asked.includes('/interface/pppoe-server') && !asked.includes('/ip/hotspot/active'));
  });

  it('is asked for beside the queues once there are such, and again only for a session that is new', async () => {
    menus['/interface/pppoe-server'] = [['=name=<pppoe-bob>', '=user=bob']];
    await readQueues([dynamicQueue('*1', '<pppoe-bob>')]);
    asked = [];
    await readQueues([dynamicQueue('*1', '<pppoe-bob>')]);
    assert.deepEqual(asked, ['/system/resource', '/queue/simple', '/interface/pppoe-server']);
    asked = [];
    await readQueues([dynamicQueue('*1', '<pppoe-bob>'), dynamicQueue('*2', '<pppoe-eve>')]);
    assert.equal(asked.filter((menu) => menu === '/interface/pppoe-server').length, 2);
    asked = [];
    await readQueues([dynamicQueue('*1', '<pppoe-bob>'), dynamicQueue('*2', '<pppoe-eve>')]);
    assert.equal(asked.filter((menu) => menu === '/interface/pppoe-server').length, 1);
  });

  it('stays what it was while the sessions cannot be read, with one warning', async () => {
    menus['/interface/pppoe-server'] = [['=name=<pppoe-bob-1>', '=user=bob']];
    await readQueues([dynamicQueue('*1', '<pppoe-bob-1>')]);
    menus['/interface/pppoe-server'] = { trap: 'not enough permissions (9)' };
    await readQueues([dynamicQueue('*1', '<pppoe-bob-1>')]);
    const reading = await readQueues([dynamicQueue('*1', '<pppoe-bob-1>')]);
    assert.equal(reading.queues[0]?.sessionUser, 'bob');
    assert.equal(warnings.length, 1);
  });
});

describe('the serial', () => {
  const table: [string, Answer, Answer, string | null][] = [
    ['is that of the routerboard', [['=serial-number=HC107']], [['=software-id=ABCD']], 'HC107'],
    ['is the system id of a CHR', { trap: 'no such command prefix' }, [['=system-id=xyz']], 'xyz'],
    ['is the software id of a PC', [['=routerboard=false']], [['=software-id=ABCD']], 'ABCD'],
    ['is unknown where the routerboard is refused', { trap: 'not enough permissions (9)' }, [['=system-id=xyz']], null],
    ['is unknown where it is too long to be one', [[`=serial-number=${'7'.repeat(64)}`]], [['=software-id=A']], null],
    ['is unknown where nothing tells it', { trap: 'no such command prefix' }, { trap: 'no such command prefix' }, null],
  ];
  for (const [what, routerboard, license, expected] of table) {
    it(what, async () => {
      menus['/system/routerboard'] = routerboard;
      menus['/system/license'] = license;
      menus['/system/identity'] = { trap: 'not enough permissions (9)' };
      const reading = await readOnce(await startReader());
      assert.equal(reading.serial, expected);
      assert.equal(reading.facts.identity, null);
    });
  }
});

describe('trouble', () => {
  it('with the right to read queues rejects and keeps the connection', async () => {
    const from = await startReader();
    menus['/queue/simple'] = { trap: 'not enough permissions (9)' };
    await assert.rejects(readOnce(from), { code: 'ROUTER_FORBIDDEN' });
    await assert.rejects(readOnce(from), { code: 'ROUTER_FORBIDDEN' });
    menus['/queue/simple'] = [queue('*1', 'bob')];
    assert.equal((await readOnce(from)).queues.length, 1);
    assert.equal(router?.accepted, 1);
  });

  for (const [what, resource] of [
    ['without an uptime', [['=version=7.1']]],
    ['with an uptime that is none', [['=uptime=soon']]],
    ['without a row', []],
  ] as [string, Rows][]) {
    it(`rejects at a resource ${what}`, async () => {
      menus['/system/resource'] = resource;
      await assert.rejects(readOnce(await startReader()), { code: 'ROUTER_PROTOCOL' });
    });
  }

  it('in the middle of the list gives no partial reading', async () => {
    await startReader(async (connection) => {
      await connection.acceptLogin();
      for (;;) {
        const sentence = await connection.nextSentence();
        if (sentence[0] === '/queue/simple/print') {
          connection.send(['!re', tagWord(sentence), ...queue('*1', 'bob')]);
          connection.socket.end();
          return;
        }
        answer(connection, sentence);
      }
    });
    await assert.rejects(readOnce(reader ?? assert.fail()), { code: 'ROUTER_CLOSED' });
  });

  it('of a kept connection that has died unseen is no failure: it is opened anew in the same read', async () => {
    const hungUp = Promise.withResolvers<void>();
    const from = await startReader(async (connection, index) => {
      await connection.acceptLogin();
      for (let replies = 0; index > 0 || replies < 5; replies += 1) {
        answer(connection, await connection.nextSentence());
      }
      await connection.nextSentence();
      connection.socket.resetAndDestroy();
      hungUp.resolve();
    });
    await readOnce(from);
    assert.equal((await readOnce(from)).queues.length, 1);
    await hungUp.promise;
    assert.equal(router?.accepted, 2);
  });

  it('of a kept connection that died without a word is no failure: half the time is left for a new one', async () => {
    const from = await startReader(
      async (connection, index) => {
        await connection.acceptLogin();
        for (let replies = 0; index > 0 || replies < 5; replies += 1) {
          answer(connection, await connection.nextSentence());
        }
        // From here on nothing is answered, and nothing says that nobody is there.
      },
      { target: { timeoutMs: 1_000 } },
    );
    await readOnce(from);
    assert.equal((await readOnce(from)).queues.length, 1);
    assert.equal(router?.accepted, 2);
    assert.equal((await readOnce(from)).queues.length, 1);
    assert.equal(router?.accepted, 2);
  });

  it('of a kept connection and of the new one is one failure, within the time allowed', async () => {
    const startedMs = performance.now();
    const from = await startReader(
      async (connection, index) => {
        await connection.acceptLogin();
        for (let replies = 0; index === 0 && replies < 5; replies += 1) {
          answer(connection, await connection.nextSentence());
        }
      },
      { target: { timeoutMs: 400 } },
    );
    await readOnce(from);
    await assert.rejects(readOnce(from), { code: 'ROUTER_TIMEOUT' });
    assert.equal(router?.accepted, 2);
    assert.ok(performance.now() - startedMs < 5_000);
  });

  it('does not hammer a router: after a failure it waits, longer each time, at most half a minute', async () => {
    const clock = createManualClock(0);
    const from = await startReader(({ socket }) => void socket.end(), { clock });
    const attempts: number[] = [];
    let before = 0;
    for (let second = 0; second < 200; second += 1) {
      await assert.rejects(readOnce(from), { code: 'ROUTER_CLOSED' });
      if ((router?.accepted ?? 0) > before) {
        before = router?.accepted ?? 0;
        attempts.push(second);
      }
      clock.advance(1_000);
    }
    assert.deepEqual(attempts.slice(0, 2), [0, 1]);
    assert.ok(attempts.length >= 10 && attempts.length <= 20, `attempts at ${attempts}`);
    const pauses = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
    assert.ok(Math.max(...pauses) <= 30, `pauses of ${pauses}`);
  });

  it('is over with the first poll after the router is back, polled each minute', async () => {
    const clock = createManualClock(0);
    const from = await startReader(
      async (connection, index) => (index < 8 ? void connection.socket.end() : await serve(connection)),
      { clock },
    );
    for (let minute = 0; minute < 8; minute += 1) {
      await assert.rejects(readOnce(from), { code: 'ROUTER_CLOSED' });
      clock.advance(60_000);
    }
    assert.equal((await readOnce(from)).queues.length, 1);
    assert.equal(router?.accepted, 9);
  });

  it('with a silent router ends after half the time allowed', async () => {
    const startedMs = performance.now();
    const from = await startReader((connection) => connection.acceptLogin(), { target: { timeoutMs: 300 } });
    await assert.rejects(readOnce(from), { code: 'ROUTER_TIMEOUT' });
    assert.ok(performance.now() - startedMs < 2_000);
  });

  it('with a list that trickles ends when the time allowed is over', async () => {
    const from = await startReader(
      async (connection) => {
        await connection.acceptLogin();
        for (;;) {
          const sentence = await connection.nextSentence();
          if (sentence[0] !== '/queue/simple/print') {
            answer(connection, sentence);
            continue;
          }
          const trickle = setInterval(() => connection.send(['!re', tagWord(sentence), ...queue('*1', 'bob')]), 10);
          connection.socket.on('close', () => clearInterval(trickle));
        }
      },
      { target: { timeoutMs: 300 } },
    );
    const startedMs = performance.now();
    await assert.rejects(readOnce(from), { code: 'ROUTER_TIMEOUT' });
    assert.ok(performance.now() - startedMs < 2_000);
  });
});

describe('stopping', () => {
  it('by the signal is at once, leaves no listener, and the next read starts afresh', async () => {
    const from = await startReader(async (connection, index) => {
      await connection.acceptLogin();
      if (index > 0) {
        for (;;) {
          answer(connection, await connection.nextSentence());
        }
      }
    });
    const stopper = new AbortController();
    const startedMs = performance.now();
    const reading = readOnce(from, stopper.signal);
    setTimeout(() => stopper.abort(), 50);
    await assert.rejects(reading, { name: 'TroubleError', code: 'ROUTER_ABORTED' });
    assert.ok(performance.now() - startedMs < 1_000);
    assert.equal(getEventListeners(stopper.signal, 'abort').length, 0);
    await assert.rejects(readOnce(from, stopper.signal), { code: 'ROUTER_ABORTED' });
    assert.equal((await readOnce(from)).queues.length, 1);
  });

  it('leaves no listener on a signal that lives long', async () => {
    const from = await startReader();
    const { signal } = new AbortController();
    for (let poll = 0; poll < 5; poll += 1) {
      await readOnce(from, signal);
    }
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  it('by close ends a read under way, also while it connects, and hangs up', async () => {
    for (const script of [() => {}, (connection: ScriptedConnection) => connection.acceptLogin()]) {
      const clock = createCountingClock();
      const from = await startReader(script, { clock });
      const reading = readOnce(from);
      setTimeout(() => from.close(), 50);
      await assert.rejects(reading, { code: 'ROUTER_ABORTED' });
      await router?.allClosed();
      await router?.close();
      assert.equal(clock.pending(), 0);
    }
  });

  it('by close hangs up a connection that rests', async () => {
    const clock = createCountingClock();
    const from = await startReader(serve, { clock });
    await readOnce(from);
    assert.equal(router?.open, 1);
    assert.equal(clock.pending(), 0);
    from.close();
    await router?.allClosed();
    assert.equal((await readOnce(from)).queues.length, 1);
  });
});
