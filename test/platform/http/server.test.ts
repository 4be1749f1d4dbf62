import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { fastify } from 'fastify';
import { createReadyzRoute, type ReadyzDeps } from '../../../src/devices/api/readyz.ts';
import { createHttpServer, type HttpServer, type HttpServerDeps } from '../../../src/platform/http/server.ts';
import { routeUpgrades, wantsSocket } from '../../../src/platform/http/sockets.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { TroubleError } from '../../../src/runtime/errors.ts';
import { createMemoryLogger } from '../../support/memory-logger.ts';

const READY = { isReady: true, reasons: [], routers: 1, freshRouters: 1, oldestMs: 0, heldSamples: 0 };

async function serve(
  t: TestContext,
  { findReadiness = async () => READY, ...more }: Partial<HttpServerDeps & ReadyzDeps> = {},
) {
  const logger = createMemoryLogger();
  const server = createHttpServer({
    host: '127.0.0.1',
    port: 0,
    logger,
    clock: systemClock,
    probes: [createReadyzRoute({ findReadiness })],
    scrape: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'x 1\n' }),
    ...more,
  });
  await server.start();
  t.after(() => server.stop());
  return { server, logger, url: urlOf(server) };
}

function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1'));
}

function urlOf(server: HttpServer): string {
  const url = server.url();
  assert.ok(url !== null);
  return url;
}

/** Sends bytes as they are and gives back all that came until the server closed; our end is closed at once. */
async function sendRaw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  socket.on('error', () => {});
  socket.end(bytes, 'latin1');
  return await text(socket).catch(() => '');
}

