import { InvalidArgumentError } from 'commander';
import type { AddCommand, GlobalOptions } from '../platform/cli/frame.ts';

/** What `demo` works with. */
export interface DemoCommandDeps {
  /** Ends by itself after so many seconds; `null`: when a signal comes. Gives the exit code. */
  runDemo(seconds: number | null, globals: GlobalOptions): Promise<number>;
}

/** `demo`: the worker in a simulated network. */
export function demoCommand({ runDemo }: DemoCommandDeps): AddCommand {
  return (program, frame) => {
    program
      .command('demo')
      .description('Show simulated routers and their usage; nothing to configure')
      .option('--seconds <number>', 'stop after this many seconds', parseSeconds)
      .action(async ({ seconds }: { seconds?: number }) =>
        frame.exitWith(await runDemo(seconds ?? null, frame.globals())),
      );
  };
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && seconds > 0) return seconds;
  throw new InvalidArgumentError('It must be a number above 0.');
}
