import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { createRouterLine, type LineUse, type RouterLine } from '../../../src/platform/routeros/line.ts';
import { type Clock, systemClock } from '../../../src/runtime/clock.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { createMemoryLogger } from '../../support/memory-logger.ts';
import {
  type ScriptedConnection,
  type ScriptedRouter,
  startScriptedRouter,
  tagWord,
} from '../../support/scripted-router.ts';

const MENU = '/system/resource';
const PLENTY_MS = 20_000;

let router: ScriptedRouter | undefined;
let line: RouterLine | undefined;

afterEach(async () => {
  line?.close();
  await router?.close();
});

async function startLine(
  script: (connection: ScriptedConnection, index: number) => Promise<void>,
  clock: Clock = systemClock,
): Promise<RouterLine> {
  router = await startScriptedRouter(script);
  const { host, port } = router;
  const target = {
    name: 'edge-1',
    host,
    port,
    tls: false,
    username: 'u',
    password: 'p',
    timeoutMs: PLENTY_MS,
  } as const;
  line = createRouterLine({ target, clock, logger: createMemoryLogger() });
  return line;
}

/** Answers each print with one row, which says on which connection it came. */
async function serve(connection: ScriptedConnection, index: number): Promise<void> {
  await connection.acceptLogin();
  for (;;) {
    const tag = tagWord(await connection.nextSentence());
    connection.send(['!re', tag, `=uptime=${index}`], ['!done', tag]);
  }
}

/** The connection that answered. */
async function ask({ client, deadlineMs }: LineUse): Promise<string | undefined> {
  const options = { toResult: (row: { get(name: string): string | undefined }) => row.get('uptime') };
  const [answer] = await client.print(MENU, ['uptime'], {
    ...options,
    totalTimeoutMs: deadlineMs - systemClock.monotonicMs(),
  });
  return answer;
}

const free = { signal: new AbortController().signal, connectWithinMs: null };

