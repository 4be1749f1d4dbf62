import { Command, CommanderError, Option } from 'commander';
import { cleanLines, cleanText } from '../../runtime/clean-text.ts';
import { TroubleError } from '../../runtime/errors.ts';
import { LOG_LEVELS } from '../../runtime/logger.ts';
import { ConfigError } from '../config/problems.ts';
import type { Environment } from '../config/secret.ts';
import type { AddCommand, Frame } from './frame.ts';
import { hideValues } from './hide-arguments.ts';
import { createScreen, type Output } from './render/screen.ts';
import type { Input } from './secret-input.ts';
import { UsageError } from './usage-error.ts';

/** The command line without its commands. */
export interface ProgramDeps {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: Input;
  readonly env: Environment;
  readonly version: string;
  /** What people type before the name of a command. */
  readonly commandName: string;
  /** In the order of the help. */
  readonly commands: readonly AddCommand[];
  /** Is waited for before a command does anything. */
  beforeCommand(name: string): Promise<void>;
  /** Aborted by SIGTERM or SIGINT. */
  untilStop(): AbortSignal;
}

const EXIT_TROUBLE = 1;
const EXIT_USAGE = 2;

/**
 * Runs one command (`args` without node and script) and gives the exit code: 2 for usage errors and bad configuration, 1 for expected
 * trouble such as a database that is away, each reported on stderr without a stack. Any other error is a bug and rejects.
 */
export async function runProgram(args: readonly string[], deps: ProgramDeps): Promise<number> {
  let exitCode = 0;
  const program = createProgram(args, deps, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return reportFailure(error, deps.stderr);
  }
}

function reportFailure(error: unknown, stderr: Output): number {
  // Commander has printed its own message by then; help and version end by an error too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (error instanceof UsageError) {
    stderr.write(`error: ${cleanLines(error.message)}\n`);
    return EXIT_USAGE;
  }
  if (error instanceof ConfigError) {
    stderr.write(`${cleanLines(error.message)}\n`);
    return EXIT_USAGE;
  }
  if (error instanceof TroubleError) {
    stderr.write(`error: ${cleanText(error.message)} (${error.code})\n${cleanText(error.advice)}\n`);
    return EXIT_TROUBLE;
  }
  throw error;
}

/** The command line. `exitWith` gets a command's exit code where it is not 0. */
function createProgram(args: readonly string[], deps: ProgramDeps, exitWith: (code: number) => void): Command {
  const program = new Command(deps.commandName)
    .description('Exact daily usage of every user behind MikroTik routers, from the counters of their simple queues.')
    .option('--config <file>', 'configuration: .ts, .js or .json (default: ./config.ts)')
    .addOption(
      new Option('--log-level <level>', 'lowest level that is logged to stderr').choices(LOG_LEVELS).default('info'),
    )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => deps.stdout.write(text),
      writeErr: (text) => deps.stderr.write(cleanLines(text)),
      getOutHelpWidth: () => deps.stdout.columns ?? 100,
      getErrHelpWidth: () => deps.stderr.columns ?? 100,
    })
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(--help shows what is possible)')
    .addHelpText('after', '\nExit codes: 0 OK, 1 something failed, 2 the command line or the configuration is wrong.')
    .hook('preAction', (_, command) => deps.beforeCommand(command.name()));

  const frame: Frame = {
    stdout: deps.stdout,
    stderr: deps.stderr,
    stdin: deps.stdin,
    screen: createScreen(deps.stdout, deps.env),
    env: deps.env,
    commandName: deps.commandName,
    globals: () => program.opts(),
    exitWith,
    untilStop: deps.untilStop,
  };
  for (const addCommand of deps.commands) addCommand(program, frame);
  // Commander would take `--version` for its own wherever it stands.
  if (!hasOwnVersion(program, args)) program.version(deps.version);
  return hideValues(program);
}

/** Whether the command that is meant has an option `--version`, which is then not the one of the program. */
function hasOwnVersion(program: Command, args: readonly string[]): boolean {
  const command = args.reduce((at, arg) => at.commands.find((each) => each.name() === arg) ?? at, program);
  return command.options.some(({ long }) => long === '--version');
}
