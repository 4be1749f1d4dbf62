import { totalmem } from 'node:os';
import { replyTooLargeTrouble } from './errors.ts';

const MIB = 1024 * 1024;

/** Rows of one reply; twice the queues of the largest router measured. */
export const MAX_REPLY_ROWS = 100_000;

/** What may have to be kept of the replies to the commands that run at once; 50,000 queues with ordinary comments have 15 MiB. */
const MAX_KEPT_BYTES = 32 * MIB;

/** Bytes received meanwhile, including the skipped parts of values that are too long. */
const MAX_WIRE_BYTES = 128 * MIB;

/** A row that is kept takes about this beside its text. */
const ROW_BYTES = 256;

/**
 * The replies of all routers that are on their way, together: 100,000 rows of each of a few routers at once would not fit into a small
 * container. Where they are more than that, the largest one fails.
 */
export interface ReplyMemory {
  /** `fail` ends the session whose replies are the largest. */
  open(fail: (error: Error) => void): ReplyShare;
}

/** What one session holds of the memory. */
export interface ReplyShare {
  hold(bytes: number): void;
  release(): void;
}

export function createReplyMemory(limitBytes: number): ReplyMemory {
  const shares = new Set<{ bytes: number; readonly fail: (error: Error) => void }>();
  let totalBytes = 0;

  function failLargest(): void {
    let [largest] = shares;
    for (const share of shares) {
      if (largest === undefined || share.bytes > largest.bytes) largest = share;
    }
    largest?.fail(
      replyTooLargeTrouble(
        `the replies of all routers that are being read take more than ${Math.round(limitBytes / MIB)} MiB, and this router's is the largest`,
      ),
    );
  }

  return {
    open(fail) {
      const share = { bytes: 0, fail };
      return {
        hold(bytes) {
          totalBytes += bytes - share.bytes;
          share.bytes = bytes;
          shares.add(share);
          if (totalBytes > limitBytes) failLargest();
        },
        release() {
          totalBytes -= share.bytes;
          share.bytes = 0;
          shares.delete(share);
        },
      };
    },
  };
}

/** What four large routers take at once. */
const LEAST_FOR_ALL_BYTES = 128 * MIB;

/** Shared by all readers in the process: a quarter of the memory of the machine or the container. */
export const processReplies: ReplyMemory = createReplyMemory(
  Math.max(LEAST_FOR_ALL_BYTES, Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY) / 4),
);

/** Counts what one session is sent while commands wait, and throws `ROUTER_REPLY_TOO_LARGE` at more than any true router sends. */
export interface ReplyMeter {
  /** A row of `bytes` on the wire is handed over; `rows` of the same reply were before. */
  row(bytes: number, rows: number): void;
  /** Once for each piece that came: `bytes` over the wire. */
  received(bytes: number): void;
  /** No command waits any more. */
  reset(): void;
}

export function createReplyMeter(share: ReplyShare): ReplyMeter {
  let keptBytes = 0;
  let wireBytes = 0;
  let heldBytes = 0;
  return {
    row(bytes, rows) {
      keptBytes += bytes;
      heldBytes += bytes + ROW_BYTES;
      if (rows >= MAX_REPLY_ROWS) {
        throw replyTooLargeTrouble(`it sent more than ${MAX_REPLY_ROWS.toLocaleString('en-US')} rows`);
      }
      if (keptBytes > MAX_KEPT_BYTES) {
        throw replyTooLargeTrouble(`its rows are larger than ${MAX_KEPT_BYTES / MIB} MiB`);
      }
    },
    received(bytes) {
      wireBytes += bytes;
      if (wireBytes > MAX_WIRE_BYTES) {
        throw replyTooLargeTrouble(`it sent more than ${MAX_WIRE_BYTES / MIB} MiB`);
      }
      if (heldBytes > 0) share.hold(heldBytes);
    },
    reset() {
      keptBytes = 0;
      wireBytes = 0;
      heldBytes = 0;
      share.release();
    },
  };
}
