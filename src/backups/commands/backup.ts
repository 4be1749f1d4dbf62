import type { AddCommand, Open } from '../../platform/cli/frame.ts';
import { addArchiveCommands } from './archives.ts';
import { addBinaryCommand } from './binary.ts';
import { addChangeCommands } from './change.ts';
import type { BackupBooks } from './frame.ts';
import { addLookCommands } from './look.ts';
import { addRehearseCommand } from './rehearse.ts';
import { addRunCommand, type RunBooks } from './run.ts';
import { addScheduleCommands } from './schedule.ts';

/** `backup`: configurations of devices. */
export function backupCommand(deps: { readonly open: Open<BackupBooks & RunBooks> }): AddCommand {
  return (program, frame) => {
    const backup = program
      .command('backup')
      .description('Configurations of devices: what is kept, what changed, and who changed it');
    addRunCommand(deps, backup, frame);
    addLookCommands(deps, backup, frame);
    addRehearseCommand(deps, backup, frame);
    addChangeCommands(deps, backup, frame);
    addBinaryCommand(deps, backup, frame);
    addArchiveCommands(deps, backup, frame);
    addScheduleCommands(deps, backup, frame);
  };
}
