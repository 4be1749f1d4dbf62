import { bytesOf, countOf, integerOf, invalid, textOf, wordOf } from '../../platform/store/columns.ts';
import { whole } from '../../platform/store/whole.ts';
import type { Baseline, Counter } from '../accounting/counter.ts';

/**
 * The baselines of a router stand in few rows of `baseline_parts`, since most of them change with each poll: a row of its own for each was a
 * quarter of what a poll costs. A part has the rows of up to 16 neighbouring `.id`s, so that a router of which few
 * queues move has little more to write; one line each:
 *
 *     END NUMBER UPLOAD DOWNLOAD
 *     END NUMBER UPLOAD DOWNLOAD PRESENCE SEEN_AT
 *
 * `END`: the last digit of the `.id`, the rest is the name of the part. `NUMBER`: of the row of `queues`. Upload and download are
 * empty when the row was never parsed. Presence and instant are there only where the row is not present.
 */
export interface StoredBaseline extends Pick<Baseline, 'id' | 'counter' | 'presence'> {
  /** Its row of `queues`. */
  readonly queueId: number;
  /** `null` when present: then it is the router's `sampledAt`. */
  readonly seenAt: number | null;
}

const PRESENCES = ['present', 'unreadable', 'missing'] as const;
/** As RouterOS writes an `.id`. */
const USUAL_ID = /^\*[0-9A-F]+$/;
/** Before the bytes of any other `.id` in hexadecimal digits: so there is nothing but plain characters. */
const ODD = 'x';
/** The last digits that there are; the first is that of the `.id` that has no character at all. */
const ENDS = ['', ...'0123456789ABCDEF'];
/** The most rows of a part. */
export const MOST_IN_PART = ENDS.length;
const LINE = /^([0-9A-F]?) (\d+) (\d*) (\d*)(?: (unreadable|missing) (-?\d+))?$/;

/** The part that the row of an `.id` is in. */
export function partOf(id: string): string {
  const text = plainId(id);
  return text.slice(0, endAt(text));
}

/** Every `.id` whose row would be in a part. */
export function idsIn(part: string): string[] {
  return ENDS.flatMap((end) => {
    const id = idOf(part + end);
    return id !== null && partOf(id) === part ? [id] : [];
  });
}

/** The line of a row that belongs to its part. */
export function lineOf({ id, counter, presence, seenAt }: Baseline, queueId: number): string {
  const text = plainId(id);
  const bytes = counter === null ? ' ' : `${counter.uploadBytes} ${counter.downloadBytes}`;
  const rest = presence === 'present' ? '' : ` ${presence} ${whole(seenAt)}`;
  return `${text.slice(endAt(text))} ${queueId} ${bytes}${rest}\n`;
}

/** The rows of a part as it is stored. Throws an `ImpossibleValueError` for one that is not whole, or that `lineOf` has not written. */
export function baselinesOf(row: {
  readonly part: unknown;
  readonly listed: unknown;
  readonly packed: unknown;
}): StoredBaseline[] {
  const part = textOf('baseline_parts.part', row.part);
  const listed = countOf('baseline_parts.listed', row.listed);
  const lines = textOf('baseline_parts.packed', row.packed).split('\n');
  // Each line has its end: of one that was cut in the middle nothing may be taken for a counter.
  if (lines.pop() !== '') throw invalid('baseline_parts.packed', row.packed);
  if (lines.length !== listed) throw invalid('baseline_parts.listed', row.listed);
  return lines.map((line) => baselineOf(part, line));
}

function baselineOf(part: string, line: string): StoredBaseline {
  const [, end, number, upload, download, presence = 'present', seenAt] = LINE.exec(line) ?? [];
  const id = end === undefined ? null : idOf(`${part}${end}`);
  if (id === null || partOf(id) !== part) throw invalid('baseline_parts.packed', `${part} ${line}`);
  return {
    id,
    queueId: integerOf('baseline_parts.packed', BigInt(number ?? '')),
    counter: counterOf(upload, download),
    presence: wordOf('baseline_parts.packed', presence, PRESENCES),
    seenAt: seenAt === undefined ? null : integerOf('baseline_parts.packed', BigInt(seenAt)),
  };
}

function counterOf(upload: string | undefined, download: string | undefined): Counter | null {
  if (upload === '' && download === '') return null;
  return {
    uploadBytes: bytesOf('baseline_parts.packed', upload),
    downloadBytes: bytesOf('baseline_parts.packed', download),
  };
}

function plainId(id: string): string {
  return USUAL_ID.test(id) ? id : ODD + Buffer.from(id).toString('hex').toUpperCase();
}

/** `null` where `plainId` never gives this. */
function idOf(text: string): string | null {
  const id = text.startsWith(ODD) ? Buffer.from(text.slice(ODD.length), 'hex').toString() : text;
  return plainId(id) === text ? id : null;
}

/** Where its last digit is; one that has none is a part by itself. */
function endAt(text: string): number {
  return Math.max(text.length - 1, 1);
}
