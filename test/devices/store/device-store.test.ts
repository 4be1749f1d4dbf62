import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KnownDevice } from '../../../src/devices/ports.ts';
import { createDeviceStore } from '../../../src/devices/store/device-store.ts';
import { freshMysql, freshSqlite, migrated } from '../../support/databases.ts';

const device: KnownDevice = { deviceId: 7, hostname: 'Core', host: '192.0.2.1', ip: '192.0.2.1', router: 'main' };

for (const [kind, fresh] of [
  ['MariaDB', freshMysql],
  ['SQLite', freshSqlite],
] as const) {
  describe(`the list of devices in ${kind}`, () => {
    it('is what was kept last, whole', async (t) => {
      const test = await migrated(fresh);
      t.after(() => test.drop());
      const store = createDeviceStore({ database: test.database });
      assert.deepEqual(await store.load(), []);
      const many = Array.from({ length: 2_500 }, (_, index) => ({
        ...device,
        deviceId: index + 1,
        hostname: `r${index}`,
      }));
      await store.replace(many);
      assert.deepEqual(await store.load(), many);
      const few = [device, { ...device, deviceId: 9, hostname: 'core', ip: null, router: null }];
      await store.replace(few);
      assert.deepEqual(await createDeviceStore({ database: test.open() }).load(), few);
      await store.replace([]);
      assert.deepEqual(await store.load(), []);
    });
  });
}
