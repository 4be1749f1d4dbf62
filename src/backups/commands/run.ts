import type { Command } from 'commander';
import { type Frame, type Open, withOpened } from '../../platform/cli/frame.ts';
import { formatOption, type OutputFormat } from '../../platform/cli/options.ts';
import type { Archiver } from '../archiver.ts';
import { isMeant } from '../choose.ts';
import { isTrouble, type RunReport } from '../outcome.ts';
import type { BackupDevice } from '../ports.ts';
import { printTries } from './archives.ts';
import type { BackupBooks } from './frame.ts';
import { printReport } from './look.ts';

export interface RunBooks extends Pick<BackupBooks, 'calendar'> {
  readonly backups: Pick<BackupBooks['backups'], 'refresh'> & {
    /** Devices that are to be backed up. */
    devices(): readonly BackupDevice[];
    run(devices: readonly BackupDevice[], signal: AbortSignal): Promise<RunReport>;
    /** One try at each archive. */
    copyOnce: Archiver['tryOnce'];
  };
}

interface RunOptions {
  readonly device?: string;
  readonly tag?: string;
  readonly format: OutputFormat;
}

/** `backup run`: backs up now; exit code 1 when one failed or looks wrong, or none matched. */
export function addRunCommand({ open }: { readonly open: Open<RunBooks> }, backup: Command, frame: Frame): void {
  backup
    .command('run')
    .description('Back up devices now; exit code 1 when one failed or was quarantined, or none matches')
    .option('--device <glob>', 'devices whose name matches')
    .option('--tag <tag>', 'devices with this tag')
    .addOption(formatOption())
    .action(({ device, tag, format }: RunOptions) =>
      withOpened(open, frame, async ({ backups, calendar }) => {
        await backups.refresh();
        const wanted = backups.devices().filter((each) => isMeant(each, { device, tag }));
        const stop = frame.untilStop();
        const report = await backups.run(wanted, stop);
        frame.stdout.write(printReport(report, format, frame.screen, calendar.timeZone));
        frame.exitWith(isTrouble(report) ? 1 : 0);
        const tries = await backups.copyOnce(stop);
        if (format === 'table' && tries.length > 0) frame.stdout.write(`\n${printTries(tries)}`);
      }),
    );
}
