import type { Kysely } from 'kysely';
import { integerOf, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database, Queries } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import type { Schema } from '../../platform/store/schema.ts';
import type { DeviceBook, KnownDevice } from '../ports.ts';

interface LibrenmsDevicesTable {
  device_id: bigint;
  hostname: string;
  host: string;
  ip: string | null;
  router: string | null;
}

type DeviceTables = { librenms_devices: LibrenmsDevicesTable };

/** Rows in one statement, far below every limit. */
const ROWS_AT_ONCE = 1000;

/** The last list of LibreNMS, kept in a database. */
export function createDeviceStore({ database }: { readonly database: Database }): DeviceBook {
  return {
    async load() {
      const rows = await database.read((queries) =>
        deviceQueries(queries).selectFrom('librenms_devices').selectAll().orderBy('device_id').execute(),
      );
      // Only the last list, which LibreNMS gives again.
      return readEach(database, rows, (row): KnownDevice => {
        const text = (column: keyof LibrenmsDevicesTable) => textOf(`librenms_devices.${column}`, row[column]);
        return {
          deviceId: integerOf('librenms_devices.device_id', row.device_id),
          hostname: text('hostname'),
          host: text('host'),
          ip: nullable(textOf, 'librenms_devices.ip', row.ip),
          router: nullable(textOf, 'librenms_devices.router', row.router),
        };
      });
    },
    async replace(devices) {
      await database.transaction(async (transaction) => {
        const queries = deviceQueries(transaction);
        await queries.deleteFrom('librenms_devices').execute();
        for (let start = 0; start < devices.length; start += ROWS_AT_ONCE) {
          const rows = devices.slice(start, start + ROWS_AT_ONCE).map(rowOf);
          await queries.insertInto('librenms_devices').values(rows).execute();
        }
      });
    },
  };
}

function deviceQueries(queries: Queries): Kysely<Schema & DeviceTables> {
  return queries.withTables<DeviceTables>();
}

function rowOf({ deviceId, ...device }: KnownDevice): LibrenmsDevicesTable {
  return { device_id: BigInt(deviceId), ...device };
}
