import { type AddCommand, type Open, printFrom } from '../../platform/cli/frame.ts';
import { formatCount } from '../../runtime/format.ts';
import { type PurgeDeps, purgeUsage } from '../purge.ts';

interface PurgeOptions {
  readonly dryRun: boolean;
}

/** `purge`: the nightly work, now. */
export function purgeCommand({ open }: { readonly open: Open<PurgeDeps> }): AddCommand {
  return (program, frame) => {
    program
      .command('purge')
      .description('Delete data older than the retention period')
      .option('--dry-run', 'only print how much that is', false)
      .action((options: PurgeOptions) => printFrom(open, frame, (books) => runPurge(books, options)));
  };
}

/** What `purge` prints after deleting what is past retention, or counting it in a dry run. */
async function runPurge(deps: PurgeDeps, options: PurgeOptions): Promise<string> {
  const {
    dailyRows,
    hourlyRows,
    unobservedSpans,
    events,
    breaches = 0,
    mails = 0,
    oldestKeptDay,
  } = await purgeUsage(deps, options.dryRun);
  const amounts = [
    formatCount(dailyRows, 'daily row', 'daily rows'),
    formatCount(hourlyRows, 'hourly row', 'hourly rows'),
    formatCount(unobservedSpans, 'unobserved span', 'unobserved spans'),
    formatCount(events, 'event', 'events'),
    formatCount(breaches, 'breach', 'breaches'),
    formatCount(mails, 'mail', 'mails'),
  ].join(', ');
  const verb = options.dryRun ? 'Would delete' : 'Deleted';
  return `${verb} data older than ${oldestKeptDay}: ${amounts}.\n`;
}
