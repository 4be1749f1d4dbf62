import { sentence } from '../../platform/http/forms.ts';
import type { Frame } from '../../platform/http/frame.ts';
import { formatCount, formatDuration, formatMoment, readableName } from '../../runtime/format.ts';
import type { ArchiveEntry } from '../archive-desk.ts';
import { type Context, sizeOf } from './parts.ts';

interface ArchiveRow {
  readonly key: string;
  readonly archive: string;
  readonly kind: string;
  readonly place: string;
  readonly level: string;
  readonly state: string;
  /** Why it fails, and what helps; `null`: it does not. */
  readonly trouble: { readonly text: string; readonly code: string; readonly advice: string } | null;
  readonly waiting: string;
  readonly lastCopy: string;
  readonly copies: string;
  readonly size: string;
}

export interface ArchivesView extends Frame {
  readonly rows: readonly ArchiveRow[];
  /** Public keys of age that copies are encrypted for. */
  readonly recipients: readonly string[];
  readonly recipientsText: string;
}

/** `GET /backups/archives`: where off-site copies go, and how far each archive is. */
export function viewArchives(
  entries: readonly ArchiveEntry[],
  { recipients, now, timeZone }: Context & { readonly recipients: readonly string[] },
): ArchivesView {
  return {
    title: 'Archives',
    nav: 'backups',
    rows: entries.map((entry) => rowOf(entry, { now, timeZone })),
    recipients,
    recipientsText: formatCount(recipients.length, 'public key', 'public keys'),
  };
}

function rowOf(entry: ArchiveEntry, { now, timeZone }: Context): ArchiveRow {
  const { archive, kind, place, copies, bytes, lastCopiedAt, waiting, lagSeconds } = entry;
  return {
    ...{ key: `archive-${archive}`, archive, kind, place: readableName(place) },
    ...stateOf(entry, now),
    waiting:
      waiting === 0
        ? 'none'
        : `${formatCount(waiting, 'version', 'versions')}, the oldest for ${formatDuration(lagSeconds * 1000)}`,
    lastCopy: lastCopiedAt === null ? 'none yet' : formatMoment(Date.parse(lastCopiedAt), timeZone),
    ...{ copies: copies.toLocaleString('en-US'), size: sizeOf(bytes) },
  };
}

function stateOf(
  { copies, waiting, code, failingSince, trouble, advice }: ArchiveEntry,
  now: number,
): Pick<ArchiveRow, 'level' | 'state' | 'trouble'> {
  if (trouble !== null && failingSince !== null) {
    const since = formatDuration(Math.max(0, now - Date.parse(failingSince)));
    return {
      ...{ level: 'bad', state: `failing for ${since}` },
      trouble: { text: sentence(readableName(trouble)), code: code ?? '', advice: advice ?? '' },
    };
  }
  if (waiting > 0) return { level: 'late', state: 'copying', trouble: null };
  return { level: '', state: copies === 0 ? 'nothing copied yet' : 'up to date', trouble: null };
}
