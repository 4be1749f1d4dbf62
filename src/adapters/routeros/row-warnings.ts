import type { Logger } from '../../runtime/logger.ts';
import type { FaultyRow, QueueRow } from './queue-row.ts';

/** More rows than this are remembered only while they stay in the list: dynamic ones come under ever new names. */
const MAX_REMEMBERED = 10_000;

const MAX_LOGGED_NAME = 255;

export interface RowWarnings {
  report(list: { readonly rows: readonly QueueRow[]; readonly faulty: readonly FaultyRow[] }): void;
}

function keyOf(row: FaultyRow): string {
  return row.name === null ? `id ${row.id}` : `name ${row.name}`;
}

/** Warns of a queue that cannot be read when that begins, not at each poll; again only after it could be read in between. */
export function createRowWarnings(deps: { readonly router: string; readonly logger: Logger }): RowWarnings {
  const warned = new Set<string>();

  function forgetRead(rows: readonly QueueRow[], faultyNow: ReadonlySet<string>): void {
    if (warned.size === 0) {
      return;
    }
    for (const row of rows) {
      for (const key of [`name ${row.name}`, `id ${row.id}`]) {
        if (!faultyNow.has(key)) {
          warned.delete(key);
        }
      }
    }
    if (warned.size > MAX_REMEMBERED) {
      for (const key of warned) {
        if (!faultyNow.has(key)) {
          warned.delete(key);
        }
      }
    }
  }

  return {
    report({ rows, faulty }) {
      for (const row of faulty) {
        const key = keyOf(row);
        if (!warned.has(key)) {
          warned.add(key);
          const queue = row.name?.slice(0, MAX_LOGGED_NAME) ?? null;
          deps.logger.warn(
            { router: deps.router, queue, id: row.id, fault: row.fault },
            'queue cannot be read and is left out',
          );
        }
      }
      forgetRead(rows, new Set(faulty.map(keyOf)));
    },
  };
}
