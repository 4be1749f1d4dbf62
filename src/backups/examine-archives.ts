import { randomUUID } from 'node:crypto';
import type { Clock } from '../runtime/clock.ts';
import type { Examine } from '../runtime/examination.ts';
import { about, ok, orTrouble, type PartFinding, warning } from '../runtime/finding.ts';
import { formatCount, formatDuration } from '../runtime/format.ts';
import type { Archive, ArchiveBook } from './archive.ts';
import { inTime } from './archive-deadline.ts';
import { lagSeconds } from './archive-desk.ts';

export interface ExamineArchivesDeps {
  readonly archives: readonly Archive[];
  readonly recipients: number;
  readonly encrypt: (text: Buffer) => Promise<Buffer>;
  readonly book: Pick<ArchiveBook, 'standing' | 'sum'>;
  readonly clock: Clock;
}

/** Whether each archive can be reached and written: a small file is encrypted, written, looked at and removed. */
export function createArchivesExamine(deps: ExamineArchivesDeps): Examine {
  const { archives, book, clock } = deps;
  return async ({ signal, read }) => {
    const findings = archives.map(async (archive) => {
      const [written, noted] = await Promise.all([
        examineWriting(archive, deps, signal),
        read(async () => ({ standing: await book.standing(archive.name), sum: await book.sum(archive.name) })),
      ]);
      const waits = noted === null ? [] : [judgeWaiting(noted, clock.now())];
      return about(`archive ${archive.name}`, [...written, ...judgeWay(archive), ...waits]);
    });
    return (await Promise.all(findings)).flat();
  };
}

async function examineWriting(
  archive: Archive,
  { recipients, encrypt, clock }: ExamineArchivesDeps,
  signal: AbortSignal,
): Promise<readonly PartFinding[]> {
  const { kind, place } = archive;
  return await orTrouble('writing', async () => {
    const once = <Result>(work: (stop: AbortSignal) => Promise<Result>) => inTime(place, clock, signal, work);
    const bytes = await encrypt(Buffer.from('NetSentinel check'));
    const session = await once((stop) => archive.open(stop));
    try {
      const path = `netsentinel-check-${randomUUID()}.age`;
      await once((stop) => session.put(path, bytes, stop));
      const size = await once((stop) => session.size(path, stop));
      await once((stop) => session.remove(path, stop));
      const keys = ok('age', `copies are for ${formatCount(recipients, 'public key', 'public keys')}`);
      if (size === bytes.length || size === 'unknown') {
        return [ok('writing', `${kind}, ${place}: a file was written and removed`), keys];
      }
      const found = `${kind}, ${place}: a file was taken, but has ${size ?? 'no'} of ${bytes.length} bytes`;
      return [warning('writing', found, 'Check free space, quotas and the disk of the archive.'), keys];
    } finally {
      session.close();
    }
  });
}

function judgeWay({ isOpenToRead }: Archive): readonly PartFinding[] {
  const found = 'http: the password is not encrypted on the way';
  return isOpenToRead ? [warning('encryption', found, 'Use the https address of the server.')] : [];
}

function judgeWaiting(
  {
    standing,
    sum,
  }: {
    readonly standing: Awaited<ReturnType<ArchiveBook['standing']>>;
    readonly sum: Awaited<ReturnType<ArchiveBook['sum']>>;
  },
  now: number,
): PartFinding {
  const copies = formatCount(sum.copies, 'copy', 'copies');
  if (standing?.failing) {
    const { trouble, code, since, advice } = standing.failing;
    const found = `${copies}, ${standing.waiting} waiting; failing for ${formatDuration(Math.max(0, now - since))}: ${trouble} (${code})`;
    return warning('copies', found, advice);
  }
  if (standing === null || standing.waiting === 0) return ok('copies', copies);
  const lag = formatDuration(lagSeconds(standing.waitingSince, now) * 1000);
  return ok('copies', `${copies}, ${standing.waiting} waiting, the oldest for ${lag}`);
}
