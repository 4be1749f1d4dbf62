import type { Letter } from '../notices/letter.ts';
import { asTyped } from '../runtime/command-name.ts';
import { formatCount } from '../runtime/format.ts';
import type { BackupLetter } from './letters.ts';
import type { Outcome } from './outcome.ts';

/** Devices in one mail; the report of the run has all. */
const MOST_DEVICES = 50;

const WORDS: readonly (readonly [Outcome['outcome'], string])[] = [
  ['changed', 'Changed'],
  ['first', 'First backup'],
  ['unchanged', 'Unchanged'],
  ['quarantined', 'Looks wrong'],
  ['failed', 'Failed'],
  ['skipped', 'Skipped'],
];

/**
 * The report of a run in which devices could not be backed up. `failed`: those that did not fail in the same way before; `all`: what the run
 * came to, of which each change and each text that looks wrong has a notice of its own.
 */
export function failuresLetter(failed: readonly Outcome[], all: readonly Outcome[]): BackupLetter {
  const [first] = failed;
  const title =
    failed.length === 1 && first !== undefined
      ? `${first.device}: backup failed`
      : `Backup of ${formatCount(failed.length, 'device', 'devices')} failed`;
  return {
    event: 'backup.failed',
    composition: {
      subject: title,
      letter: {
        ...{ tone: 'alert', kicker: 'Configuration', title, meter: null, facts: factsOf(failed, all) },
        lead: 'Nothing was stored of them. The last good version stays the newest. You are told again when the trouble is another one.',
        table: troubleTable(failed),
        advice: 'Mend what is named, then run the backup again.',
        commands: [asTyped('backup report')],
      },
    },
  };
}

/** Devices with their trouble, for a mail. */
export function troubleTable(
  failed: readonly Pick<Outcome, 'device' | 'trouble' | 'code' | 'advice'>[],
): NonNullable<Letter['table']> {
  const rows = failed
    .slice(0, MOST_DEVICES)
    .map(({ device, trouble, advice, code }) => [device, `${trouble ?? ''} (${code ?? ''})`, advice ?? '']);
  const more = failed.length - rows.length;
  return {
    head: ['Device', 'Trouble', 'What to do'],
    rows: more > 0 ? [...rows, ['', `… and ${more} more`, '']] : rows,
  };
}

/** How the run went, where it was about several devices. */
function factsOf(failed: readonly Outcome[], all: readonly Outcome[]): Letter['facts'] {
  if (all.length < 2) return [];
  const counts = WORDS.map(([outcome, label]) => ({
    label,
    count: all.filter((each) => each.outcome === outcome).length,
  }));
  const before = all.filter(({ outcome }) => outcome === 'failed').length - failed.length;
  return [
    { label: 'Devices of the run', value: String(all.length) },
    ...counts
      .filter(({ count }) => count > 0)
      .map(({ label, count }) => ({
        label,
        value: label === 'Failed' && before > 0 ? `${count}, ${before} of them as before` : String(count),
      })),
  ];
}
