import { systemClock } from '../../runtime/clock.ts';
import { type AddCommand, type GlobalOptions, type Open, printFrom } from './frame.ts';
import { findHealth } from './health.ts';

/** `run`: the worker. `runWorker` gives its exit code. */
export function runCommand({
  runWorker,
}: {
  readonly runWorker: (globals: GlobalOptions) => Promise<number>;
}): AddCommand {
  return (program, frame) => {
    program
      .command('run')
      .description('Read all routers, count usage, send alerts and reports, until SIGTERM or SIGINT')
      .action(async () => frame.exitWith(await runWorker(frame.globals())));
  };
}

/** `health`: whether the worker is alive, for a supervisor that restarts it. */
export const healthCommand: AddCommand = (program, frame) => {
  program
    .command('health')
    .description('Show whether the worker is alive and polling, for a container; exit code 1 when it is not')
    .action(() => {
      const { isWell, says } = findHealth({ env: frame.env, nowAt: systemClock.now() });
      frame.stdout.write(`${says}\n`);
      frame.exitWith(isWell ? 0 : 1);
    });
};

/** What `migrate` prints. */
export interface MigratedBooks {
  /** Names of the migrations that opening ran. */
  readonly migrated: readonly string[];
}

/** `migrate`: opens the database, which brings its schema up to date. */
export function migrateCommand({ open }: { readonly open: Open<MigratedBooks> }): AddCommand {
  return (program, frame) => {
    program
      .command('migrate')
      .description('Update the database schema')
      .action(() => printFrom(open, frame, async ({ migrated }) => reportMigrations(migrated)));
  };
}

/** What `migrate` prints, given the names of the migrations that were run. */
function reportMigrations(applied: readonly string[]): string {
  if (applied.length === 0) return 'The schema is up to date.\n';
  return ['Schema updated:', ...applied.map((name) => `  ${name}`), ''].join('\n');
}
