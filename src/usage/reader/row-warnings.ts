import type { Logger } from '../../runtime/logger.ts';
import type { QueueList } from './queue-list.ts';

export interface RowWarnings {
  report(list: QueueList): void;
}

const ADVICE = 'See the queue in the terminal of the router: /queue simple print detail.';

/**
 * Warns of queues that cannot be read: one line for each fault when it begins, however many rows have it and at how many polls, and one
 * when it is over: when no row of a list that has rows has it any more.
 */
export function createRowWarnings(deps: { readonly router: string; readonly logger: Logger }): RowWarnings {
  const { router, logger } = deps;
  const open = new Set<string>();
  return {
    report({ queues, faulty }) {
      const now = new Set<string>();
      for (const { fault, name, id } of faulty) {
        now.add(fault);
        if (open.has(fault)) continue;
        open.add(fault);
        const rows = faulty.filter((row) => row.fault === fault).length;
        logger.warn(
          { router, code: 'QUEUE_UNREADABLE', fault, rows, queue: name, id, advice: ADVICE },
          'queues cannot be read and are left out; the first one is shown',
        );
      }
      if (queues.length + faulty.length === 0) return;
      for (const fault of open) {
        if (now.has(fault)) continue;
        open.delete(fault);
        logger.info({ router, code: 'QUEUE_UNREADABLE', fault }, 'queues can be read again');
      }
    },
  };
}