describe('the http server', () => {
  it('says where it listens, and nothing while it does not', async (t) => {
    const { server, url, logger } = await serve(t);
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.deepEqual(
      logger.entries.map(({ message, fields }) => ({ message, fields })),
      [{ message: 'http server listens', fields: { url } }],
    );
    await server.stop();
    assert.equal(server.url(), null);
  });

  it('says that the process is alive', async (t) => {
    // Its deadlines need time that goes by; its age is read from a clock that does not.
    const startedMs = systemClock.monotonicMs();
    let ageMs = 0;
    const clock = { ...systemClock, monotonicMs: () => startedMs + ageMs };
    const { url } = await serve(t, { clock });
    ageMs = 90_000;
    const response = await fetch(`${url}/healthz`);
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { status: 'alive', uptimeSeconds: 90 });
  });

  it('forbids to keep an answer or to guess its kind', async (t) => {
    const { url } = await serve(t);
    for (const path of ['/healthz', '/nope', '/%', '/%ff?x']) {
      const { headers } = await fetch(url + path);
      assert.equal(headers.get('cache-control'), 'no-store');
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
    }
  });

  it('does not know other paths', async (t) => {
    const { url } = await serve(t);
    for (const path of ['/', '/healthz/', '/HEALTHZ', '/metrics/x', '/..%2fetc/passwd', '/%00']) {
      const response = await fetch(url + path);
      assert.equal(response.status, 404, path);
      assert.deepEqual(await response.json(), { error: 'not found' });
    }
  });

  it('says which methods a path has', async (t) => {
    const { url, logger } = await serve(t);
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        const response = await fetch(url + path, { method });
        assert.equal(response.status, 405, `${method} ${path}`);
        assert.equal(response.headers.get('allow'), 'GET, HEAD');
        assert.deepEqual(await response.json(), { error: 'method not allowed' });
      }
      assert.equal((await fetch(url + path, { method: 'HEAD' })).status, 200);
    }
    assert.deepEqual(logger.errors(), []);
  });

  it('does not read the body of what it refuses', async (t) => {
    const { url } = await serve(t);
    const body = '{'.repeat(1_000_000);
    const answer = await sendRaw(
      url,
      `POST /readyz HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    assert.match(answer, /^HTTP\/1\.1 405 /);
  });

  it('refuses headers that are too large', async (t) => {
    const { url } = await serve(t);
    const answer = await sendRaw(url, `GET /healthz HTTP/1.1\r\nhost: x\r\nx-a: ${'a'.repeat(20_000)}\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 431 /);
  });

  it('keeps the text of a bug to the log', async (t) => {
    const bug = new Error('password hunter2 at row 3');
    const { url, logger } = await serve(t, { findReadiness: () => Promise.reject(bug) });
    const response = await fetch(`${url}/readyz`);
    assert.equal(response.status, 500);
    assert.deepEqual(await response.json(), { error: 'internal error' });
    assert.deepEqual(
      logger.errors().map(({ message, fields }) => ({ message, fields })),
      [{ message: 'bug', fields: { err: bug, route: '/readyz' } }],
    );
  });

  it('gives the code of expected trouble and not its text, which is no bug', async (t) => {
    const trouble = new TroubleError('DATABASE_ACCESS_DENIED', "user 'net'@'10.0.0.5'", 'look');
    const { url, logger } = await serve(t, { scrape: () => Promise.reject(trouble) });
    const response = await fetch(`${url}/metrics`);
    assert.equal(response.status, 503);
    assert.deepEqual(await response.json(), { error: 'temporarily unavailable', code: 'DATABASE_ACCESS_DENIED' });
    assert.deepEqual(logger.errors(), []);
  });

  it('says what to do when its port is taken', async (t) => {
    const { url } = await serve(t);
    const port = Number(new URL(url).port);
    await assert.rejects(serve(t, { port }), (error) => {
      assert.ok(error instanceof TroubleError);
      assert.equal(error.code, 'HTTP_ADDRESS_UNAVAILABLE');
      assert.match(error.message, new RegExp(`127\\.0\\.0\\.1 port ${port}: .*EADDRINUSE`));
      return true;
    });
  });

  it('listens on IPv6 too, and says so where the machine has none', async (t) => {
    if (hasIpv6()) {
      const { url } = await serve(t, { host: '::1' });
      assert.match(url, /^http:\/\/\[::1\]:\d+$/);
      assert.equal((await fetch(`${url}/healthz`)).status, 200);
    } else {
      await assert.rejects(serve(t, { host: '::1' }), { code: 'HTTP_ADDRESS_UNAVAILABLE' });
    }
  });

  it('stops at once, whoever is still connected and whatever is still being asked', async (t) => {
    let asked = () => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const { server, url } = await serve(t, {
      scrape: () => {
        asked();
        return new Promise(() => {});
      },
    });
    const { hostname, port } = new URL(url);
    const idle = connect({ host: hostname, port: Number(port) });
    await once(idle, 'connect');
    const endless = fetch(`${url}/metrics`).catch((error: unknown) => error);
    await isAsked;
    await server.stop();
    assert.ok((await endless) instanceof Error);
    await text(idle).catch(() => '');
  });

  it('answers anything with a status of the client, goes on and finds no bug', async (t) => {
    const { url, logger } = await serve(t);
    const method = fc.oneof(
      fc.constantFrom('GET', 'HEAD', 'POST', 'TRACE', 'CONNECT', 'PROPFIND', 'get', ''),
      fc.string({ maxLength: 8 }),
    );
    const path = fc.oneof(
      fc.constantFrom(
        '/healthz',
        '/readyz',
        '/metrics',
        '*',
        '/healthz?a=%',
        '/%zz',
        '//',
        'http://x/healthz',
        '/\\..',
      ),
      fc.webPath(),
      fc.string({ maxLength: 3_000 }),
    );
    const header = fc.oneof(
      fc.constantFrom(
        'content-length: 5',
        'content-length: -1',
        'content-length: 99999999999999999999',
        'transfer-encoding: chunked',
        'transfer-encoding: gzip, chunked',
        'expect: 100-continue',
        'expect: a miracle',
        'upgrade: websocket\r\nconnection: upgrade',
        'upgrade: h2c',
        'accept-version: 9.9.9',
        'content-type: application/json',
        'content-type: \u0001;;;=',
        'range: bytes=0-1,2-3',
        'if-none-match: *',
      ),
      fc.string({ maxLength: 200 }),
    );
    const version = fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9', '');
    const body = fc.string({ unit: 'binary', maxLength: 300 });
    const request = fc
      .tuple(method, path, version, fc.array(header, { maxLength: 6 }), body)
      .map(([verb, target, protocol, headers, content]) =>
        [`${verb} ${target} ${protocol}`, 'host: x', 'connection: close', ...headers, '', content].join('\r\n'),
      );
    await fc.assert(
      fc.asyncProperty(fc.oneof(request, fc.string({ unit: 'binary', maxLength: 500 })), async (bytes) => {
        const answer = await sendRaw(url, bytes);
        if (answer !== '') assert.match(answer, /^HTTP\/1\.1 (1|2|4)\d\d /);
      }),
      { numRuns: 500 },
    );
    assert.deepEqual(logger.errors(), []);
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
  });
});

describe('a request for a WebSocket', () => {
  const ASKED = 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n';

  it('is cut off where another request of the same connection is not answered yet, and the server goes on', async (t) => {
    const { url } = await serve(t);
    await sendRaw(url, `GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n${ASKED}`);
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    assert.match(await sendRaw(url, ASKED), /^HTTP\/1\.1 200 OK\r\n.*connection: close/is);
  });

  it('does not hold a connection whose answer nobody reads', async (t) => {
    const server = fastify({ http: { shouldUpgradeCallback: wantsSocket } });
    routeUpgrades(server, { silenceMs: 20 });
    server.get('/healthz', async () => Buffer.alloc(32 * 1024 * 1024));
    const held = once(server.server, 'connection').then(([socket]) => once(socket, 'close'));
    const url = await server.listen({ host: '127.0.0.1', port: 0 });
    t.after(() => server.close());
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
    socket.on('error', () => {});
    socket.pause().write(ASKED);
    await held;
    socket.destroy();
  });
});
