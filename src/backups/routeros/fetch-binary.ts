import { type Clock, pause } from '../../runtime/clock.ts';
import { TroubleError } from '../../runtime/errors.ts';
import { formatBytes } from '../../runtime/format.ts';
import { quoteRsc } from '../../runtime/rsc-text.ts';
import type { BinaryAccess, CommandOutput, DeviceShell, OutputLimits, ShellSession } from '../ports.ts';
import { provenText } from '../proof.ts';
import { byteTextOf, linesOf } from '../text.ts';
import { BINARY_FILE, BINARY_NAME, binaryFault } from './binary-file.ts';
import * as troubles from './binary-trouble.ts';

/** Where a binary backup ended. */
export const BINARY_STEPS = ['connect', 'space', 'save', 'fetch', 'remove', 'keep'] as const;
export type BinaryStep = (typeof BINARY_STEPS)[number];

/** What came of it: the file, trouble, or both where the file came whole and could not be removed from the router. */
export interface FetchedBinary {
  readonly bytes: Buffer | null;
  readonly failure: { readonly step: BinaryStep; readonly trouble: TroubleError } | null;
}

export interface FetchBinaryDeps {
  readonly limits: Pick<OutputLimits, 'idleMs' | 'totalMs'>;
  readonly clock: Clock;
  readonly newNonce: () => string;
}

const FIND = `[/file find where name="${BINARY_FILE}"]`;

const ASK_LIMITS = { idleMs: 15_000, totalMs: 20_000, mostBytes: 16_384 };
/** A router with a busy core takes a while to save. */
const SAVE_LIMITS: OutputLimits = { idleMs: 120_000, totalMs: 120_000, mostBytes: 16_384 };
/** A worker that is told to stop does not wait for long. */
const LAST_LIMITS: OutputLimits = { idleMs: 5_000, totalMs: 5_000, mostBytes: 16_384 };

/** A file is there some time after the command that writes it. */
const LOOK_EACH_MS = 500;
const SETTLES_WITHIN_MS = 90_000;

/** More than a router with thousands of users has; each is in memory as a whole. */
const MOST_BINARY_BYTES = 8 * 1024 * 1024;
/** Left free in any case: with less a router has trouble to keep even its own changes. */
const LEFT_FREE_BYTES = 1024 * 1024;
/** Nobody knows how large it becomes; it also has what no export shows. */
const TIMES_THE_TEXT = 4;

/** RouterOS encrypts with AES since 6.43; before, it takes no `encryption`. */
const AES_SINCE = { major: 6, minor: 43 };

/**
 * Has a router save its binary backup, fetches it, and removes it from the router. What an earlier run left is removed first. Nothing is
 * saved where there may be too little room, or where a file could not be removed again. Rejects with the reason of an aborted signal only.
 */
export async function fetchBinary(
  device: { readonly shell: DeviceShell; readonly binary: BinaryAccess },
  { osVersion, bytes: textBytes }: { readonly osVersion: string | null; readonly bytes: number },
  deps: FetchBinaryDeps,
  signal: AbortSignal,
): Promise<FetchedBinary> {
  let step: BinaryStep = 'connect';
  let session: ShellSession | null = null;
  let isSaved = false;
  let bytes: Buffer | null = null;
  let failure: FetchedBinary['failure'] = null;
  try {
    if (!encryptsWithAes(osVersion)) throw troubles.unsupported(osVersion);
    session = await device.shell.open(signal);
    step = 'space';
    if (!(await removeFile(session, ASK_LIMITS, signal))) throw troubles.notRemovable();
    await requireRoom(session, textBytes, signal);
    step = 'save';
    isSaved = true;
    await save(session, device.binary.password.reveal(), deps.newNonce(), signal);
    const size = await settledSize(session, deps.clock, signal);
    step = 'fetch';
    bytes = await fetchFile(device.binary, size, deps, signal);
  } catch (error) {
    if (!(error instanceof TroubleError)) throw error;
    failure = { step, trouble: error };
  } finally {
    // Also where the run is cut off.
    if (isSaved && !(await removeAfter(device.shell, session, signal)))
      failure =
        failure === null
          ? { step: 'remove', trouble: troubles.left() }
          : { ...failure, trouble: troubles.alsoLeft(failure.trouble) };
    session?.close();
  }
  return { bytes, failure };
}

function encryptsWithAes(version: string | null): boolean {
  const [, major = '', minor = ''] = /^(\d+)\.(\d+)/.exec(version ?? '') ?? [];
  if (major === '') return false;
  return Number(major) > AES_SINCE.major || (Number(major) === AES_SINCE.major && Number(minor) >= AES_SINCE.minor);
}

/** What the router answers to a line of commands, line by line; `null`: it did not end it. */
async function ask(
  session: ShellSession,
  line: string,
  limits: OutputLimits,
  signal: AbortSignal,
): Promise<readonly string[] | null> {
  const { bytes, end } = await session.run(line, limits, signal);
  return end === 'closed' ? linesOf(byteTextOf(bytes)).map((each) => each.trim()) : null;
}

/** Removes our file, where it is there. `false`: it may be there still. */
async function removeFile(session: ShellSession, limits: OutputLimits, signal: AbortSignal): Promise<boolean> {
  const answer = await ask(session, `/file remove ${FIND}; :put [:len ${FIND}]`, limits, signal);
  if (answer === null) throw troubles.lost('it did not answer when a file was to be removed');
  return answer.at(-1) === '0';
}

