import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import type { Route } from '../../../src/platform/http/route.ts';
import { createHttpServer } from '../../../src/platform/http/server.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';
import { createMemoryLogger } from '../../support/memory-logger.ts';

const GRACE_MS = 2_000;

/** A server with one change that takes until it is told to end, and a connection that has asked for it. */
async function serveChange(t: TestContext, method: Route['method'] = 'POST') {
  const clock = createManualClock(Date.UTC(2026, 10, 20));
  const logger = createMemoryLogger();
  const begun = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  const change: Route = {
    method,
    path: '/change',
    right: 'public',
    async handler({ raw }) {
      raw.socket.once('close', gone.resolve);
      begun.resolve();
      await done.promise;
      return { status: 'changed' };
    },
  };
  const server = createHttpServer({
    host: '127.0.0.1',
    port: 0,
    logger,
    clock,
    probes: [change],
    scrape: async () => ({ contentType: 'text/plain', text: '' }),
  });
  await server.start();
  t.after(() => {
    done.resolve();
    assert.deepEqual(logger.errors(), []);
  });
  const port = Number(new URL(server.url() ?? '').port);
  const open = async () => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('error', () => {});
    t.after(() => socket.destroy());
    await once(socket, 'connect');
    return socket;
  };
  const socket = await open();
  socket.write(`${method} /change HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n`);
  await begun.promise;
  let isStopped = false;
  return {
    clock,
    open,
    socket,
    answer: text(socket).catch(() => ''),
    gone: gone.promise,
    finish: done.resolve,
    isStopped: () => isStopped,
    async stop() {
      await server.stop();
      isStopped = true;
    },
  };
}

/** The stop waits, and not for longer than its timer. */
async function draining(clock: ManualClock): Promise<void> {
  for (let turns = 0; clock.pending() === 0; turns += 1) {
    assert.ok(turns < 100_000, 'the stop does not wait');
    await turn();
  }
  await turn();
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('a stop of the http server', () => {
  it('lets a request that changes something come to its end, and answers it', async (t) => {
    const { stop, isStopped, finish, answer, clock } = await serveChange(t);
    const stopping = stop();
    await draining(clock);
    assert.equal(isStopped(), false);
    finish();
    await stopping;
    assert.match(await answer, /^HTTP\/1\.1 200 /);
    assert.match(await answer, /\{"status":"changed"\}$/);
  });

  it('takes no new request meanwhile, on a connection that is open already', async (t) => {
    const { stop, finish, open, clock } = await serveChange(t);
    const other = await open();
    const stopping = stop();
    await draining(clock);
    other.write('POST /change HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n');
    assert.match(await text(other), /^HTTP\/1\.1 503 /);
    finish();
    await stopping;
  });

  it('gives it two seconds and no more', async (t) => {
    const { stop, isStopped, clock, answer } = await serveChange(t);
    const stopping = stop();
    await draining(clock);
    clock.advance(GRACE_MS - 1);
    await turn();
    assert.equal(isStopped(), false);
    clock.advance(1);
    await stopping;
    assert.equal(await answer, '');
  });

  it('waits for the change of a client that is gone', async (t) => {
    const { stop, isStopped, finish, socket, gone, clock } = await serveChange(t);
    socket.destroy();
    await gone;
    const stopping = stop();
    await draining(clock);
    assert.equal(isStopped(), false);
    finish();
    await stopping;
  });

  it('does not wait for what only asks, nor for a change that is over', async (t) => {
    const asking = await serveChange(t, 'GET');
    await asking.stop();
    assert.equal(await asking.answer, '');
    const changing = await serveChange(t);
    changing.finish();
    await once(changing.socket, 'data');
    await changing.stop();
    assert.equal(changing.clock.pending(), 0);
  });
});
