import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { createReadyzRoute } from '../../../src/devices/api/readyz.ts';
import { type AdmissionLimits, limitConnections } from '../../../src/platform/http/admission.ts';
import { createHttpServer } from '../../../src/platform/http/server.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createMemoryLogger } from '../../support/memory-logger.ts';

const REQUEST = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';

async function open(port: number, localAddress: string): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, localAddress });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

async function openMany(t: TestContext, port: number, count: number, localAddress = '127.0.0.1'): Promise<Socket[]> {
  const sockets: Socket[] = [];
  t.after(() => sockets.forEach((socket) => void socket.destroy()));
  while (sockets.length < count) sockets.push(await open(port, localAddress));
  return sockets;
}

/** A server whose answers wait for the test. */
async function serve(t: TestContext, limits: AdmissionLimits) {
  const waiting: ServerResponse[] = [];
  const server: Server = createServer((_request, response) => void waiting.push(response));
  limitConnections(server, limits);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return { server, port: address.port, waiting };
}

async function isAnswered(socket: Socket): Promise<boolean> {
  socket.write(REQUEST);
  const [first] = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [''])]);
  return String(first).startsWith('HTTP/1.1 200');
}

describe('the admission of connections', () => {
  for (const what of ['idle connections', 'requests that are never finished']) {
    it(`answers everybody while one address holds 520 ${what}`, async (t) => {
      const server = createHttpServer({
        host: '127.0.0.1',
        port: 0,
        logger: createMemoryLogger(),
        clock: systemClock,
        probes: [
          createReadyzRoute({
            findReadiness: async () => ({
              isReady: true,
              reasons: [],
              routers: 1,
              freshRouters: 1,
              oldestMs: 0,
              heldSamples: 0,
            }),
          }),
        ],
        scrape: async () => ({ contentType: 'text/plain', text: 'x 1\n' }),
      });
      await server.start();
      t.after(() => server.stop());
      const port = Number(new URL(server.url() ?? '').port);
      const held = await openMany(t, port, 520);
      if (what !== 'idle connections') for (const socket of held) socket.write('GET /healthz HTTP/1.1\r\nHost:');
      for (const address of ['127.0.0.2', '127.0.0.1']) {
        const socket = await open(port, address);
        t.after(() => socket.destroy());
        assert.ok(await isAnswered(socket), address);
      }
    });
  }

  it('takes the room from the address that has most', async (t) => {
    const { server, port } = await serve(t, { total: 6, perAddress: 5 });
    const many = await openMany(t, port, 5, '127.0.0.1');
    await openMany(t, port, 2, '127.0.0.2');
    await once(many[0] ?? assert.fail(), 'close');
    assert.equal(await connections(server), 6);
    assert.deepEqual(many.map(({ closed }) => closed).slice(1), [false, false, false, false]);
  });

  it('never cuts a running request, and refuses the new one where all of an address run', async (t) => {
    const { server, port, waiting } = await serve(t, { total: 10, perAddress: 2 });
    const busy = await openMany(t, port, 2);
    for (const socket of busy) socket.write(REQUEST);
    while (waiting.length < 2) await once(server, 'request');
    const [refused] = await openMany(t, port, 1);
    await once(refused ?? assert.fail(), 'close');
    for (const response of waiting) response.end('done');
    for (const socket of busy) assert.match(String(await once(socket, 'data')), /200 OK/);
  });

  it('counts nothing twice: connections that are gone leave room', async (t) => {
    const { server, port } = await serve(t, { total: 3, perAddress: 3 });
    for (let round = 0; round < 3; round += 1) {
      const sockets = await openMany(t, port, 3);
      assert.ok(sockets.every(({ destroyed }) => !destroyed));
      for (const socket of sockets) {
        socket.destroy();
        await once(socket, 'close');
      }
    }
    const [last] = await openMany(t, port, 1);
    assert.equal(last?.destroyed, false);
    assert.ok((await connections(server)) >= 1);
  });
});

function connections(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
}