describe('the line of a router', () => {
  it('is one login for all who use it, also when they come at once', async () => {
    const shared = await startLine(serve);
    assert.deepEqual(await Promise.all(Array.from({ length: 5 }, () => shared.use(free, ask))), Array(5).fill('0'));
    assert.equal(await shared.use(free, ask), '0');
    assert.equal(router?.accepted, 1);
  });

  it('carries twenty uses of two readers over one login', async () => {
    const shared = await startLine(serve);
    for (let round = 0; round < 10; round += 1) {
      const answers = [shared.use(free, ask), shared.use(free, ask)];
      assert.deepEqual(await Promise.all(answers), ['0', '0']);
    }
    assert.equal(router?.accepted, 1);
  });

  it('stays open for the others when one of them is stopped', async () => {
    const gate = Promise.withResolvers<void>();
    const shared = await startLine(async (connection) => {
      await connection.acceptLogin();
      const tags = [tagWord(await connection.nextSentence()), tagWord(await connection.nextSentence())];
      await gate.promise;
      for (const tag of tags) connection.send(['!re', tag, '=uptime=x'], ['!done', tag]);
      await connection.nextSentence();
    });
    const stopper = new AbortController();
    const started = Promise.withResolvers<void>();
    const stopped = shared.use({ ...free, signal: stopper.signal }, (over) => {
      started.resolve();
      return ask(over);
    });
    const other = shared.use(free, ask);
    await started.promise;
    stopper.abort();
    await assert.rejects(stopped, { code: 'ROUTER_ABORTED' });
    gate.resolve();
    assert.equal(await other, 'x');
    assert.equal(router?.accepted, 1);
  });

  it('is let go when the last one is stopped: its replies would still come', async () => {
    const shared = await startLine(async (connection) => {
      await connection.acceptLogin();
      await connection.nextSentence();
      await connection.nextSentence();
    });
    const stopper = new AbortController();
    const started = Promise.withResolvers<void>();
    const stopped = shared.use({ ...free, signal: stopper.signal }, (over) => {
      started.resolve();
      return ask(over);
    });
    await started.promise;
    stopper.abort();
    await assert.rejects(stopped, { code: 'ROUTER_ABORTED' });
    await router?.allClosed();
  });

  it('gives the time to connect that one has', async () => {
    const clock = createManualClock(Date.UTC(2026, 5, 10, 12));
    const asked = Promise.withResolvers<void>();
    const shared = await startLine(async (connection) => {
      await connection.nextSentence();
      asked.resolve();
      await connection.nextSentence();
    }, clock);
    const use = shared.use({ ...free, connectWithinMs: 3_000 }, ask);
    const failed = assert.rejects(use, { code: 'ROUTER_TIMEOUT' });
    await asked.promise;
    clock.advance(2_999);
    assert.equal(router?.open, 1);
    clock.advance(1);
    await failed;
  });

  it('counts a failure once, however many wait, and then leaves the router alone for a while', async () => {
    const clock = createManualClock(Date.UTC(2026, 5, 10, 12));
    const shared = await startLine(async (connection) => {
      await connection.nextSentence();
      connection.socket.destroy();
    }, clock);
    const uses = Array.from({ length: 8 }, () => shared.use(free, ask));
    for (const use of await Promise.allSettled(uses)) assert.equal(use.status, 'rejected');
    assert.equal(router?.accepted, 1);
    await assert.rejects(shared.use(free, ask), { code: 'ROUTER_CLOSED' });
    assert.equal(router?.accepted, 1, 'left alone');
    // After one failure it is no more than a second; after eight it would be half a minute.
    clock.advance(1_000);
    await assert.rejects(shared.use(free, ask), { code: 'ROUTER_CLOSED' });
    assert.equal(router?.accepted, 2);
  });

  it('does not count a command that the router refuses', async () => {
    const shared = await startLine(async (connection) => {
      await connection.acceptLogin();
      for (;;) {
        const tag = tagWord(await connection.nextSentence());
        connection.send(['!trap', tag, '=message=not enough permissions (9)'], ['!done', tag]);
      }
    });
    for (let tries = 0; tries < 3; tries += 1) await assert.rejects(shared.use(free, ask));
    assert.equal(router?.accepted, 1);
  });

  it('is open or not for who may not connect: that is never tried for them', async () => {
    const login = Promise.withResolvers<void>();
    const shared = await startLine(async (connection, index) => {
      await login.promise;
      await serve(connection, index);
    });
    assert.equal(await shared.useOpen(free.signal, ask), null);
    assert.equal(router?.accepted, 0);
    const opening = shared.use(free, ask);
    assert.equal(await shared.useOpen(free.signal, ask), null, 'does not wait for a connection either');
    login.resolve();
    await opening;
    assert.equal(await shared.useOpen(free.signal, ask), '0');
    assert.equal(router?.accepted, 1);
  });

  it('is opened anew at once when the connection ended under who may not connect', async () => {
    const clock = createManualClock(Date.UTC(2026, 5, 10, 12));
    const shared = await startLine(async (connection, index) => {
      await connection.acceptLogin();
      for (let served = 0; index > 0 || served < 1; served += 1) {
        const tag = tagWord(await connection.nextSentence());
        connection.send(['!re', tag, `=uptime=${index}`], ['!done', tag]);
      }
      await connection.nextSentence();
      connection.socket.destroy();
    }, clock);
    await shared.use(free, ask);
    await assert.rejects(shared.useOpen(free.signal, ask), { code: 'ROUTER_CLOSED' });
    assert.equal(await shared.useOpen(free.signal, ask), null);
    assert.equal(await shared.use(free, ask), '1');
  });

  it('rests longer after each failure in a row, also when who may not connect succeeded meanwhile', async () => {
    const clock = createManualClock(Date.UTC(2026, 5, 10, 12));
    const shared = await startLine(async (connection) => {
      await connection.acceptLogin();
      const first = tagWord(await connection.nextSentence());
      const tag = tagWord(await connection.nextSentence());
      connection.send(['!re', tag, '=uptime=x'], ['!done', tag]);
      await connection.nextSentence();
      connection.send(['!fatal', 'overloaded', first]);
    }, clock);
    for (let failures = 1; failures <= 3; failures += 1) {
      const opened = Promise.withResolvers<void>();
      const failed = assert.rejects(
        shared.use(free, (over) => {
          const answer = ask(over);
          opened.resolve();
          return answer;
        }),
        { code: 'ROUTER_CLOSED' },
      );
      await opened.promise;
      assert.equal(await shared.useOpen(free.signal, ask), 'x');
      await assert.rejects(shared.useOpen(free.signal, ask), { code: 'ROUTER_CLOSED' });
      await failed;
      assert.equal(router?.accepted, failures);
      // A rest is at least half of 1, 2, 4 s.
      clock.advance(2 ** (failures - 1) * 500 - 1);
      await assert.rejects(shared.use(free, ask), { code: 'ROUTER_CLOSED' });
      assert.equal(router?.accepted, failures, 'left alone');
      clock.advance(2 ** (failures - 1) * 500 + 1);
    }
  });

  it('is opened quietly too: one login for all', async () => {
    const shared = await startLine(serve);
    assert.equal(await shared.useQuietly(free, ask), '0');
    assert.deepEqual(await Promise.all([shared.use(free, ask), shared.useQuietly(free, ask)]), ['0', '0']);
    assert.equal(router?.accepted, 1);
  });

  it('does not rest after a quiet failure, and needs no end of a rest for a quiet use, which ends it when it connects', async () => {
    const clock = createManualClock(Date.UTC(2026, 5, 10, 12));
    let isUp = false;
    const shared = await startLine(async (connection, index) => {
      if (!isUp) return void connection.socket.destroy();
      await serve(connection, index);
    }, clock);
    await assert.rejects(shared.useQuietly(free, ask), { code: 'ROUTER_CLOSED' });
    assert.equal(shared.trouble?.code, 'ROUTER_CLOSED');
    await assert.rejects(shared.use(free, ask), { code: 'ROUTER_CLOSED' });
    assert.equal(router?.accepted, 2, 'tried, not left alone');
    isUp = true;
    await assert.rejects(shared.use(free, ask), { code: 'ROUTER_CLOSED' });
    assert.equal(router?.accepted, 2, 'left alone');
    assert.equal(await shared.useQuietly(free, ask), '2');
    assert.equal(shared.trouble, null);
    assert.equal(await shared.use(free, ask), '2');
    assert.equal(router?.accepted, 3);
  });

  it('begins anew for a use that would have to wait for a quiet attempt; the quiet use joins it', async () => {
    const asked = Promise.withResolvers<void>();
    const shared = await startLine(async (connection, index) => {
      if (index > 0) return await serve(connection, index);
      await connection.nextSentence();
      asked.resolve();
      await connection.nextSentence();
    });
    const quiet = shared.useQuietly(free, ask);
    await asked.promise;
    assert.equal(await shared.use(free, ask), '1');
    assert.equal(await quiet, '1');
    assert.equal(router?.accepted, 2);
    assert.equal(router?.open, 1);
  });

  it('counts the bytes that come, whatever they belong to', async () => {
    const shared = await startLine(serve);
    await shared.use(free, async (over) => {
      const before = over.client.receivedBytes;
      await ask(over);
      assert.ok(over.client.receivedBytes > before);
    });
  });
});
