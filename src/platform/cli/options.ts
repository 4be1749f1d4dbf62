import { InvalidArgumentError, Option } from 'commander';
import { type DayWord, parseDay } from './days.ts';
import { UsageError } from './usage-error.ts';

const OUTPUT_FORMATS = ['table', 'json', 'csv'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** `--format`, an `OutputFormat`. */
export function formatOption(): Option {
  return new Option('--format <format>', 'output format').choices(OUTPUT_FORMATS).default('table');
}

/** `--day`, today without it, for a command that knows no ranges. */
export function singleDayOption(): Option {
  return dayOption('--day <day>', 'YYYY-MM-DD, today or yesterday').default('today');
}

/** `--day`, `--from` and `--to`, to be read by `resolveDays`. */
export function dayRangeOptions(): { readonly day: Option; readonly from: Option; readonly to: Option } {
  return {
    day: dayOption('--day <day>', 'one day: YYYY-MM-DD, today or yesterday').conflicts(['from', 'to']),
    from: dayOption('--from <day>', 'first day of a range'),
    to: dayOption('--to <day>', 'last day of a range, inclusive (default: today)'),
  };
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
