import { asTyped } from '../runtime/command-name.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { PartFinding } from '../runtime/finding.ts';
import { failure, ok, orTrouble, troubled, warning } from '../runtime/finding.ts';
import { formatBytes, formatDuration, readableName } from '../runtime/format.ts';
import type { DatabaseProbe } from './ports.ts';

const CLOCK_APART_MS = 5_000;
const DISK_SCARCE_BYTES = 1n << 30n;
const DISK_FULL_BYTES = 100n << 20n;

export interface DatabaseCheck {
  readonly findings: readonly PartFinding[];
  /** Whether it can be read, and its tables are there. */
  readonly isUsable: boolean;
}

/** Reach, schema, rights, clock, disk. `now` is the worker's clock, Unix ms. */
export async function checkDatabase(database: DatabaseProbe, now: () => number): Promise<DatabaseCheck> {
  const place = readableName(database.place);
  try {
    const applied = await database.migrate();
    const [first] = applied;
    const names = applied.length > 3 ? `${first} to ${applied.at(-1)}` : applied.join(', ');
    const schema = first === undefined ? 'the schema is up to date' : `the schema was updated: ${names}`;
    const findings = [
      ok('reach', `${place} answers`),
      ok('schema', schema),
      ...(await orTrouble('rights', async () => {
        await database.tryWriting();
        return [ok('rights', 'every table can be read and written')];
      })),
      ...(await orTrouble('clock', async () => judgeDatabaseClock(await database.now(), now()))),
      ...judgeDisk(await database.freeDisk()),
    ];
    return { findings, isUsable: true };
  } catch (error) {
    if (!(error instanceof TroubleError)) throw error;
    const isReached = /^(SCHEMA|MIGRATION)_/.test(error.code);
    const reach = isReached ? [ok('reach', `${place} answers`)] : [];
    const part = isReached ? 'schema' : 'reach';
    return { findings: [...reach, troubled(part, error), ...judgeDisk(await database.freeDisk())], isUsable: false };
  }
}

/** Both in Unix ms; `null` where there is no other clock. */
export function judgeDatabaseClock(theirs: number | null, ours: number): PartFinding[] {
  if (theirs === null) return [];
  const apartMs = Math.abs(theirs - ours);
  if (apartMs <= CLOCK_APART_MS) return [ok('clock', "the server's clock agrees with this machine's")];
  return [
    warning(
      'clock',
      `the server's clock is ${formatDuration(apartMs)} ${theirs > ours ? 'ahead of' : 'behind'} this machine's`,
      'Use NTP on both. Usage is dated by the clock of this machine: check that it is right (`timedatectl`).',
    ),
  ];
}

/** `null` where the disk is not on this machine. */
export function judgeDisk(freeBytes: bigint | null): PartFinding[] {
  if (freeBytes === null) return [];
  const found = `${formatBytes(freeBytes)} free on the disk of the database`;
  const advice = `Free space on that disk, or keep fewer days (retention.days) and run \`${asTyped('purge')}\`.`;
  if (freeBytes < DISK_FULL_BYTES) return [failure('disk', found, advice)];
  return [freeBytes < DISK_SCARCE_BYTES ? warning('disk', found, advice) : ok('disk', found)];
}
