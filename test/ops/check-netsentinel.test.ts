import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcp } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createReadyzRoute } from '../../src/devices/api/readyz.ts';
import type { DeviceStanding, NotReady, Readiness } from '../../src/devices/readiness.ts';
import { createHttpServer } from '../../src/platform/http/server.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { need } from '../support/needs.ts';

const CHECK = fileURLToPath(new URL('../../ops/librenms/check_netsentinel', import.meta.url));
// Its first line names it: it has to be on the PATH.
need('python3');

async function run(...args: string[]) {
  const child = spawn(CHECK, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], LANG: 'C', http_proxy: 'http://127.0.0.1:9' },
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  assert.equal(stderr, '');
  return { code: child.exitCode, line: stdout };
}

const NOTHING: DeviceStanding = {
  ...{ total: 0, up: 0, down: 0, unreachable: 0, unknown: 0, maintenance: 0, longestDown: [], isBlind: false },
};

/** Our own server, that says this. */
async function serve(
  t: TestContext,
  readiness: Partial<Readiness>,
  devices: Partial<DeviceStanding> | null = null,
): Promise<string[]> {
  const whole = {
    isReady: true,
    reasons: [],
    routers: 3,
    freshRouters: 3,
    oldestMs: 61_400,
    heldSamples: 0,
    ...readiness,
  };
  const standing = devices === null ? null : { ...NOTHING, ...devices };
  const server = createHttpServer({
    host: '127.0.0.1',
    port: 0,
    logger: createMemoryLogger(),
    clock: systemClock,
    probes: [createReadyzRoute({ findReadiness: async () => whole, findDevices: async () => standing })],
    scrape: async () => ({ contentType: 'text/plain', text: '' }),
  });
  await server.start();
  t.after(() => server.stop());
  return ['-H', '127.0.0.1', '-p', new URL(server.url() ?? '').port];
}

/** A server that is not ours. */
async function pretend(t: TestContext, listener: RequestListener): Promise<string[]> {
  const server = createHttp(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.closeAllConnections());
  t.after(() => server.close());
  return ['-u', `http://127.0.0.1:${(server.address() as AddressInfo).port}`];
}

function stale(router: string, code = 'ROUTER_REFUSED'): NotReady {
  return { subject: 'router', router, code, ageMs: 240_000 };
}

