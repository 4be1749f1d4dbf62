import { countOf, textOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { SealedSecrets } from '../../runtime/rotation.ts';
import type { Vault } from '../../runtime/vault.ts';
import { placeOfPart, sealedOf } from './recording-store.ts';
import { type TerminalTransaction, terminalQueries, terminalTransaction } from './schema.ts';

const ROWS_AT_ONCE = 20;

/** Recordings, for a change of the key. What is damaged stays as it is, under its former key. */
export function createRecordingSecrets({ database }: { readonly database: Database }): SealedSecrets {
  let damaged = 0;

  return {
    async keyIds() {
      const rows = await database.read((queries) =>
        terminalQueries(queries).selectFrom('terminal_recording_parts').select('key_id').distinct().execute(),
      );
      return new Set(rows.map(({ key_id }) => textOf('terminal_recording_parts.key_id', key_id)));
    },
    async rekey(vault) {
      for (;;) {
        const { tried, done } = await database.transaction((inside) =>
          rekeySome(terminalTransaction(inside), vault, damaged),
        );
        damaged += tried - done;
        if (done > 0 || tried === 0) return done;
      }
    },
  };
}

/** Parts that another key encrypted, after so many that cannot be read: those come first again. */
async function rekeySome(
  transaction: TerminalTransaction,
  vault: Vault,
  damaged: number,
): Promise<{ readonly tried: number; readonly done: number }> {
  const rows = await transaction
    .selectFrom('terminal_recording_parts')
    .selectAll()
    .where('key_id', '<>', vault.keyId)
    .orderBy('key_id')
    .orderBy('recording')
    .orderBy('part')
    .limit(ROWS_AT_ONCE)
    .offset(damaged)
    .execute();
  let done = 0;
  for (const row of rows) {
    const recording = textOf('terminal_recording_parts.recording', row.recording);
    const part = countOf('terminal_recording_parts.part', row.part);
    const place = placeOfPart(recording, part);
    let content: Buffer;
    try {
      content = vault.openBytes(sealedOf(row), place);
    } catch (error) {
      if (error instanceof TroubleError && error.code === 'SECRET_DAMAGED') continue;
      throw error;
    }
    const sealed = vault.sealBytes(content, place);
    await transaction
      .updateTable('terminal_recording_parts')
      .set({ key_id: sealed.keyId, content: sealed.text })
      .where('recording', '=', recording)
      .where('part', '=', BigInt(part))
      .execute();
    done += 1;
  }
  return { tried: rows.length, done };
}
