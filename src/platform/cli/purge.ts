import { formatCount } from '../../runtime/format.ts';
import { type PurgeDeps, purgeUsage } from '../../usage/purge.ts';

/** What `purge` prints after deleting what is past retention, or counting it in a dry run. */
export async function runPurge(deps: PurgeDeps, options: { readonly dryRun: boolean }): Promise<string> {
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
