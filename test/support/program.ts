import { Readable } from 'node:stream';
import type { AddCommand } from '../../src/platform/cli/frame.ts';
import { runProgram } from '../../src/platform/cli/program.ts';

/** What came of a command line. */
export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program with these commands alone, and with that on its standard input. */
export async function runCommands(
  args: readonly string[],
  commands: readonly AddCommand[],
  stdin: Readable = Readable.from([]),
): Promise<Said> {
  const out = { stdout: '', stderr: '' };
  const code = await runProgram(args, {
    stdout: { write: (text) => (out.stdout += text) },
    stderr: { write: (text) => (out.stderr += text) },
    ...{ stdin, commands, env: {}, version: '1.2.3', commandName: 'netsentinel' },
    beforeCommand: async () => {},
    untilStop: () => new AbortController().signal,
  });
  return { code, ...out };
}
