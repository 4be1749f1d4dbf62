import type { Row } from '../../platform/routeros/sentence.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { RawQueue } from '../ports.ts';
import { createQueueList, QUEUE_PROPERTIES } from './queue-list.ts';
import { createSessionUsers } from './session-users.ts';

export interface ListingDeps {
  readonly router: string;
  /** Whose a queue is. */
  readonly userOf: (queue: RawQueue) => string;
  readonly logger: Logger;
}

/** A queue as a poll would account for it, and whose it is. */
export interface ListedQueue extends Omit<RawQueue, 'sessionUser'> {
  readonly user: string;
}

type Print = <T>(menu: string, properties: readonly string[], toResult: (row: Row) => T) => Promise<T[]>;

/**
 * Reads the queues of a router once, in its order, with the same rules as a poll, for who wants to see what a poll sees. `also` are
 * further properties of the rows, `onRow` sees each row as it comes.
 */
export function createListing({ router, userOf, logger }: ListingDeps) {
  return async (
    print: Print,
    { also, onRow }: { readonly also: readonly string[]; readonly onRow: (row: Row) => void },
  ): Promise<{ readonly queues: readonly ListedQueue[]; readonly unreadable: number }> => {
    const builder = createQueueList();
    await print('/queue/simple', [...QUEUE_PROPERTIES, ...also], (row) => {
      builder.add(row);
      onRow(row);
      return null;
    });
    const list = builder.finish();
    const sessionUsers = createSessionUsers({ router, logger });
    await sessionUsers.complete(print, list);
    const queues = sessionUsers.fillIn(list).map((queue) => ({ ...queue, user: userOf(queue) }));
    return { queues, unreadable: list.faulty.length };
  };
}
