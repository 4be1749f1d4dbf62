import { UsageError } from '../../src/platform/cli/usage-error.ts';
import { TroubleError } from '../../src/runtime/errors.ts';

const away = () => Promise.reject(new TroubleError('DATABASE_UNREACHABLE', 'it is away', 'Wait.'));

/** For tests of the command line that are about other commands: the database of the devices is away, and nobody types anything. */
export const noInventory = {
  openInventory: away,
  openBackups: away,
  secrets: {
    fromFile: () => Promise.reject(new UsageError('there is no file')),
    ask: () => Promise.reject(new UsageError('nothing was entered')),
  },
  stdin: (async function* () {})(),
};
