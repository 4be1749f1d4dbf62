import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { createLimiter } from '../runtime/limiter.ts';
import type { Logger } from '../runtime/logger.ts';
import type { BackupDevice, BinaryAccess } from './ports.ts';
import { type BinaryStep, type FetchBinaryDeps, fetchBinary, sweepBinary } from './routeros/fetch-binary.ts';
import type { Verified } from './versions.ts';

export const BINARY_OUTCOMES = ['stored', 'kept', 'failed'] as const;

/** What became of the binary backup of a version. The text of the version is good whatever it says. */
export interface BinaryResult {
  /** `stored`: it was made now. `kept`: this version has one already. */
  readonly outcome: (typeof BINARY_OUTCOMES)[number];
  /** Of the trouble; also where it is stored and its file could not be removed from the device. `null`: all is well. */
  readonly code: string | null;
  readonly step: BinaryStep | null;
  readonly bytes: number | null;
  readonly trouble: string | null;
  readonly advice: string | null;
}

/** What is known of a binary backup without its content. */
export interface BinaryFacts {
  readonly device: string;
  readonly version: number;
  /** Unix ms. */
  readonly takenAt: number;
  readonly bytes: number;
}

export interface MadeBinary {
  readonly device: string;
  readonly version: number;
  readonly bytes: Buffer;
  /** Unix ms. */
  readonly takenAt: number;
  readonly isLeft: boolean;
}

/** Binary backups, each kept beside the version it was made for and gone with it. Everything rejects with a `TroubleError` when the database is away. */
export interface BinaryBook {
  /** Of one device or of all, by device and version. */
  list(device?: string): Promise<readonly BinaryFacts[]>;
  /** The newest of each device, by device. */
  newest(): Promise<readonly BinaryFacts[]>;
  /** The one of a version; `isLeft`: its file may still be on the device. `null`: there is none. */
  find(device: string, version: number): Promise<{ readonly bytes: number; readonly isLeft: boolean } | null>;
  /** `null`: there is none. Rejects with a `TroubleError` where it cannot be read: `KEY_WRONG`, `SECRET_DAMAGED`, `BACKUP_DAMAGED`. */
  read(device: string, version: number): Promise<Buffer | null>;
  /** Keeps it, unless the version has one; nothing where the version is gone. */
  keep(made: MadeBinary): Promise<void>;
  /** Its file is no longer on the device. */
  removed(device: string, version: number): Promise<void>;
  /** Reads each of one device or of all. */
  verify(device?: string): AsyncIterable<Verified>;
}

/** A version whose text is good and stored. */
export interface GoodVersion {
  readonly version: number;
  readonly osVersion: string | null;
  /** Of its text. */
  readonly bytes: number;
}

/** Makes the binary backup of a version; `null`: none is asked for. Only an aborted signal rejects, with its reason. */
export type MakeBinary = (device: BackupDevice, good: GoodVersion, signal: AbortSignal) => Promise<BinaryResult | null>;

export interface BinaryDeps extends FetchBinaryDeps {
  readonly book: Pick<BinaryBook, 'find' | 'keep' | 'removed'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Each is in memory as a whole. */
const PLACES = 4;

export function createBinaryMaker(deps: BinaryDeps): MakeBinary {
  const { book, clock, logger } = deps;
  const limiter = createLimiter(PLACES);

  async function make(
    device: BackupDevice,
    binary: BinaryAccess,
    good: GoodVersion,
    signal: AbortSignal,
  ): Promise<BinaryResult> {
    const { name } = device;
    const place = { device: name, version: good.version };
    // It never has the same bytes twice, so it says nothing of a change: the text does, and one is made for each version.
    const kept = await book.find(name, good.version);
    if (kept !== null) return await keepOn(device, place, kept, signal);
    const takenAt = clock.now();
    const { bytes, failure } = await fetchBinary({ shell: device.shell, binary }, good, deps, signal);
    const isLeft = failure?.step === 'remove';
    if (bytes !== null) await book.keep({ ...place, bytes, takenAt, isLeft });
    const size = bytes?.length ?? null;
    const outcome = bytes === null ? 'failed' : 'stored';
    return failure === null
      ? { ...WELL, outcome, bytes: size }
      : failedAt(failure.step, failure.trouble, outcome, size);
  }

  /** There is one; what may be left of it on the device is removed. */
  async function keepOn(
    { shell }: BackupDevice,
    { device, version }: Pick<MadeBinary, 'device' | 'version'>,
    { bytes, isLeft }: { readonly bytes: number; readonly isLeft: boolean },
    signal: AbortSignal,
  ): Promise<BinaryResult> {
    const failure = isLeft ? await sweepBinary(shell, signal) : null;
    if (failure !== null) return failedAt('remove', failure, 'kept', bytes);
    if (isLeft) await book.removed(device, version);
    return { ...WELL, outcome: 'kept', bytes };
  }

  return async (device, good, signal) => {
    const { binary } = device;
    // It takes no place: most devices have none, and would wait for those that have.
    if (binary === null || device.model !== 'routeros') return null;
    try {
      return await limiter.run(() => make(device, binary, good, signal));
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof TroubleError) return failedAt('keep', error);
      logger.error({ err: error, device: device.name }, 'a binary backup failed by a bug');
      return failedAt('keep', BUG);
    }
  };
}

const WELL = { code: null, step: null, trouble: null, advice: null };
const BUG = { code: 'BUG', message: 'a bug: see the log', advice: 'Please report it with what the log says.' };

function failedAt(
  step: BinaryStep,
  { code, message, advice }: Pick<TroubleError, 'code' | 'message' | 'advice'>,
  outcome: BinaryResult['outcome'] = 'failed',
  bytes: number | null = null,
): BinaryResult {
  return { outcome, code, step, bytes, trouble: message, advice };
}