/** Removes what may be left of a binary backup; gives its trouble. Rejects with the reason of an aborted signal only. */
export async function sweepBinary(shell: DeviceShell, signal: AbortSignal): Promise<TroubleError | null> {
  const isRemoved = await removeAfter(shell, null, signal);
  signal.throwIfAborted();
  return isRemoved ? null : troubles.left();
}

/** By a session of its own where the one before is of no more use. Only trouble makes it `false`. */
async function removeAfter(shell: DeviceShell, session: ShellSession | null, signal: AbortSignal): Promise<boolean> {
  const never = new AbortController().signal;
  const limits = signal.aborted ? LAST_LIMITS : ASK_LIMITS;
  const isRemoved = session === null ? false : await removeFile(session, limits, never).catch(refuse);
  if (isRemoved || signal.aborted) return isRemoved;
  try {
    const again = await shell.open(signal);
    try {
      return await removeFile(again, limits, signal);
    } finally {
      again.close();
    }
  } catch (error) {
    return signal.aborted ? false : refuse(error);
  }
}

function refuse(error: unknown): false {
  if (!(error instanceof TroubleError)) throw error;
  return false;
}

/** Where there is a folder `flash`, all else lies in memory. */
async function requireRoom(session: ShellSession, textBytes: number, signal: AbortSignal): Promise<void> {
  const line =
    ':put [/system resource get free-hdd-space]; :put [/system resource get free-memory]; :put [:len [/file find where name="flash"]]';
  const answer = await ask(session, line, ASK_LIMITS, signal);
  if (answer === null) throw troubles.lost('it did not say how much space is free');
  const [flash, memory, folders] = answer;
  if (![flash, memory, folders].every((text) => text !== undefined && /^\d{1,15}$/.test(text)))
    throw troubles.noSpace('the router does not say how much space is free');
  const isInMemory = folders !== '0';
  const free = Number(isInMemory ? memory : flash);
  const needed = LEFT_FREE_BYTES + textBytes * TIMES_THE_TEXT;
  if (free >= needed) return;
  const place = isInMemory ? 'memory' : 'flash';
  throw troubles.noSpace(
    `only ${formatBytes(BigInt(free))} of ${place} are free, and ${formatBytes(BigInt(needed))} may be needed`,
  );
}

async function save(session: ShellSession, password: string, nonce: string, signal: AbortSignal): Promise<void> {
  const line = `/system backup save name=${quoteRsc(BINARY_NAME)} password=${quoteRsc(password)} encryption=aes-sha256; :put "ns-end-${nonce}"`;
  const { bytes, end } = await session.run(line, SAVE_LIMITS, signal);
  if (end !== 'closed') throw troubles.lost(SAVE_ENDS[end]);
  // Its words are not kept: they may repeat the command.
  if (provenText(byteTextOf(bytes), nonce) === null)
    throw troubles.refused('the router does not carry out /system backup save');
}

const SAVE_ENDS: Readonly<Record<Exclude<CommandOutput['end'], 'closed'>, string>> = {
  lost: 'the connection broke while it was saved',
  idle: 'it was not saved in time',
  late: 'it was not saved in time',
  large: 'it answered more than it should when it was saved',
};

/** Bytes of the file, once two looks in a row show the same. */
async function settledSize(session: ShellSession, clock: Clock, signal: AbortSignal): Promise<number> {
  const until = clock.monotonicMs() + SETTLES_WITHIN_MS;
  for (let last = 0; clock.monotonicMs() < until; ) {
    const answer = await ask(session, `:put [/file get ${FIND} size]`, ASK_LIMITS, signal);
    if (answer === null) throw troubles.lost('it did not say how large the file is');
    const size = /^\d{1,12}$/.test(answer[0] ?? '') ? Number(answer[0]) : 0;
    if (size > MOST_BINARY_BYTES) throw troubles.large(MOST_BINARY_BYTES);
    if (size > 0 && size === last) return size;
    last = size;
    await pause(clock, LOOK_EACH_MS, signal);
    signal.throwIfAborted();
  }
  throw troubles.incomplete('the file does not appear with a size that stays the same');
}

async function fetchFile(
  { password, files }: BinaryAccess,
  size: number,
  { limits }: FetchBinaryDeps,
  signal: AbortSignal,
): Promise<Buffer> {
  const session = await files.open(signal);
  try {
    const { bytes, end } = await session.read(BINARY_FILE, { ...limits, mostBytes: size }, signal);
    if (end === 'refused' || end === 'missing') throw troubles.refused('the router does not give the file by SFTP');
    if (end !== 'whole') throw troubles.incomplete(`${READ_ENDS[end]} after ${bytes.length} of ${size} bytes`);
    if (bytes.length !== size) throw troubles.incomplete(`only ${bytes.length} of ${size} bytes came`);
    const fault = binaryFault(bytes, password.reveal());
    if (fault !== null) throw troubles.unproven(fault);
    return bytes;
  } finally {
    session.close();
  }
}

const READ_ENDS = {
  lost: 'the connection broke',
  idle: 'the router stopped sending',
  late: 'it took too long',
  large: 'more came than the file has',
} as const;