describe('the service check for LibreNMS', () => {
  it('is OK with figures while every router is read', async (t) => {
    assert.deepEqual(await run(...(await serve(t, {}))), {
      code: 0,
      line: 'NETSENTINEL OK - 3 of 3 routers read within three intervals | routers=3;;;0 stale=0;0;2;0 oldest=61s;;;0 held=0;;;0\n',
    });
  });

  const ROUTERS = '3 of 3 routers read within three intervals';
  const FIGURES = 'routers=3;;;0 stale=0;0;2;0 oldest=61s;;;0 held=0;;;0';
  for (const [what, devices, code, text, figures] of [
    [
      'is OK while all devices are up, or nobody can tell of some',
      { total: 5, up: 4, unknown: 1 },
      0,
      `OK - ${ROUTERS}; 4 of 5 devices up, 1 unknown`,
      'devices=5;;;0 devices_down=0;0;;0 devices_unreachable=0;;;0 devices_unknown=1;;;0',
    ],
    [
      'warns of devices that are down, by name, and says how many are behind them',
      { total: 12, up: 2, down: 7, unreachable: 3, longestDown: ['tower | 1', 'b', 'c', 'd', 'e'] },
      1,
      `WARNING - 2 of 12 devices up, 7 down (tower ? 1, b, c, d, e and 2 more), 3 unreachable; ${ROUTERS}`,
      'devices=12;;;0 devices_down=7;0;;0 devices_unreachable=3;;;0 devices_unknown=0;;;0',
    ],
    [
      'warns while the own line is down',
      { total: 5, unknown: 5, isBlind: true },
      1,
      `WARNING - the own line of NetSentinel is down, the state of 5 devices is unknown; ${ROUTERS}`,
      'devices=5;;;0 devices_down=0;0;;0 devices_unreachable=0;;;0 devices_unknown=5;;;0',
    ],
  ] as const) {
    it(what, async (t) => {
      const line = `NETSENTINEL ${text} | ${FIGURES} ${figures}\n`;
      assert.deepEqual(await run(...(await serve(t, {}, devices))), { code, line });
    });
  }

  it('is CRITICAL while the clock of the server is wrong', async (t) => {
    const reasons: NotReady[] = [{ subject: 'clock', code: 'CLOCK_IMPLAUSIBLE' }];
    assert.deepEqual(await run(...(await serve(t, { isReady: false, heldSamples: 6, reasons }))), {
      code: 2,
      line: 'NETSENTINEL CRITICAL - the clock of the NetSentinel server is wrong (CLOCK_IMPLAUSIBLE), 6 samples wait in memory | routers=3;;;0 stale=0;0;2;0 oldest=61s;;;0 held=6;;;0\n',
    });
  });

  it('warns of some routers that are not read, with the code of each', async (t) => {
    const at = await serve(t, { isReady: false, freshRouters: 2, oldestMs: 240_000, reasons: [stale('edge-1')] });
    assert.deepEqual(await run(...at), {
      code: 1,
      line: 'NETSENTINEL WARNING - not read: edge-1 for 240 s (ROUTER_REFUSED) | routers=3;;;0 stale=1;0;2;0 oldest=240s;;;0 held=0;;;0\n',
    });
  });

  it('is critical when no router is read, and names the first five', async (t) => {
    const reasons = Array.from({ length: 7 }, (_, index) => stale(`r${index}`));
    const { code, line } = await run(...(await serve(t, { isReady: false, routers: 7, freshRouters: 0, reasons })));
    assert.equal(code, 2);
    assert.match(
      line,
      /^NETSENTINEL CRITICAL - not read: r0 .*, r4 for 240 s \(ROUTER_REFUSED\) and 2 more \| routers=7/,
    );
  });

  it('is critical when the database is away', async (t) => {
    const reasons: NotReady[] = [{ subject: 'database', code: 'DATABASE_UNAVAILABLE' }, stale('edge-1')];
    const { code, line } = await run(
      ...(await serve(t, { isReady: false, freshRouters: 2, reasons, heldSamples: 12 })),
    );
    assert.equal(code, 2);
    assert.match(
      line,
      /CRITICAL - the database cannot be used \(DATABASE_UNAVAILABLE\), 12 samples wait in memory \| .*held=12/,
    );
  });

  it('stays one line with one bar, whatever a router is called', async (t) => {
    const name = 'a|b\n; rm -rf / $(x) роутер \u0007\ud800';
    const { code, line } = await run(...(await serve(t, { isReady: false, freshRouters: 2, reasons: [stale(name)] })));
    assert.equal(code, 1);
    assert.match(line, /^[^\n|]*роутер[^\n|]* \| [^\n|]*\n$/);
  });

  it('is critical when nothing listens', async () => {
    const { code, line } = await run('-H', '127.0.0.1', '-p', '9');
    assert.equal(code, 2);
    assert.match(line, /^NETSENTINEL CRITICAL - NetSentinel does not answer at http:\/\/127\.0\.0\.1:9: .*refused/);
  });

  it('is critical when no answer comes in time', async (t) => {
    const silent = createTcp(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    t.after(() => silent.close());
    const port = String((silent.address() as AddressInfo).port);
    const { code, line } = await run('-H', '127.0.0.1', '-p', port, '-t', '0.3');
    assert.equal(code, 2);
    assert.match(line, /timed out/);
  });

  const strangers: [string, RequestListener][] = [
    ['a page', (_request, response) => response.end('<html>welcome</html>')],
    ['other JSON', (_request, response) => response.end('{"status":"ready"}')],
    ['a list', (_request, response) => response.end('[]')],
    ['figures that are none', (_request, response) => response.end('{"routers":{"total":"many"}}')],
    ['no text at all', (_request, response) => response.end(Buffer.from([0xff, 0xfe, 0x00]))],
    ['404', (_request, response) => response.writeHead(404).end()],
    ['another 503', (_request, response) => response.writeHead(503).end('busy')],
    ['no HTTP', ({ socket }) => socket.end('SSH-2.0-dropbear\r\n')],
  ];
  for (const [what, listener] of strangers) {
    it(`is unknown when what answers gives ${what}`, async (t) => {
      const { code, line } = await run(...(await pretend(t, listener)));
      assert.equal(code, 3, line);
      assert.match(line, /^NETSENTINEL UNKNOWN - .*(not NetSentinel|HTTP 404)/);
    });
  }

  const wrong: string[][] = [
    ['-p', 'http'],
    ['--nonsense'],
    ['-t', '0'],
    ['-u', 'file:///etc/passwd'],
    ['-u', 'http://127.0.0.1:9/ x'],
    ['-H', 'no.such.host.invalid'],
  ];
  for (const args of wrong) {
    it(`is unknown when called with ${args.join(' ')}`, async () => {
      const { code, line } = await run(...args);
      assert.equal(code, 3, line);
      assert.match(line, /^NETSENTINEL UNKNOWN - [^\n]+\n$/);
    });
  }
});
