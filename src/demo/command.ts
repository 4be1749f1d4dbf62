import { InvalidArgumentError } from 'commander';
import type { AddCommand, GlobalOptions } from '../platform/cli/frame.ts';

/** What `demo` works with. */
export interface DemoCommandDeps {
  /** `seconds`: ends by itself after so many; `null`: when a signal comes. Gives the exit code. */
  runDemo(
    options: { readonly seconds: number | null; readonly hasPages: boolean },
    globals: GlobalOptions,
  ): Promise<number>;
}

/** `demo`: the worker in a simulated network. */
export function demoCommand({ runDemo }: DemoCommandDeps): AddCommand {
  return (program, frame) => {
    program
      .command('demo')
      .description('Show simulated routers and their usage; nothing to configure')
      .option('--seconds <number>', 'stop after this many seconds', parseSeconds)
      .option('--no-pages', 'without the web pages, as where no browser can reach them')
      .action(async ({ seconds, pages }: { seconds?: number; pages: boolean }) =>
        frame.exitWith(await runDemo({ seconds: seconds ?? null, hasPages: pages }, frame.globals())),
      );
  };
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && seconds > 0) return seconds;
  throw new InvalidArgumentError('It must be a number above 0.');
}
