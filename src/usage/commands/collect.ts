import { readableName } from '../../runtime/format.ts';
import type { PollOutcome } from '../ports.ts';

/** What `collect` prints: a line a router. What is wrong with one is in the log, with what to do. */
export function reportCollection(outcomes: readonly PollOutcome[]): string {
  return outcomes.map((outcome) => `${readableName(outcome.router)}: ${describe(outcome)}\n`).join('');
}

/** Whether every router was read and its sample is in the database. */
export function isCollected(outcomes: readonly PollOutcome[]): boolean {
  return outcomes.every(({ status }) => status === 'booked' || status === 'dropped');
}

function describe(outcome: PollOutcome): string {
  switch (outcome.status) {
    case 'booked':
      return `read and booked, ${outcome.queues} ${outcome.queues === 1 ? 'queue' : 'queues'}`;
    case 'dropped':
      return 'read; nothing new';
    case 'held':
      return `read, but not booked: ${outcome.trouble.message} (${outcome.trouble.code})`;
    case 'failed':
      return `not read: ${outcome.trouble.message} (${outcome.trouble.code})`;
  }
}
