import type { Composition, Letter } from '../notices/letter.ts';
import type { PageLinks } from '../notices/ports.ts';
import { asTyped, quoted } from '../runtime/command-name.ts';
import { formatDuration, formatMoment, readableName, shorten } from '../runtime/format.ts';
import type { BackupLetter } from './letters.ts';
import type { BackupWatch } from './stale.ts';

interface Context {
  readonly timeZone: string;
  readonly pages?: PageLinks | undefined;
}

const LONGEST_NAME_IN_SUBJECT = 60;
/** A table of more would be cut off by mail programs; the title says how many there are. */
const MOST_ROWS = 200;

/** What is wrong, in one line. */
export function summaryOf({ lastGoodAt, watchedSince }: BackupWatch, { timeZone }: Pick<Context, 'timeZone'>): string {
  return lastGoodAt === null
    ? `never backed up, expected since ${formatMoment(watchedSince, timeZone)}`
    : `not backed up since ${formatMoment(lastGoodAt, timeZone)}`;
}

/** Tells of devices that have not been backed up for too long. */
export function staleLetter(stale: readonly BackupWatch[], staleAfterMs: number, context: Context): BackupLetter {
  const longer = `for more than ${formatDuration(staleAfterMs)}`;
  const [first] = stale;
  const isOne = stale.length === 1 && first !== undefined;
  const composition = letterOf(stale, context, {
    tone: 'alert',
    title: isOne
      ? `${readableName(first.device)}: no backup ${longer}`
      : `${stale.length} devices: no backup ${longer}`,
    lead: 'If such a device fails now, its last changes are lost. You are told again when it is backed up.',
    advice:
      'See why the last backups failed, mend that, and back up again. Check too that a schedule is for this device and not paused.',
    commands: [
      asTyped('backup report'),
      asTyped('backup schedule list'),
      asTyped(isOne ? `backup run --device ${quoted(first.device)}` : 'backup run'),
    ],
  });
  return { event: 'backup.stale', composition };
}

/** Tells of devices that are backed up again. */
export function freshLetter(fresh: readonly BackupWatch[], context: Context): BackupLetter {
  const [first] = fresh;
  const isOne = fresh.length === 1 && first !== undefined;
  const who = isOne ? readableName(first.device) : `${fresh.length} devices`;
  const composition = letterOf(fresh, context, {
    tone: 'good',
    title: `${who}: backup is up to date again`,
    lead: 'The newest configuration is stored.',
    advice: 'Nothing to do.',
    commands: [],
  });
  return { event: 'backup.fresh', composition };
}

function letterOf(
  watches: readonly BackupWatch[],
  { timeZone, pages }: Context,
  rest: Pick<Letter, 'tone' | 'title' | 'lead' | 'advice' | 'commands'>,
): Composition {
  const [first] = watches;
  const lastOf = ({ lastGoodAt }: BackupWatch) => (lastGoodAt === null ? 'never' : formatMoment(lastGoodAt, timeZone));
  const isOne = watches.length === 1 && first !== undefined;
  const rows = watches.slice(0, MOST_ROWS).map((watch) => [readableName(watch.device), lastOf(watch)]);
  const more = watches.length - rows.length;
  return {
    subject: shorten(rest.title, LONGEST_NAME_IN_SUBJECT * 2),
    letter: {
      ...{ kicker: 'Configuration', meter: null, ...rest },
      facts: isOne ? [{ label: 'Last complete backup', value: lastOf(first) }] : [],
      table: isOne
        ? null
        : { head: ['Device', 'Last complete backup'], rows: more > 0 ? [...rows, [`… and ${more} more`, '']] : rows },
      page: isOne ? pages?.router(first.device) : undefined,
    },
  };
}
