import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { CheckOptions } from '../../check/commands/check.ts';
import type { CopyOptions } from '../../copy/commands/copy.ts';
import { hintAtRouters } from '../../devices/commands/router-hint.ts';
import { registerHardening } from '../../hardening/commands/hardening.ts';
import type { Delivery } from '../../notices/deliver.ts';
import { type AlertsOptions, runAlerts } from '../../quotas/commands/alerts.ts';
import type { AlertArchive } from '../../quotas/ports.ts';
import { type ReportOptions, runReport } from '../../reports/commands/report.ts';
import type { Reporter } from '../../reports/report.ts';
import { cleanLines, cleanText } from '../../runtime/clean-text.ts';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { TroubleError } from '../../runtime/errors.ts';
import { LOG_LEVELS, type LogLevel } from '../../runtime/logger.ts';
import type { Calendar } from '../../usage/accounting/day.ts';
import type { QuotaPolicy } from '../../usage/accounting/quota.ts';
import { type ExplainOptions, runExplain } from '../../usage/commands/explain.ts';
import { hintAtRetention } from '../../usage/commands/retention-hint.ts';
import { OUTPUT_FORMATS, runUsage, USAGE_GROUPINGS, type UsageOptions } from '../../usage/commands/usage.ts';
import type { UsageArchive, UsageDetails, UsagePurger } from '../../usage/ports.ts';
import { ConfigError } from '../config/problems.ts';
import type { Environment } from '../config/secret.ts';
import { type DayWord, parseDay } from './days.ts';
import { findHealth } from './health.ts';
import { reportMigrations } from './migrate.ts';
import { runPurge } from './purge.ts';
import { writePieces } from './render/pieces.ts';
import { createScreen, type Output } from './render/screen.ts';
import { UsageError } from './usage-error.ts';

/** Options of every command. */
export interface GlobalOptions {
  /** File name as given; absent: the default one. */
  readonly config?: string;
  readonly logLevel: LogLevel;
}

/** The books, opened and brought up to date, for the commands that read or clear them. */
export interface Books {
  readonly archive: UsageArchive & UsageDetails;
  readonly alerts: AlertArchive;
  readonly reporter: Reporter;
  readonly delivery: Delivery;
  /** Whether the configuration has `mail`. */
  readonly hasMail: boolean;
  readonly purger: UsagePurger;
  readonly policies: readonly QuotaPolicy[];
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly retentionDays: number;
  /** Names of the migrations that opening ran. */
  readonly migrated: readonly string[];
  close(): Promise<void>;
}

export interface DemoOptions {
  /** `null`: until a signal. */
  readonly seconds: number | null;
}

/** What the commands need of the rest; the numbers are exit codes. */
export interface ProgramDeps {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Environment;
  readonly version: string;
  /** What people type before the name of a command. */
  readonly commandName: string;
  openBooks(globals: GlobalOptions): Promise<Books>;
  runWorker(globals: GlobalOptions): Promise<number>;
  collectOnce(globals: GlobalOptions): Promise<number>;
  check(globals: GlobalOptions, options: CheckOptions): Promise<number>;
  copy(globals: GlobalOptions, options: CopyOptions): Promise<number>;
  demo(globals: GlobalOptions, options: DemoOptions): Promise<number>;
}

const EXIT_TROUBLE = 1;
const EXIT_USAGE = 2;

/**
 * Runs one command (`args` without node and script) and gives the exit code: 2 for usage errors and bad configuration, 1 for expected
 * trouble such as a database that is away, each told on stderr without a stack. What it does not know is a bug and rejects.
 */
