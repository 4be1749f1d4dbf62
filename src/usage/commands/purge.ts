import { type AddCommand, type Open, printFrom } from '../../platform/cli/frame.ts';
import { formatCount } from '../../runtime/format.ts';
import { type PurgeDeps, purgeUsage } from '../purge.ts';

interface PurgeOptions {
  readonly dryRun: boolean;
}

/** What `purge` works on. */
export interface PurgeBooks extends PurgeDeps {
  /** Puts on record who deleted what. */
  readonly note: (change: {
    readonly action: string;
    readonly subject: string;
    readonly outcome: string;
  }) => Promise<void>;
}

/** `purge`: the nightly work, now. */
export function purgeCommand({ open }: { readonly open: Open<PurgeBooks> }): AddCommand {
  return (program, frame) => {
    program
      .command('purge')
      .description('Delete data older than the retention period')
      .option('--dry-run', 'only print how much that is', false)
      .action((options: PurgeOptions) => printFrom(open, frame, (books) => runPurge(books, options)));
  };
}

/** What `purge` prints after deleting what is past retention, or counting it in a dry run. */
async function runPurge(deps: PurgeBooks, options: PurgeOptions): Promise<string> {
  const { oldestKeptDay, forgotten } = await purgeUsage(deps, options.dryRun);
  if (!options.dryRun) await deps.note({ action: 'purge', subject: `before ${oldestKeptDay}`, outcome: 'ok' });
  const amounts = forgotten.map(({ count, one, many }) => formatCount(count, one, many)).join(', ');
  const verb = options.dryRun ? 'Would delete' : 'Deleted';
  return `${verb} data older than ${oldestKeptDay}: ${amounts}.\n`;
}
