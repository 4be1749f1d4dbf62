import type { Row } from '../../platform/routeros/sentence.ts';
import { clip } from '../../runtime/format.ts';
import type { Counter, UnreadableRow } from '../accounting/counter.ts';
import type { RawQueue } from '../ports.ts';

/** What is asked of `/queue/simple`; without a list RouterOS sends four times as much. Rows come in this order, mostly. */
export const QUEUE_PROPERTIES = ['.id', 'name', 'target', 'parent', 'bytes', 'dynamic', 'comment'] as const;

/** A row that cannot be accounted for, and why. */
export interface FaultyRow extends UnreadableRow {
  readonly fault: string;
}

/** The rows of one list; what the port calls a queue, but for the user, which is filled in last. */
export interface QueueList {
  readonly queues: readonly RawQueue[];
  readonly faulty: readonly FaultyRow[];
  /** RouterOS's target of each hotspot queue, by `.id`. */
  readonly hotspotTargets: ReadonlyMap<string, string>;
}

export interface QueueListBuilder {
  add(row: Row): void;
  /** To be called once, when the list is complete. */
  finish(): QueueList;
}

type Draft = { -readonly [Key in keyof RawQueue]: RawQueue[Key] };

/** Names are stored with up to 255 characters. */
const MAX_NAME_CHARACTERS = 255;

/** What is stored of a comment, in UTF-16 units. */
const MAX_COMMENT_LENGTH = 1_000;

/** RouterOS's have up to nine; what is stored has room for these in any script. */
const MAX_ID_CHARACTERS = 63;

/** RouterOS counts in 64 bits, databases store signed ones: nothing real comes near. */
const MAX_COUNTER = 2n ** 63n - 1n;

/** Up to here a number is exact, and quicker made into a bigint than its text is. */
const MAX_EXACT_DIGITS = 15;

const BYTES = /^\d{1,19}\/\d{1,19}$/;

/** `null` beyond what can be stored. */
function parseAmount(digits: string): bigint | null {
  if (digits.length <= MAX_EXACT_DIGITS) {
    return BigInt(Number(digits));
  }
  const amount = BigInt(digits);
  return amount > MAX_COUNTER ? null : amount;
}

/** `UPLOAD/DOWNLOAD` as seen from the queue's target; a text when it is no pair of counters. */
function parseBytes(text: string | undefined): Counter | string {
  if (text === undefined) {
    return 'it has no bytes';
  }
  if (!BYTES.test(text)) {
    return 'its bytes are not UPLOAD/DOWNLOAD';
  }
  const slash = text.indexOf('/');
  const uploadBytes = parseAmount(text.slice(0, slash));
  const downloadBytes = parseAmount(text.slice(slash + 1));
  return uploadBytes === null || downloadBytes === null
    ? 'its bytes are beyond 2^63 - 1'
    : { uploadBytes, downloadBytes };
}

/** The same text on its own: V8 lets a slice hold all that it was cut from, here the whole row for as long as its name is kept. */
function detached(text: string): string {
  return ` ${text}`.slice(1);
}

/** What is kept of a comment, however long it is. */
function keptComment(text: string): string {
  return detached(clip(text, MAX_COMMENT_LENGTH));
}

/** Whether a text has more characters than are stored of a name. */
export function isTooLong(name: string): boolean {
  // A text has never more characters than UTF-16 units, and those need no counting.
  return name.length > MAX_NAME_CHARACTERS && [...name].length > MAX_NAME_CHARACTERS;
}

/** `null` for what is missing or could not be stored: it must not reach the database, not even as the name of an unreadable row. */
function storable(text: string | undefined, isBeyondRoom: (text: string) => boolean): string | null {
  return text === undefined || text === '' || isBeyondRoom(text) ? null : text;
}

/** Whether one `.id` comes after another in the order of their numbers, which are hexadecimal without leading zeros. */
function isBeyond(id: string, other: string): boolean {
  return id.length === other.length ? id > other : id.length > other.length;
}

/** Takes the rows of `/queue/simple` one by one; a row that accounting cannot read becomes a `FaultyRow`. */
export function createQueueList(): QueueListBuilder {
  const queues: Draft[] = [];
  const faulty: FaultyRow[] = [];
  const hotspotTargets = new Map<string, string>();
  const parents = new Set<string>();
  // As long as .ids rise, which they mostly do, none can come twice; they are noted from the first on that does not.
  let highestId = '';
  let ids: Set<string> | null = null;

  /** Notes an `.id`; `false` when another row had it. */
  function isFirst(id: string): boolean {
    if (ids === null) {
      if (isBeyond(id, highestId)) {
        highestId = id;
        return true;
      }
      ids = new Set([...queues, ...faulty].flatMap((row) => row.id ?? []));
    }
    const before = ids.size;
    return ids.add(id).size > before;
  }

  return {
    add(row) {
      const id = storable(row.get('.id'), (text) => text.length > MAX_ID_CHARACTERS);
      const name = storable(row.get('name'), isTooLong);
      const target = name?.startsWith('<hotspot-') ? row.get('target') : undefined;
      const parent = row.get('parent') ?? 'none';
      if (parent !== 'none') {
        if (!parents.has(parent)) parents.add(detached(parent));
      }
      const counter = parseBytes(row.get('bytes'));
      if (id === null) {
        faulty.push({ id, name: name && detached(name), fault: 'it has no valid .id' });
      } else if (!isFirst(id)) {
        // It cannot be told which of the two the .id belongs to; the first keeps it.
        faulty.push({ id: null, name: name && detached(name), fault: 'its .id is that of another row' });
      } else if (name === null) {
        faulty.push({ id, name, fault: 'it has no name, or one of more than 255 characters' });
      } else if (typeof counter === 'string') {
        faulty.push({ id, name: detached(name), fault: counter });
      } else {
        const dynamic = row.get('dynamic');
        const comment = row.get('comment');
        queues.push({
          id,
          name: detached(name),
          uploadBytes: counter.uploadBytes,
          downloadBytes: counter.downloadBytes,
          dynamic: dynamic === 'true' || dynamic === 'yes',
          isParent: false,
          comment: comment ? keptComment(comment) : null,
          sessionUser: null,
        });
      }
      if (id !== null && target !== undefined) {
        hotspotTargets.set(id, detached(target));
      }
    },
    finish() {
      if (parents.size > 0) {
        for (const queue of queues) {
          queue.isParent = parents.has(queue.name);
        }
      }
      return { queues, faulty, hotspotTargets };
    },
  };
}
