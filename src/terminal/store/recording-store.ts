import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import { countOf, integerOf, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import type { Place, Sealed, Vault } from '../../runtime/vault.ts';
import type { Recording, RecordingBook } from '../ports.ts';
import { terminalQueries, terminalTransaction } from './schema.ts';

const compress = promisify(brotliCompress);
const decompress = promisify(brotliDecompress);
/** Quick: the device waits for it. */
const QUALITY = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
/** Of one part: a changed row must not fill the memory. */
const MOST_PART_BYTES = 64 * 1024 * 1024;
const ROWS_AT_ONCE = 50;

/** Where a part belongs: moved to another place it does not open. */
export function placeOfPart(recording: string, part: number): Place {
  return { table: 'terminal_recording_parts', row: `${recording}/${part}`, column: 'content' };
}

/** Recordings, kept in a database. `vault` throws a `TroubleError` `KEY_MISSING` without a key. */
export function createRecordingStore({
  database,
  vault,
}: {
  readonly database: Database;
  readonly vault: () => Vault;
}): RecordingBook {
  const { kind } = database;

  return {
    async begin({ id, device, who, size, startedAt }) {
      const row = {
        ...{ id, device, who, started_at: BigInt(startedAt), duration_ms: 0n, output_bytes: 0n, outcome: null },
        ...{ window_columns: BigInt(size.columns), window_rows: BigInt(size.rows) },
      };
      await database.read(async (queries) => {
        const insert = terminalQueries(queries).insertInto('terminal_recordings').values(row);
        await (kind === 'mysql' ? insert.ignore() : insert.onConflict((each) => each.doNothing())).execute();
      });
    },
    async add(id, part, lines, { durationMs, outputBytes }) {
      const { keyId, text } = vault().sealBytes(await compress(lines, QUALITY), placeOfPart(id, part));
      await database.transaction(async (inside) => {
        const transaction = terminalTransaction(inside);
        const row = { recording: id, part: BigInt(part), key_id: keyId, content: text };
        const insert = transaction.insertInto('terminal_recording_parts').values(row);
        await (kind === 'mysql' ? insert.ignore() : insert.onConflict((each) => each.doNothing())).execute();
        await transaction
          .updateTable('terminal_recordings')
          .set({ duration_ms: BigInt(durationMs), output_bytes: BigInt(outputBytes) })
          .where('id', '=', id)
          .execute();
      });
    },
    async end(id, outcome) {
      await database.read((queries) =>
        terminalQueries(queries).updateTable('terminal_recordings').set({ outcome }).where('id', '=', id).execute(),
      );
    },
    async list({ most, before }) {
      const rows = await database.read((queries) => {
        const select = terminalQueries(queries).selectFrom('terminal_recordings').selectAll();
        const page =
          before === undefined
            ? select
            : select.where(({ eb, or, and }) =>
                or([
                  eb('started_at', '<', BigInt(before.startedAt)),
                  and([eb('started_at', '=', BigInt(before.startedAt)), eb('id', '<', before.id)]),
                ]),
              );
        return page.orderBy('started_at', 'desc').orderBy('id', 'desc').limit(most).execute();
      });
      return readEach(database, rows, recordingOf);
    },
    async find(id) {
      const rows = await database.read((queries) =>
        terminalQueries(queries).selectFrom('terminal_recordings').selectAll().where('id', '=', id).execute(),
      );
      return readEach(database, rows, recordingOf)[0] ?? null;
    },
    async part(id, part) {
      const row = await database.read((queries) =>
        terminalQueries(queries)
          .selectFrom('terminal_recording_parts')
          .select(['key_id', 'content'])
          .where('recording', '=', id)
          .where('part', '=', BigInt(part))
          .executeTakeFirst(),
      );
      if (row === undefined) return null;
      const bytes = vault().openBytes(sealedOf(row), placeOfPart(id, part));
      return (await decompress(bytes, { maxOutputLength: MOST_PART_BYTES })).toString('utf8');
    },
    async countBefore(at) {
      const row = await database.read((queries) =>
        terminalQueries(queries)
          .selectFrom('terminal_recordings')
          .select(({ fn }) => fn.countAll<bigint>().as('old'))
          .where('started_at', '<', BigInt(at))
          .executeTakeFirstOrThrow(),
      );
      return countOf('count(*)', row.old);
    },
    async removeBefore(at) {
      let removed = 0;
      for (;;) {
        const rows = await database.read((queries) =>
          terminalQueries(queries)
            .selectFrom('terminal_recordings')
            .select('id')
            .where('started_at', '<', BigInt(at))
            .limit(ROWS_AT_ONCE)
            .execute(),
        );
        if (rows.length === 0) return removed;
        const ids = rows.map(({ id }) => id);
        await database.transaction(async (inside) => {
          const transaction = terminalTransaction(inside);
          await transaction.deleteFrom('terminal_recording_parts').where('recording', 'in', ids).execute();
          await transaction.deleteFrom('terminal_recordings').where('id', 'in', ids).execute();
        });
        removed += ids.length;
      }
    },
  };
}

/** The part as it is encrypted. */
export function sealedOf(row: { readonly key_id: unknown; readonly content: unknown }): Sealed {
  return {
    keyId: textOf('terminal_recording_parts.key_id', row.key_id),
    text: textOf('terminal_recording_parts.content', row.content),
  };
}

function recordingOf(
  row: {
    readonly [Column in
      | 'id'
      | 'device'
      | 'who'
      | 'window_columns'
      | 'window_rows'
      | 'started_at'
      | 'duration_ms'
      | 'output_bytes'
      | 'outcome']: unknown;
  },
): Recording {
  return {
    id: textOf('terminal_recordings.id', row.id),
    device: textOf('terminal_recordings.device', row.device),
    who: textOf('terminal_recordings.who', row.who),
    size: {
      columns: countOf('terminal_recordings.window_columns', row.window_columns),
      rows: countOf('terminal_recordings.window_rows', row.window_rows),
    },
    startedAt: integerOf('terminal_recordings.started_at', row.started_at),
    durationMs: countOf('terminal_recordings.duration_ms', row.duration_ms),
    outputBytes: countOf('terminal_recordings.output_bytes', row.output_bytes),
    outcome: nullable(textOf, 'terminal_recordings.outcome', row.outcome),
  };
}
