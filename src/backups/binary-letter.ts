import { asTyped } from '../runtime/command-name.ts';
import { formatCount } from '../runtime/format.ts';
import { troubleTable } from './failure-letter.ts';
import type { BackupLetter } from './letters.ts';
import type { Outcome } from './outcome.ts';

/** Trouble with binary backups. `failed`: devices that did not have the same trouble before. */
export function binaryFailuresLetter(failed: readonly Outcome[]): BackupLetter {
  const [first] = failed;
  const title =
    failed.length === 1 && first !== undefined
      ? `${first.device}: binary backup failed`
      : `Binary backup of ${formatCount(failed.length, 'device', 'devices')} failed`;
  const rows = failed.flatMap(({ device, binary }) => (binary === null ? [] : [{ ...binary, device }]));
  return {
    event: 'backup.binary_failed',
    composition: {
      subject: title,
      letter: {
        ...{ tone: 'warning', kicker: 'Configuration', title, meter: null, facts: [] },
        lead: 'The configurations themselves are stored. You are told again when the trouble is another one.',
        table: troubleTable(rows),
        advice: 'Mend what is named. The next run tries again.',
        commands: [asTyped('backup report')],
      },
    },
  };
}
