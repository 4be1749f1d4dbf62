import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { databaseTrouble } from '../../../src/platform/store/errors.ts';
import { createMysqlHosts, type LookUpAll, type MysqlHosts } from '../../../src/platform/store/mysql-hosts.ts';
import { createMysqlPool } from '../../../src/platform/store/mysql-pool.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { startLateAddress } from '../../support/late-address.ts';

const ADDRESSES = ['127.0.0.2', '127.0.0.3', '127.0.0.4'];
/** Nobody listens there. */
const REFUSING = '127.0.0.9';

function packet(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([body.length, 0, 0, 0]), body]);
}

/** What a Galera node without a majority may say instead of a greeting: error 1047. */
const NOT_READY = packet(Buffer.from('\xff\x17\x04WSREP has not yet prepared node', 'latin1'));

/** A look-up that knows the names given, and no other. */
function knows(names: Readonly<Record<string, readonly string[]>>): LookUpAll {
  return (hostname, _options, callback) => {
    const addresses = names[hostname];
    if (addresses !== undefined) {
      const found = addresses.map((address) => ({ address, family: 4 }));
      return callback(null, found);
    }
    callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' }), []);
  };
}

describe('a database host whose name has several addresses', () => {
  const servers: Server[] = [];
  let port = 0;
  /** The addresses at which somebody called, in order. */
  const called: string[] = [];

  before(async () => {
    for (const address of ADDRESSES) {
      const server = createServer((socket) => {
        called.push(address);
        socket.on('error', () => {});
        socket.end(NOT_READY);
      });
      server.listen(port, address);
      await once(server, 'listening');
      servers.push(server);
      const bound = server.address();
      if (typeof bound === 'object' && bound !== null) port = bound.port;
    }
  });
  after(() => {
    for (const server of servers) server.close();
  });

  async function reached(hosts: MysqlHosts): Promise<string | undefined> {
    const { socket } = hosts.open();
    await once(socket, 'connect');
    const address = socket.remoteAddress;
    socket.destroy();
    return address;
  }

  /** Where `tries` connections get to, each left for the next. */
  async function walk(hosts: MysqlHosts, tries: number): Promise<(string | undefined)[]> {
    const met: (string | undefined)[] = [];
    for (let index = 0; index < tries; index += 1) {
      met.push(await reached(hosts));
      hosts.leave(hosts.turn);
    }
    return met;
  }

  it('meets each address once before the next host, and goes round', async () => {
    const lookUpAll = knows({ many: ['127.0.0.2', '127.0.0.3'], one: ['127.0.0.4'] });
    const two = [
      { host: 'many', port },
      { host: 'one', port },
    ];
    assert.deepEqual(await walk(createMysqlHosts(two, lookUpAll), 5), [
      '127.0.0.2',
      '127.0.0.3',
      '127.0.0.4',
      '127.0.0.2',
      '127.0.0.3',
    ]);
  });

  it('stays with an address that serves', async () => {
    const hosts = createMysqlHosts([{ host: 'many', port }], knows({ many: ADDRESSES }));
    hosts.leave(hosts.turn);
    await reached(hosts);
    hosts.leave(hosts.turn);
    const second = await reached(hosts);
    assert.equal(await reached(hosts), second);
  });

  it('knows how many tries meet all of them as soon as the name has been looked up', async () => {
    const hosts = createMysqlHosts(
      [
        { host: 'many', port },
        { host: 'other', port },
      ],
      knows({ many: ADDRESSES }),
    );
    assert.equal(hosts.most, 2);
    await reached(hosts);
    assert.equal(hosts.most, ADDRESSES.length + 1);
  });

  it('goes on by one address when several connections of one turn fail', async () => {
    const hosts = createMysqlHosts([{ host: 'many', port }], knows({ many: ADDRESSES }));
    await reached(hosts);
    const { turn } = hosts;
    hosts.leave(turn);
    hosts.leave(turn);
    assert.equal(hosts.turn, turn + 1);
    assert.equal(await reached(hosts), '127.0.0.3');
  });

  it('passes over an address that refuses within one try', async () => {
    const hosts = createMysqlHosts([{ host: 'many', port }], knows({ many: [REFUSING, '127.0.0.3'] }));
    assert.equal(await reached(hosts), '127.0.0.3');
  });

  it('waits for an address that loses the first packet', async (t) => {
    const late = await startLateAddress('127.0.0.2', port);
    t.after(late.stop);
    const answer = knows({ many: ['127.0.0.2', REFUSING] });
    const lookUpAll: LookUpAll = (...question) => process.nextTick(answer, ...question);
    const { socket } = createMysqlHosts([{ host: 'many', port: late.port }], lookUpAll).open();
    await once(socket, 'connectionAttempt');
    // The packet is sent right after this event.
    setImmediate(late.wake);
    await once(socket, 'connect');
    assert.equal(socket.remoteAddress, '127.0.0.2');
    socket.destroy();
  });

  it('is unavailable when all refuse, and says why each address failed', async () => {
    const { socket } = createMysqlHosts([{ host: 'many', port }], knows({ many: [REFUSING, '127.0.0.10'] })).open();
    const [error]: unknown[] = await once(socket, 'error');
    const trouble = databaseTrouble(error, `many:${port}/d`)?.error;
    assert.equal(trouble?.code, 'DATABASE_UNAVAILABLE');
    assert.match(trouble.message, /ECONNREFUSED 127\.0\.0\.9:\d+; connect ECONNREFUSED 127\.0\.0\.10:/);
  });

  it('follows a name whose addresses become fewer', async () => {
    const names: Record<string, string[]> = { many: ADDRESSES };
    const hosts = createMysqlHosts([{ host: 'many', port }], knows(names));
    await walk(hosts, 2);
    names['many'] = ['127.0.0.2'];
    assert.deepEqual(await walk(hosts, 2), ['127.0.0.2', '127.0.0.2']);
    assert.equal(hosts.most, 1);
  });

  it('says of an unknown name that it is unknown', async () => {
    const { socket } = createMysqlHosts([{ host: 'nobody', port }], knows({})).open();
    await assert.rejects(once(socket, 'connect'), { code: 'ENOTFOUND' });
  });

  it('is asked at every address for one connection while each says that it cannot serve', async () => {
    called.length = 0;
    const login = { user: 'u', password: 'p', writtenPassword: 'p', database: 'd', tls: false };
    const address = { ...login, hosts: [{ host: 'many', port }] };
    const pool = createMysqlPool(address, systemClock, knows({ many: ADDRESSES }));
    const error = await new Promise<unknown>((resolve) => pool.getConnection((failure) => resolve(failure)));
    await new Promise((resolve) => pool.end(resolve));
    assert.deepEqual(called, ADDRESSES);
    assert.match(String(error), /WSREP has not yet prepared node/);
  });
});
