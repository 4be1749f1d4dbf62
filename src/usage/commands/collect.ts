import { type AddCommand, type Open, withOpened } from '../../platform/cli/frame.ts';
import { readableName } from '../../runtime/format.ts';
import type { PollOutcome } from '../ports.ts';

/** What `collect` works with. */
export interface OneRound {
  /** To be called first. */
  migrate(): Promise<unknown>;
  /** One poll of every router. */
  collect(signal: AbortSignal): Promise<PollOutcome[]>;
  /** Sends what is due, once. */
  tellOnce(): Promise<{
    /** Mails given up. */
    readonly failed: number;
  }>;
}

/** `collect`: what the worker does all the time, once. */
export function collectCommand({ open }: { readonly open: Open<OneRound> }): AddCommand {
  return (program, frame) => {
    program
      .command('collect')
      .description('Read every router once and send what is due; exit code 1 when a router or a mail failed')
      .action(() =>
        withOpened(open, frame, async (round) => {
          await round.migrate();
          const outcomes = await round.collect(frame.untilStop());
          frame.stdout.write(reportCollection(outcomes));
          const { failed } = await round.tellOnce();
          frame.exitWith(isCollected(outcomes) && failed === 0 ? 0 : 1);
        }),
      );
  };
}

/** What `collect` prints: one line for each router. Trouble is in the log, with advice. */
function reportCollection(outcomes: readonly PollOutcome[]): string {
  return outcomes.map((outcome) => `${readableName(outcome.router)}: ${describe(outcome)}\n`).join('');
}

/** Whether every router was read and its sample is in the database. */
function isCollected(outcomes: readonly PollOutcome[]): boolean {
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
