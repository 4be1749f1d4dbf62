import { writeFile } from 'node:fs/promises';
import type { Delivery } from '../../notices/delivery.ts';
import { type DayOptions, resolveDays } from '../../platform/cli/days.ts';
import { type AddCommand, type Open, printFrom } from '../../platform/cli/frame.ts';
import { dayRangeOptions } from '../../platform/cli/options.ts';
import { hintAtRetention } from '../../platform/cli/retention-hint.ts';
import { UsageError } from '../../platform/cli/usage-error.ts';
import type { Clock } from '../../runtime/clock.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { Calendar } from '../../usage/accounting/day.ts';
import type { PeriodDays } from '../../usage/accounting/quota.ts';
import type { ReportFate } from '../ports.ts';
import type { Reporter } from '../report.ts';

export interface ReportOptions extends DayOptions {
  /** File for the HTML. */
  readonly out?: string;
  readonly send: boolean;
  readonly force: boolean;
}

/** What `report` works with. */
export interface ReportBooks {
  readonly reporter: Pick<Reporter, 'compose' | 'mail'>;
  readonly delivery: Pick<Delivery, 'deliverDue'>;
  /** Whether the configuration has `mail`. */
  readonly hasMail: boolean;
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly retentionDays: number;
}

type ReportDeps = Omit<ReportBooks, 'retentionDays'>;

export interface ReportOutcome {
  /** What is printed. */
  readonly text: string;
  readonly exitCode: 0 | 1;
}

/** `report`: the report of some days, printed, written or mailed. */
export function reportCommand({ open }: { readonly open: Open<ReportBooks> }): AddCommand {
  return (program, frame) => {
    const days = dayRangeOptions();
    program
      .command('report')
      .description('Print the report of a day or a range, write it to a file or mail it; today without options')
      .addOption(days.day)
      .addOption(days.from)
      .addOption(days.to)
      .option('--out <file>', 'write it as HTML')
      .option('--send', 'mail it, once', false)
      .option('--force', 'with --send: mail it again', false)
      .addHelpText(
        'after',
        `
A report of the same days is sent once; --force sends it again.

Examples:
  ${frame.commandName} report --day yesterday --out yesterday.html
  ${frame.commandName} report --from 2026-11-01 --to 2026-11-07 --send`,
      )
      .action((options: ReportOptions) =>
        printFrom(open, frame, async (books) => {
          hintAtRetention(books, options.from ?? options.day, frame.stderr);
          const { text, exitCode } = await runReport(books, options);
          frame.exitWith(exitCode);
          return text;
        }),
      );
  };
}

/** Writes the report of the days to a file, mails it, or without either prints its plain text. Throws a `UsageError` for options at odds. */
export async function runReport(deps: ReportDeps, options: ReportOptions): Promise<ReportOutcome> {
  const { reporter, calendar, clock } = deps;
  if (options.force && !options.send) throw new UsageError('--force needs --send');
  if (options.send && !deps.hasMail) throw new UsageError('--send needs mail in the configuration');
  const { fromDay, toDay } = resolveDays(options, calendar, clock.now());
  const days = { startDay: fromDay, endDay: toDay };
  const written = options.out === undefined ? '' : await writeReport(reporter, days, options.out);
  if (options.send) {
    const sent = await sendReport(deps, days, options.force);
    return { ...sent, text: written + sent.text };
  }
  return { text: options.out === undefined ? (await reporter.compose(days)).text : written, exitCode: 0 };
}

async function writeReport(reporter: Pick<Reporter, 'compose'>, days: PeriodDays, file: string): Promise<string> {
  const { html } = await reporter.compose(days);
  try {
    await writeFile(file, html);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TroubleError(
      'REPORT_NOT_WRITTEN',
      `the report cannot be written: ${reason}`,
      'Give --out a file that can be written.',
      {
        cause,
      },
    );
  }
  return `Report of ${namesOf(days)} written to ${file}.\n`;
}

async function sendReport(
  { reporter, delivery }: ReportDeps,
  days: PeriodDays,
  force: boolean,
): Promise<ReportOutcome> {
  const fate = await reporter.mail(days, force);
  const name = namesOf(days);
  if (fate !== 'written') return alreadyThere(name, fate);
  const { failed, waiting } = await delivery.deliverDue();
  if (failed + waiting === 0) return { text: `Report of ${name} sent.\n`, exitCode: 0 };
  const text = `The report of ${name} is written, but a mail could not be sent (see above); it is tried again while the worker runs.\n`;
  return { text, exitCode: 1 };
}

function namesOf({ startDay, endDay }: PeriodDays): string {
  return startDay === endDay ? startDay : `${startDay} to ${endDay}`;
}

function alreadyThere(name: string, fate: ReportFate): ReportOutcome {
  if (fate === 'sent-before') {
    return { text: `The report of ${name} was sent already; --force sends it again.\n`, exitCode: 0 };
  }
  const text =
    fate === 'waiting'
      ? `The report of ${name} is written already and waits to be sent; it is tried again while the worker runs.\n`
      : `The mail with the report of ${name} was refused and given up; --force sends it again.\n`;
  return { text, exitCode: 1 };
}
