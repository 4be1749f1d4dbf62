import type { RawQueue } from '../../features/usage/ports.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { FaultyRow, QueueList } from './queue-list.ts';

/** More rows than this are remembered only while they stay in the list: dynamic ones come under ever new names. */
const MAX_REMEMBERED = 10_000;

const MAX_LOGGED_NAME = 255;

export interface RowWarnings {
  report(list: QueueList): void;
}

function keyOf(row: FaultyRow): string {
  return row.name === null ? `id ${row.id}` : `name ${row.name}`;
}

/** Warns of a queue that cannot be read when that begins, not at each poll; again only after it could be read in between. */
export function createRowWarnings(deps: { readonly router: string; readonly logger: Logger }): RowWarnings {
  const warned = new Set<string>();

  function forgetRead(queues: readonly RawQueue[], faultyNow: ReadonlySet<string>): void {
    if (warned.size === 0) {
      return;
    }
    for (const { name, id } of queues) {
      for (const key of [`name ${name}`, `id ${id}`]) {
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
    report({ queues, faulty }) {
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
      forgetRead(queues, new Set(faulty.map(keyOf)));
    },
  };
}
