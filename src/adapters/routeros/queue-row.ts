import type { Counter, UnreadableRow } from '../../accounting/counter.ts';
import type { Row } from './session.ts';

/** What is asked of `/queue/simple`; without a list RouterOS sends four times as much. */
export const QUEUE_PROPERTIES = ['.id', 'name', 'target', 'parent', 'bytes', 'dynamic', 'comment'] as const;

/** A row of `/queue/simple` by itself; what depends on other rows is added when the list is complete. */
export interface QueueRow extends Counter {
  readonly id: string;
  readonly name: string;
  /** RouterOS's target, kept only where it tells a hotspot user. */
  readonly target: string | null;
  readonly dynamic: boolean;
  readonly comment: string | null;
  /** Name of the queue above it. */
  readonly parent: string | null;
}

/** A row that cannot be accounted for, and why. */
export interface FaultyRow extends UnreadableRow {
  readonly parent: string | null;
  readonly fault: string;
}

export type ParsedRow = QueueRow | FaultyRow;

/** Names are stored with up to 255 characters. */
const MAX_NAME_CHARACTERS = 255;

/** RouterOS counts in 64 bits, databases store signed ones: nothing real comes near. */
const MAX_COUNTER = 2n ** 63n - 1n;

/** Up to here a number is exact and quicker made into a bigint than its text is. */
const MAX_EXACT_DIGITS = 15;

const BYTES = /^(\d{1,19})\/(\d{1,19})$/;

function parseAmount(digits: string): bigint {
  return digits.length <= MAX_EXACT_DIGITS ? BigInt(Number(digits)) : BigInt(digits);
}

/** `UPLOAD/DOWNLOAD` as seen from the queue's target; a text when it is no pair of counters. */
function parseBytes(text: string | undefined): Counter | string {
  if (text === undefined) {
    return 'it has no bytes';
  }
  const match = BYTES.exec(text);
  if (match === null) {
    return 'its bytes are not UPLOAD/DOWNLOAD';
  }
  const uploadBytes = parseAmount(match[1] ?? '');
  const downloadBytes = parseAmount(match[2] ?? '');
  return uploadBytes > MAX_COUNTER || downloadBytes > MAX_COUNTER
    ? 'its bytes are beyond 2^63 - 1'
    : { uploadBytes, downloadBytes };
}

function isTooLong(name: string): boolean {
  // A text has never more characters than UTF-16 units, and those need no counting.
  return name.length > MAX_NAME_CHARACTERS && [...name].length > MAX_NAME_CHARACTERS;
}

function parentOf(row: Row): string | null {
  const parent = row.get('parent');
  return parent === undefined || parent === '' || parent === 'none' ? null : parent;
}

export function isFaulty(row: ParsedRow): row is FaultyRow {
  return 'fault' in row;
}

/** One row of `/queue/simple`, taken apart; a `FaultyRow` if anything that accounting needs cannot be read. */
export function parseQueueRow(row: Row): ParsedRow {
  const id = row.get('.id') || null;
  const name = row.get('name') || null;
  const parent = parentOf(row);
  const counter = parseBytes(row.get('bytes'));
  if (id === null) {
    return { id, name, parent, fault: 'it has no .id' };
  }
  if (name === null) {
    return { id, name, parent, fault: 'it has no name' };
  }
  if (isTooLong(name)) {
    return { id, name, parent, fault: 'its name is longer than 255 characters' };
  }
  if (typeof counter === 'string') {
    return { id, name, parent, fault: counter };
  }
  return {
    id,
    name,
    target: name.startsWith('<hotspot-') ? (row.get('target') ?? null) : null,
    dynamic: row.get('dynamic') === 'true' || row.get('dynamic') === 'yes',
    comment: row.get('comment') || null,
    parent,
    uploadBytes: counter.uploadBytes,
    downloadBytes: counter.downloadBytes,
  };
}
