import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { countOf, flagOf, integerOf, invalid, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database, DatabaseTransaction, Queries } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import type { Schema } from '../../platform/store/schema.ts';
import type { Inventory, InventoryBook, InventoryChange, InventoryDevice, StoredCredential } from '../inventory.ts';
import type { CredentialsTable, DevicesTable, InventoryTables } from './schema.ts';

/** Rows in one statement, far below every limit. */
const ROWS_AT_ONCE = 500;
const ONLY_ROW = 1n;

type InventoryQueries = Kysely<Schema & InventoryTables>;

/** The inventory, kept in a database. */
export function createInventoryStore({ database }: { readonly database: Database }): InventoryBook {
  return {
    // One transaction, so that no device is seen without its credential.
    load: () => database.transaction((transaction) => load(tablesOf(transaction), database)),
    async revision() {
      const row = await database.read((queries) =>
        tablesOf(queries).selectFrom('inventory').select('revision').where('id', '=', ONLY_ROW).executeTakeFirst(),
      );
      return row === undefined ? 0 : countOf('inventory.revision', row.revision);
    },
    async change(decide) {
      const token = randomUUID();
      return await database.transaction(async (transaction) => {
        const tables = tablesOf(transaction);
        const lastChange = await lockInventory(tables, database.kind);
        // The commit before was lost on its way back: it is made already.
        if (lastChange === token) return true;
        const now = await load(tables, database);
        const change = decide(now);
        if (isEmpty(change)) return false;
        await write(tables, now, change);
        await tables
          .updateTable('inventory')
          .set(({ eb }) => ({ revision: eb('revision', '+', 1n), last_change: token }))
          .where('id', '=', ONLY_ROW)
          .execute();
        return true;
      });
    },
  };
}

function tablesOf(queries: Queries | DatabaseTransaction): InventoryQueries {
  return queries.withTables<InventoryTables>();
}

/** Takes the lock of the inventory until the transaction ends, and gives the name of the last change. */
export async function lockInventory(tables: InventoryQueries, kind: Database['kind']): Promise<string> {
  const insert = tables.insertInto('inventory').values({ id: ONLY_ROW, revision: 0n, last_change: '' });
  await (kind === 'mysql' ? insert.ignore() : insert.onConflict((row) => row.doNothing())).execute();
  const lock = tables.selectFrom('inventory').select('last_change').where('id', '=', ONLY_ROW);
  const row = await (kind === 'mysql' ? lock.forUpdate() : lock).executeTakeFirstOrThrow();
  return textOf('inventory.last_change', row.last_change);
}

async function load(tables: InventoryQueries, database: Database): Promise<Inventory> {
  const devices = await tables.selectFrom('devices').selectAll().orderBy('name').execute();
  const credentials = await tables.selectFrom('credentials').selectAll().orderBy('name').execute();
  return {
    devices: readEach(database, devices, deviceOf),
    credentials: readEach(database, credentials, credentialOf),
  };
}

function isEmpty({ devices, credentials }: InventoryChange): boolean {
  return [devices.put, devices.remove, credentials.put, credentials.remove].every((part) => part.length === 0);
}

/** Rows that change are deleted and inserted again: thousands of updates would each be a way to the server and back. */
async function write(
  tables: InventoryQueries,
  now: Inventory,
  { devices, credentials }: InventoryChange,
): Promise<void> {
  await eachPart(outdated(now.devices, devices), (ids) =>
    tables.deleteFrom('devices').where('id', 'in', ids).execute(),
  );
  await eachPart(outdated(now.credentials, credentials), (ids) =>
    tables.deleteFrom('credentials').where('id', 'in', ids).execute(),
  );
  await eachPart(devices.put, (part) => tables.insertInto('devices').values(part.map(rowOfDevice)).execute());
  await eachPart(credentials.put, (part) =>
    tables.insertInto('credentials').values(part.map(rowOfCredential)).execute(),
  );
}

