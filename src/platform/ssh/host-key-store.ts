import type { Kysely } from 'kysely';
import type { Clock } from '../../runtime/clock.ts';
import { textOf } from '../store/columns.ts';
import type { Database, Queries } from '../store/database.ts';
import type { Schema } from '../store/schema.ts';
import type { HostKeys, SshTarget } from './shell.ts';

type HostKeyTables = { ssh_host_keys: { host: string; port: bigint; fingerprint: string; pinned_at: bigint } };
type Place = Pick<SshTarget, 'host' | 'port'>;

export interface HostKeyBook extends HostKeys {
  /** From now on only this key is talked to. */
  trust(place: Place, fingerprint: string): Promise<void>;
}

/** Host keys that were seen first, kept in a database. */
export function createHostKeyStore({
  database,
  clock,
}: {
  readonly database: Database;
  readonly clock: Pick<Clock, 'now'>;
}): HostKeyBook {
  const rowOf = ({ host, port }: Place, fingerprint: string) => {
    return { host, port: BigInt(port), fingerprint, pinned_at: BigInt(clock.now()) };
  };
  return {
    pin: (place, fingerprint) =>
      database.read(async (queries) => {
        const tables = tablesOf(queries);
        const find = tables
          .selectFrom('ssh_host_keys')
          .select('fingerprint')
          .where('host', '=', place.host)
          .where('port', '=', BigInt(place.port));
        const known = await find.executeTakeFirst();
        if (known !== undefined) return textOf('ssh_host_keys.fingerprint', known.fingerprint);
        const insert = tables.insertInto('ssh_host_keys').values(rowOf(place, fingerprint));
        await (database.kind === 'mysql' ? insert.ignore() : insert.onConflict((row) => row.doNothing())).execute();
        // Another worker may have been quicker.
        const pinned = await find.executeTakeFirstOrThrow();
        return textOf('ssh_host_keys.fingerprint', pinned.fingerprint);
      }),
    trust: (place, fingerprint) =>
      database.transaction(async (transaction) => {
        const tables = tablesOf(transaction);
        await tables
          .deleteFrom('ssh_host_keys')
          .where('host', '=', place.host)
          .where('port', '=', BigInt(place.port))
          .execute();
        await tables.insertInto('ssh_host_keys').values(rowOf(place, fingerprint)).execute();
      }),
  };
}

function tablesOf(queries: Queries): Kysely<Schema & HostKeyTables> {
  return queries.withTables<HostKeyTables>();
}
