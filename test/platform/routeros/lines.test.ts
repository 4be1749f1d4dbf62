import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createSimulatedRouter } from '../../../src/demo/simulated-router.ts';
import type { RouterLine } from '../../../src/platform/routeros/line.ts';
import { createLines } from '../../../src/platform/routeros/lines.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createMemoryLogger } from '../../support/memory-logger.ts';

async function setUp(t: TestContext) {
  const router = createSimulatedRouter({
    clock: systemClock,
    version: '7.20.1',
    username: 'api',
    password: 'secret',
    identity: 'edge-1',
  });
  const { host, port } = await router.start();
  t.after(() => router.stop());
  const lines = createLines({ clock: systemClock, logger: createMemoryLogger() });
  const take = (password = 'secret') =>
    lines.take({ name: 'edge-1', host, port, tls: false, username: 'api', password: () => password, timeoutMs: 5_000 });
  return { router, take };
}

async function nameOver(line: RouterLine): Promise<string | undefined> {
  const options = { signal: new AbortController().signal, connectWithinMs: null };
  const rows = await line.use(options, ({ client }) =>
    client.print('/system/identity', ['name'], { toResult: (row) => row.get('name'), totalTimeoutMs: 5_000 }),
  );
  return rows[0];
}

function closeAll(lines: readonly RouterLine[]): void {
  for (const line of lines) line.close();
}

describe('the lines of routers', () => {
  it('are one for each router, whoever takes it', async (t) => {
    const { router, take } = await setUp(t);
    const [one, other] = [take(), take()];
    t.after(() => closeAll([one, other]));
    assert.deepEqual(await Promise.all([nameOver(one), nameOver(other)]), ['edge-1', 'edge-1']);
    assert.equal(router.activity().logins, 1);
  });

  it('end when the last who took them has closed theirs, however often', async (t) => {
    const { router, take } = await setUp(t);
    const [one, other] = [take(), take()];
    await nameOver(one);
    one.close();
    one.close();
    assert.equal(await nameOver(other), 'edge-1');
    assert.equal(router.activity().logins, 1);
    other.close();
    const again = take();
    t.after(() => again.close());
    assert.equal(await nameOver(again), 'edge-1');
    assert.equal(router.activity().logins, 2);
  });

  it('end what is done over them by who closes theirs, and by nobody else', async (t) => {
    const { take } = await setUp(t);
    const [one, other] = [take(), take()];
    t.after(() => other.close());
    const [ended, goesOn] = [nameOver(one), nameOver(other)];
    one.close();
    await assert.rejects(ended, { name: 'TroubleError' });
    assert.equal(await goesOn, 'edge-1');
  });

  it('are not shared with who logs in otherwise', async (t) => {
    const { router, take } = await setUp(t);
    const [one, other] = [take(), take('wrong')];
    t.after(() => closeAll([one, other]));
    assert.equal(await nameOver(one), 'edge-1');
    await assert.rejects(nameOver(other), { code: 'ROUTER_LOGIN_FAILED' });
    assert.equal(router.activity().logins, 1);
  });
});