/** Ids of rows that go or are written anew; looking for new ones in vain takes a third of an import. */
function outdated(
  stored: readonly { readonly id: string }[],
  { put, remove }: { readonly put: readonly { readonly id: string }[]; readonly remove: readonly string[] },
): string[] {
  const ids = new Set(stored.map(({ id }) => id));
  return [...remove, ...put.map(({ id }) => id).filter((id) => ids.has(id))];
}

async function eachPart<Item>(items: readonly Item[], work: (part: readonly Item[]) => Promise<unknown>) {
  for (let start = 0; start < items.length; start += ROWS_AT_ONCE) await work(items.slice(start, start + ROWS_AT_ONCE));
}

const tagList = z.array(z.string());

function tagsOf(value: unknown): string[] {
  const text = textOf('devices.tags', value);
  try {
    return tagList.parse(JSON.parse(text));
  } catch {
    throw invalid('devices.tags', text);
  }
}

function deviceOf(row: { [Column in keyof DevicesTable]: unknown }): InventoryDevice {
  const text = (column: keyof DevicesTable) => textOf(`devices.${column}`, row[column]);
  const textOrNull = (column: keyof DevicesTable) => nullable(textOf, `devices.${column}`, row[column]);
  const port = (column: 'api_port' | 'ssh_port') => nullable(countOf, `devices.${column}`, row[column]);
  return {
    id: text('id'),
    name: text('name'),
    version: countOf('devices.version', row.version),
    host: text('host'),
    model: text('model'),
    apiPort: port('api_port'),
    apiTls: text('api_tls'),
    apiCredential: textOrNull('api_credential'),
    sshPort: port('ssh_port'),
    sshCredential: textOrNull('ssh_credential'),
    terminalCredential: textOrNull('terminal_credential'),
    parent: textOrNull('parent'),
    tags: tagsOf(row.tags),
    usage: flagOf('devices.counts_usage', row.counts_usage),
    backup: flagOf('devices.has_backups', row.has_backups),
    paused: flagOf('devices.is_paused', row.is_paused),
    changedAt: integerOf('devices.changed_at', row.changed_at),
  };
}

function rowOfDevice(device: InventoryDevice): DevicesTable {
  return {
    id: device.id,
    name: device.name,
    version: BigInt(device.version),
    host: device.host,
    model: device.model,
    api_port: device.apiPort === null ? null : BigInt(device.apiPort),
    api_tls: device.apiTls,
    api_credential: device.apiCredential,
    ssh_port: device.sshPort === null ? null : BigInt(device.sshPort),
    ssh_credential: device.sshCredential,
    terminal_credential: device.terminalCredential,
    parent: device.parent,
    tags: JSON.stringify(device.tags),
    counts_usage: device.usage ? 1n : 0n,
    has_backups: device.backup ? 1n : 0n,
    is_paused: device.paused ? 1n : 0n,
    changed_at: BigInt(device.changedAt),
  };
}

/** A stored credential from its row. Throws an `ImpossibleValueError`. */
export function credentialOf(row: { [Column in keyof CredentialsTable]: unknown }): StoredCredential {
  const text = (column: keyof CredentialsTable) => textOf(`credentials.${column}`, row[column]);
  const textOrNull = (column: keyof CredentialsTable) => nullable(textOf, `credentials.${column}`, row[column]);
  return {
    id: text('id'),
    name: textOrNull('name'),
    deviceId: textOrNull('device_id'),
    version: countOf('credentials.version', row.version),
    username: text('username'),
    keyId: text('key_id'),
    password: textOrNull('password'),
    privateKey: textOrNull('private_key'),
    passphrase: textOrNull('passphrase'),
    changedAt: integerOf('credentials.changed_at', row.changed_at),
  };
}

function rowOfCredential(credential: StoredCredential): CredentialsTable {
  return {
    id: credential.id,
    name: credential.name,
    device_id: credential.deviceId,
    version: BigInt(credential.version),
    username: credential.username,
    key_id: credential.keyId,
    password: credential.password,
    private_key: credential.privateKey,
    passphrase: credential.passphrase,
    changed_at: BigInt(credential.changedAt),
  };
}
