import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { freePort, onFreePort } from './ports.ts';

async function listenOn(t: TestContext, port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return server;
}

/** Linux says here from which to which port it gives one to a socket that asks for none; macOS gives these others. */
const GIVEN = '/proc/sys/net/ipv4/ip_local_port_range';
const GIVEN_BY_MACOS = '49152 65535';

describe('a free port', () => {
  it('is not one that the system may give to any connection while its server is away', async () => {
    const given = existsSync(GIVEN) ? readFileSync(GIVEN, 'utf8') : GIVEN_BY_MACOS;
    const [first = 0, last = 0] = given.trim().split(/\s+/).map(Number);
    for (let tries = 0; tries < 50; tries += 1) {
      const port = await freePort();
      assert.ok(port < first || port > last, `${port} is between ${first} and ${last}`);
    }
  });
});

describe('a server on a free port', () => {
  it('starts on another one when somebody else was faster', async (t) => {
    const tried: number[] = [];
    const server = await onFreePort(async (port) => {
      tried.push(port);
      if (tried.length === 1) await listenOn(t, port);
      return await listenOn(t, port);
    });
    assert.equal(new Set(tried).size, 2);
    assert.ok(server.listening);
  });

  it('is not tried again when it fails for another reason, nor for ever', async () => {
    for (const [reason, expected] of [
      ['no room', 1],
      ['bind: Address already in use', 5],
    ] as const) {
      let tries = 0;
      const failing = onFreePort(async () => {
        tries += 1;
        throw new Error(reason);
      });
      await assert.rejects(failing, { message: reason });
      assert.equal(tries, expected, reason);
    }
  });
});
