import type { Command } from 'commander';
import type { LogLevel } from '../../runtime/logger.ts';
import type { Environment } from '../config/secret.ts';
import { writePieces } from './render/pieces.ts';
import type { Output, Screen } from './render/screen.ts';
import type { Input } from './secret-input.ts';

/** Options of every command. */
export interface GlobalOptions {
  /** File name as given; absent: the default one. */
  readonly config?: string;
  readonly logLevel: LogLevel;
}

/** What a command gets of the command line. */
export interface Frame {
  readonly stdout: Output;
  readonly stderr: Output;
  /** For secrets, which are never arguments. */
  readonly stdin: Input;
  /** What stdout can show. */
  readonly screen: Screen;
  readonly env: Environment;
  /** What people type before the name of a command, for examples. */
  readonly commandName: string;
  /** To be asked when the command runs: they are not known before. */
  globals(): GlobalOptions;
  /** The exit code of the process where it is not 0. */
  exitWith(code: number): void;
  /** Aborted by SIGTERM or SIGINT, for a command that ends in order; others are ended by them. */
  untilStop(): AbortSignal;
}

/** Declares one command with its options and what it does. Help lists the commands in the order in which they are added. */
export type AddCommand = (program: Command, frame: Frame) => void;

/** Opens what a command works on. The command closes it. */
export type Open<Opened> = (globals: GlobalOptions) => Promise<Opened & { close(): Promise<void> }>;

/** Runs `work` on what is opened for it, and always closes that. */
export async function withOpened<Opened, Result>(
  open: Open<Opened>,
  frame: Pick<Frame, 'globals'>,
  work: (opened: Opened) => Promise<Result>,
): Promise<Result> {
  const opened = await open(frame.globals());
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}

/** Prints what `work` makes of what is opened for it. */
export async function printFrom<Opened>(
  open: Open<Opened>,
  frame: Pick<Frame, 'globals' | 'stdout'>,
  work: (opened: Opened) => Promise<string | AsyncIterable<string>>,
): Promise<void> {
  await withOpened(open, frame, async (opened) => {
    const printed = await work(opened);
    if (typeof printed === 'string') frame.stdout.write(printed);
    else await writePieces(frame.stdout, printed);
  });
}
