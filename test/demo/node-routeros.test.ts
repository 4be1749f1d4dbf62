import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { RouterOSAPI } from 'node-routeros';
import type { RouterOsVersion } from '../../src/demo/router-versions.ts';
import { createSimulatedRouter, type SimulatedRouter } from '../../src/demo/simulated-router.ts';
import { createManualClock } from '../support/manual-clock.ts';

/** A client written by others, so that the simulator is not only what our own client takes it for. */
describe('node-routeros against the simulator', () => {
  const started: SimulatedRouter[] = [];
  after(async () => {
    for (const router of started) await router.stop();
  });

  async function startRouter(version: RouterOsVersion) {
    const router = createSimulatedRouter({
      clock: createManualClock(0),
      version,
      identity: 'edge-1',
      username: 'reader',
      password: 'secret',
    });
    started.push(router);
    const { host, port } = await router.start();
    return { router, options: { host, port, user: 'reader', password: 'secret', timeout: 5 } };
  }

  for (const version of ['6.40.9', '6.49.18', '7.12.1', '7.20.1'] as const) {
    it(`logs in to ${version} and reads its resource and its queues`, async () => {
      const { router, options } = await startRouter(version);
      for (let number = 1; number <= 50; number += 1) {
        router.addQueue({ name: `user ${number}`, comment: `flat ${number}` });
        router.move(`user ${number}`, BigInt(number), 2n ** 40n + BigInt(number));
      }
      const user = router.connectPppoe('bob');
      const client = new RouterOSAPI(options);
      await client.connect();
      const [resource] = await client.write('/system/resource/print');
      assert.equal(resource?.['version'].split(' ')[0], version);
      assert.equal(resource?.['uptime'], '1w2d');
      const queues = await client.write('/queue/simple/print', ['=.proplist=.id,name,bytes,dynamic,comment']);
      assert.equal(queues.length, 51);
      assert.deepEqual(
        { ...queues[9] },
        {
          '.id': '*A',
          name: 'user 10',
          bytes: '10/1099511627786',
          dynamic: 'false',
          comment: 'flat 10',
        },
      );
      assert.deepEqual({ ...queues[50] }, { '.id': '*33', name: user, bytes: '0/0', dynamic: 'true' });
      const sessions = await client.write('/interface/pppoe-server/print', ['?user=bob']);
      assert.equal(sessions[0]?.['name'], '<pppoe-bob>');
      await client.close();
    });

    it(`is refused by ${version} with a wrong password`, async () => {
      const { options } = await startRouter(version);
      await assert.rejects(new RouterOSAPI({ ...options, password: 'wrong' }).connect());
    });
  }
});
