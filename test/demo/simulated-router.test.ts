import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { createSimulatedRouter, type SimulatedRouter } from '../../src/demo/simulated-router.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { connectRawApi } from '../support/raw-api-client.ts';

describe('the simulated router', () => {
  const started: SimulatedRouter[] = [];
  after(async () => {
    for (const router of started) await router.stop();
  });

  async function startRouter() {
    const clock = createManualClock(0);
    const router = createSimulatedRouter({ clock, version: '7.12.1', username: 'u', password: 'p' });
    started.push(router);
    const { port } = await router.start();
    return { router, clock, list: () => listQueues(port) };
  }

  /** `name → [id, bytes]`, over a connection of its own. */
  async function listQueues(port: number): Promise<Record<string, [id: string, bytes: string]>> {
    const api = await connectRawApi(port);
    await api.reply('/login', '=name=u', '=password=p');
    const replies = await api.reply('/queue/simple/print', '=.proplist=.id,name,bytes');
    api.close();
    const rows = replies
      .filter(([reply]) => reply === '!re')
      .map((words) => words.map((word) => word.split('=')[2] ?? ''));
    return Object.fromEntries(rows.map(([, id = '', name = '', bytes = '']) => [name, [id, bytes]]));
  }

  it('keeps .id and counter over a rename, and counts on under the new name', async () => {
    const { router, list } = await startRouter();
    router.addQueue({ name: 'bob' });
    await list();
    router.move('bob', 1n, 2n);
    router.renameQueue('bob', 'robert');
    assert.deepEqual(await list(), { robert: ['*1', '1/2'] });
    assert.equal(router.truth().get('robert')?.observable.downloadBytes, 2n);
    assert.equal(router.truth().get('bob')?.moved.downloadBytes, 2n);
  });

  it('wipes counters on a reboot; dynamic rows come back under new .ids; nothing moves while it boots', async () => {
    const { router, clock, list } = await startRouter();
    router.addQueue({ name: 'office' });
    router.connectPppoe('bob');
    await list();
    router.move('office', 5n, 5n);
    router.reboot(60_000);
    assert.equal(router.move('office', 1n, 1n), false);
    clock.advance(60_000);
    assert.equal(router.move('office', 2n, 3n), true);
    assert.deepEqual(await list(), { office: ['*1', '2/3'], '<pppoe-bob>': ['*4', '0/0'] });
    const truth = router.truth().get('office');
    assert.equal(truth?.lost.downloadBytes, 5n);
    assert.equal(truth?.observable.downloadBytes, 3n);
  });

  it('puts another device in the place, new or with uptime, counters and .ids of its own', async () => {
    const { router, list } = await startRouter();
    router.addQueue({ name: 'bob' });
    router.move('bob', 5n, 5n);
    await list();
    router.replaceDevice({ kind: 'chr', systemId: 'one' });
    assert.deepEqual(await list(), { bob: ['*2', '0/0'] });
    router.move('bob', 1n, 1n);
    router.replaceDevice(
      { kind: 'chr', systemId: 'other' },
      {
        keepsIds: true,
        counterOf: (_queue, { uploadBytes }) => ({ uploadBytes: uploadBytes + 7n, downloadBytes: 0n }),
      },
    );
    router.move('bob', 3n, 3n);
    assert.deepEqual(await list(), { bob: ['*2', '11/3'] });
    router.move('bob', 2n, 2n);
    await list();
    const truth = router.truth().get('bob');
    assert.equal(truth?.moved.uploadBytes, 11n);
    assert.equal(truth?.observable.uploadBytes, 2n);
    assert.equal(truth?.lost.uploadBytes, 9n);
  });

  it('gives a second session of a user a queue of its own and makes both anew on reconnect', async () => {
    const { router, list } = await startRouter();
    assert.equal(router.connectPppoe('bob'), '<pppoe-bob>');
    assert.equal(router.connectPppoe('bob'), '<pppoe-bob-1>');
    router.move('<pppoe-bob>', 1n, 1n);
    const before = await list();
    router.reconnect('bob');
    const now = await list();
    assert.deepEqual(Object.keys(now), Object.keys(before));
    assert.deepEqual(now['<pppoe-bob>']?.[1], '0/0');
    assert.notEqual(now['<pppoe-bob>']?.[0], before['<pppoe-bob>']?.[0]);
    router.disconnect('bob');
    assert.deepEqual(await list(), {});
  });

  it('resets one counter or all of them, under the same .id', async () => {
    const { router, list } = await startRouter();
    for (const name of ['a', 'b']) router.addQueue({ name });
    for (const name of ['a', 'b']) router.move(name, 7n, 7n);
    router.resetCounters('a');
    assert.deepEqual(await list(), { a: ['*1', '0/0'], b: ['*2', '7/7'] });
    router.resetCounters('all');
    assert.deepEqual(await list(), { a: ['*1', '0/0'], b: ['*2', '0/0'] });
  });

  it('does not take a garbled row as served', async () => {
    const { router, list } = await startRouter();
    router.addQueue({ name: 'bob' });
    await list();
    router.move('bob', 1n, 1n);
    router.garbleQueue('bob', true);
    assert.deepEqual(await list(), { bob: ['*1', '12e3'] });
    assert.equal(router.truth().get('bob')?.unserved.downloadBytes, 1n);
    router.garbleQueue('bob', false);
    await list();
    assert.equal(router.truth().get('bob')?.observable.downloadBytes, 1n);
  });

  it('throws where the script names a queue or user that is not there', async () => {
    const { router } = await startRouter();
    router.addQueue({ name: 'bob' });
    assert.throws(() => router.move('alice', 1n, 1n), /no queue "alice"/);
    assert.throws(() => router.addQueue({ name: 'bob' }), /a queue "bob" already/);
    assert.throws(() => router.reconnect('bob'), /no session of "bob"/);
  });
});
