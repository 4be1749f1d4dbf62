import { asTyped } from '../runtime/command-name.ts';
import { formatCount } from '../runtime/format.ts';
import type { BackupLetter } from './letters.ts';
import type { Outcome } from './outcome.ts';

/** Devices in one mail; the report of the run has all. */
const MOST_DEVICES = 50;

/** Tells of devices that could not be backed up. */
export function failuresLetter(failed: readonly Outcome[]): BackupLetter {
  const [first] = failed;
  const title =
    failed.length === 1 && first !== undefined
      ? `${first.device}: backup failed`
      : `Backup of ${formatCount(failed.length, 'device', 'devices')} failed`;
  const rows = failed
    .slice(0, MOST_DEVICES)
    .map(({ device, trouble, advice, code }) => [device, `${trouble ?? ''} (${code ?? ''})`, advice ?? '']);
  const more = failed.length - rows.length;
  return {
    event: 'backup.failed',
    composition: {
      subject: title,
      letter: {
        ...{ tone: 'alert', kicker: 'Configuration', title, meter: null, facts: [] },
        lead: 'Nothing was stored of this run. The last good version stays the newest. You are told again when the trouble is another one.',
        table: {
          head: ['Device', 'Trouble', 'What to do'],
          rows: more > 0 ? [...rows, ['', `… and ${more} more`, '']] : rows,
        },
        advice: 'Mend what is named, then run the backup again.',
        commands: [asTyped('backup report')],
      },
    },
  };
}
