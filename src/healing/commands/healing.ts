import type { Command } from 'commander';
import { type AddCommand, type Frame, type Open, printFrom, withOpened } from '../../platform/cli/frame.ts';
import { formatOption, type OutputFormat } from '../../platform/cli/options.ts';
import { UsageError } from '../../platform/cli/usage-error.ts';
import { readableName } from '../../runtime/format.ts';
import type { Attempt } from '../attempt.ts';
import type { HealingDesk } from '../desk.ts';
import { attemptIdOf, MOST_ATTEMPTS } from '../entries.ts';
import type { RehearsedEntry } from '../rehearse.ts';
import { printAttempts, printRehearsed, printRules } from './print.ts';

/** What `healing` works on. */
export interface HealingBooks {
  readonly healing: Pick<HealingDesk, 'rules' | 'log' | 'wouldRun'> & {
    /** By whoever runs the command, as in `HealingDesk`. */
    approve(id: number): Promise<Attempt>;
    decline(id: number): Promise<Attempt>;
    run(rule: string, device: string, signal: AbortSignal): Promise<Attempt>;
    rehearse(days: number): Promise<readonly RehearsedEntry[]>;
  };
  readonly calendar: { readonly timeZone: string };
}

interface RunOptions {
  readonly device: string;
  readonly dryRun: boolean;
}

const MOST_DAYS = 731;
const DEFAULT_DAYS = 30;

/** `healing`: what rules do to devices that are ill. */
export function healingCommand({ open }: { readonly open: Open<HealingBooks> }): AddCommand {
  return (program, frame) => {
    const healing = program
      .command('healing')
      .description('Rules that act on devices with a problem: what they did, and what waits for approval');
    healing
      .command('list')
      .description('Print the rules of the configuration')
      .addOption(formatOption())
      .action(({ format }: { format: OutputFormat }) =>
        printFrom(open, frame, async ({ healing: desk, calendar }) =>
          printRules(await desk.rules(), format, { screen: frame.screen, timeZone: calendar.timeZone }),
        ),
      );
    healing
      .command('log')
      .description('Print what rules did, proposed or refused, newest first')
      .option('--device <name>', 'only this device')
      .addOption(formatOption())
      .action(({ device, format }: { device?: string; format: OutputFormat }) =>
        printFrom(open, frame, async ({ healing: desk, calendar }) => {
          const attempts = await desk.log({ most: MOST_ATTEMPTS, device });
          return printAttempts(attempts, format, { screen: frame.screen, timeZone: calendar.timeZone });
        }),
      );
    addDecisions(healing, frame, open);
    addRun(healing, frame, open);
    healing
      .command('rehearse')
      .description('Print what the rules would have done on the recorded changes of state; nothing is done')
      .option('--days <number>', `so many days back (default: ${DEFAULT_DAYS})`, daysOf, DEFAULT_DAYS)
      .addOption(formatOption())
      .action(({ days, format }: { days: number; format: OutputFormat }) =>
        printFrom(open, frame, async ({ healing: desk, calendar }) =>
          printRehearsed(await desk.rehearse(days), format, { screen: frame.screen, timeZone: calendar.timeZone }),
        ),
      );
  };
}

function addDecisions(healing: Command, frame: Frame, open: Open<HealingBooks>): void {
  for (const [name, description] of [
    ['approve', 'Approve what a rule proposes: a worker does it at once; exit code 1 when a guard refuses it now'],
    ['decline', 'Decline what a rule proposes'],
  ] as const) {
    healing
      .command(`${name} <id>`)
      .description(description)
      .action((typed: string) => {
        const id = attemptIdOf(typed);
        if (id === null) throw new UsageError('the id must be the number of an attempt, as healing log prints it');
        return withOpened(open, frame, async ({ healing: desk }) => tell(frame, await desk[name](id)));
      });
  }
}

function addRun(healing: Command, frame: Frame, open: Open<HealingBooks>): void {
  healing
    .command('run <rule>')
    .description('Apply a rule to a device now and wait for the verdict; exit code 1 when it is refused or fails')
    .requiredOption('--device <name>', 'the device')
    .option('--dry-run', 'only say what would be done', false)
    .action((rule: string, { device, dryRun }: RunOptions) =>
      withOpened(open, frame, async ({ healing: desk }) => {
        if (!dryRun) return tell(frame, await desk.run(rule, device, frame.untilStop()));
        const decision = await desk.wouldRun(rule, device);
        if (decision.do === 'act') {
          frame.stdout.write(`It would act through ${readableName(decision.via)}. Nothing was done.\n`);
          return;
        }
        frame.stdout.write(`It would be refused: ${readableName(decision.reason)}.\n`);
        frame.exitWith(1);
      }),
    );
}

/** Says what became of an attempt. */
function tell(frame: Frame, { id, device, state, reason }: Attempt): void {
  const why = reason === null ? '' : `: ${readableName(reason)}`;
  frame.stdout.write(`Attempt ${id} on ${readableName(device)}: ${state}${why}.\n`);
  if (state === 'refused' || state === 'failed') frame.exitWith(1);
}

function daysOf(text: string): number {
  const days = Number(text);
  if (/^\d+$/.test(text) && days >= 1 && days <= MOST_DAYS) return days;
  throw new UsageError(`--days must be a whole number from 1 to ${MOST_DAYS}`);
}