export async function runProgram(args: readonly string[], deps: ProgramDeps): Promise<number> {
  let exitCode = 0;
  const program = createProgram(deps, (code) => {
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
function createProgram(deps: ProgramDeps, exitWith: (code: number) => void): Command {
  const program = new Command(deps.commandName)
    .description('Exact daily usage of every user behind MikroTik routers, from the counters of their simple queues.')
    .version(deps.version)
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
    .addHelpText('after', '\nExit codes: 0 OK, 1 something failed, 2 the command line or the configuration is wrong.');

  const globals = (): GlobalOptions => program.opts();
  addWorkCommands(program, deps, globals, exitWith);
  addUsageCommand(program, deps, globals);
  addExplainCommand(program, deps, globals);
  addAlertsCommand(program, deps, globals);
  addReportCommand(program, deps, globals, exitWith);
  addUpkeepCommands(program, deps, globals);
  addCopyCommand(program, deps, globals, exitWith);
  registerHardening(program, deps);
  return program;
}

function addWorkCommands(
  program: Command,
  deps: ProgramDeps,
  globals: () => GlobalOptions,
  exitWith: (code: number) => void,
): void {
  program
    .command('run')
    .description('Read all routers, count usage, send alerts and reports, until SIGTERM or SIGINT')
    .action(async () => exitWith(await deps.runWorker(globals())));
  program
    .command('collect')
    .description('Read every router once and send what is due; exit code 1 when a router or a mail failed')
    .action(async () => exitWith(await deps.collectOnce(globals())));
  program
    .command('check')
    .description(
      'Test the configuration, the database, every router and the mail server, and print what to do; exit code 1 when something failed',
    )
    .option('--send-test-mail', 'also send a test mail', false)
    .addOption(formatOption())
    .action(async (options: CheckOptions) => exitWith(await deps.check(globals(), options)));
  program
    .command('health')
    .description('Show whether the worker is alive and polling, for a container; exit code 1 when it is not')
    .action(() => {
      const { isWell, says } = findHealth({ env: deps.env, nowAt: systemClock.now() });
      deps.stdout.write(`${says}\n`);
      exitWith(isWell ? 0 : EXIT_TROUBLE);
    });
  program
    .command('demo')
    .description('Show simulated routers and their usage; nothing to configure')
    .option('--seconds <number>', 'stop after this many seconds', parseSeconds)
    .action(async ({ seconds }: { seconds?: number }) =>
      exitWith(await deps.demo(globals(), { seconds: seconds ?? null })),
    );
}

function addUsageCommand(program: Command, deps: ProgramDeps, globals: () => GlobalOptions): void {
  program
    .command('usage')
    .description('Print usage by user or by queue; today without options')
    .addOption(new Option('--by <what>', 'one row for each').choices(USAGE_GROUPINGS).default('user'))
    .addOption(dayOption('--day <day>', 'one day: YYYY-MM-DD, today or yesterday').conflicts(['from', 'to']))
    .addOption(dayOption('--from <day>', 'first day of a range'))
    .addOption(dayOption('--to <day>', 'last day of a range, inclusive (default: today)'))
    .option('--sum', 'one row for all days together', false)
    .option('--router <name>', 'this router only')
    .option('--match <glob>', 'users or queues with such a name; * any characters, ? one')
    .addOption(formatOption())
    .addHelpText(
      'after',
      `
Examples:
  ${deps.commandName} usage
  ${deps.commandName} usage --day yesterday --match 'vip-*'
  ${deps.commandName} usage --from 2026-11-01 --to 2026-11-07 --sum
  ${deps.commandName} usage --by queue --from 2026-11-01 --to 2026-11-07 --format csv > week.csv`,
    )
    .action((options: UsageOptions) =>
      withBooks(deps, globals(), async (books) => {
        await hintAtRouters(books.archive, options.router, deps.stderr);
        hintAtRetention(books, options.from ?? options.day, deps.stderr);
        return runUsage({ ...books, screen: createScreen(deps.stdout, deps.env) }, options);
      }),
    );
}

function addExplainCommand(program: Command, deps: ProgramDeps, globals: () => GlobalOptions): void {
  program
    .command('explain')
    .description('Show how the total of a queue is calculated: hours, restarts, unobserved time')
    .requiredOption('--queue <name>', 'exact name of the queue')
    .option('--router <name>', 'this router only')
    .addOption(dayOption('--day <day>', 'YYYY-MM-DD, today or yesterday').default('today'))
    .addHelpText('after', `\nExample:\n  ${deps.commandName} explain --queue '<pppoe-bob>' --day yesterday`)
    .action((options: ExplainOptions) =>
      withBooks(deps, globals(), async (books) => {
        await hintAtRouters(books.archive, options.router, deps.stderr);
        return runExplain({ ...books, screen: createScreen(deps.stdout, deps.env) }, options);
      }),
    );
}

function addAlertsCommand(program: Command, deps: ProgramDeps, globals: () => GlobalOptions): void {
  program
    .command('alerts')
    .description('Print quota alerts and the state of their mails; today without options')
    .addOption(dayOption('--day <day>', 'YYYY-MM-DD, today or yesterday').default('today'))
    .addOption(formatOption())
    .action((options: AlertsOptions) =>
      withBooks(deps, globals(), (books) =>
        runAlerts({ ...books, screen: createScreen(deps.stdout, deps.env) }, options),
      ),
    );
}

function addReportCommand(
  program: Command,
  deps: ProgramDeps,
  globals: () => GlobalOptions,
  exitWith: (code: number) => void,
): void {
  program
    .command('report')
    .description('Print the report of a day or a range, write it to a file or mail it; today without options')
    .addOption(dayOption('--day <day>', 'one day: YYYY-MM-DD, today or yesterday').conflicts(['from', 'to']))
    .addOption(dayOption('--from <day>', 'first day of a range'))
    .addOption(dayOption('--to <day>', 'last day of a range, inclusive (default: today)'))
    .option('--out <file>', 'write it as HTML')
    .option('--send', 'mail it, once', false)
    .option('--force', 'with --send: mail it again', false)
    .addHelpText(
      'after',
      `
A report of the same days is sent once; --force sends it again.

Examples:
  ${deps.commandName} report --day yesterday --out yesterday.html
  ${deps.commandName} report --from 2026-11-01 --to 2026-11-07 --send`,
    )
    .action((options: ReportOptions) =>
      withBooks(deps, globals(), async (books) => {
        hintAtRetention(books, options.from ?? options.day, deps.stderr);
        const { text, exitCode } = await runReport(books, options);
        exitWith(exitCode);
        return text;
      }),
    );
}

function addUpkeepCommands(program: Command, deps: ProgramDeps, globals: () => GlobalOptions): void {
  program
    .command('purge')
    .description('Delete data older than the retention period')
    .option('--dry-run', 'only print how much that is', false)
    .action((options: { dryRun: boolean }) => withBooks(deps, globals(), (books) => runPurge(books, options)));
  program
    .command('migrate')
    .description('Update the database schema')
    .action(() => withBooks(deps, globals(), async (books) => reportMigrations(books.migrated)));
}

function addCopyCommand(
  program: Command,
  deps: ProgramDeps,
  globals: () => GlobalOptions,
  exitWith: (code: number) => void,
): void {
  program
    .command('copy')
    .description(
      'Copy all data to another, empty database and compare both, with the worker stopped; exit code 1 when they differ',
    )
    .option(
      '--to <url>',
      'sqlite:FILE or mysql://…; default: the variable COPY_TO, or the file that COPY_TO_FILE names',
    )
    .addHelpText(
      'after',
      `
An interrupted copy continues when the command is run again.

Example:
  ${deps.commandName} copy --to sqlite:/data/copy.db`,
    )
    .action(async (options: CopyOptions) => exitWith(await deps.copy(globals(), options)));
}

/** Prints what `work` makes of the database, and closes them whatever happens. */
async function withBooks(
  deps: ProgramDeps,
  globals: GlobalOptions,
  work: (books: Books) => Promise<string | AsyncIterable<string>>,
): Promise<void> {
  const books = await deps.openBooks(globals);
  try {
    const printed = await work(books);
    if (typeof printed === 'string') deps.stdout.write(printed);
    else await writePieces(deps.stdout, printed);
  } finally {
    await books.close();
  }
}

function formatOption(): Option {
  return new Option('--format <format>', 'output format').choices(OUTPUT_FORMATS).default('table');
}

function dayOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text): DayWord => {
    try {
      return parseDay(text);
    } catch (error) {
      if (error instanceof UsageError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  });
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && seconds > 0) return seconds;
  throw new InvalidArgumentError('It must be a number above 0.');
}
