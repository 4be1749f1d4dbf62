import { PassThrough, type Readable } from 'node:stream';
import type { Clock } from '../runtime/clock.ts';
import type { LogTail, TailLine } from '../runtime/log-tail.ts';
import { rowOf } from './rows.ts';

/** Sends the log to open pages while it is written. */
export interface LogStreams {
  /** A stream of server-sent events with all lines after this one; `null` when there are too many already. */
  open(after: number): Readable | null;
  /** Ends a stream whose reader has lost access. */
  end(stream: Readable): void;
  size(): number;
}

/** Lines that come together are sent together. */
const SENT_EVERY_MS = 250;
const SIGN_OF_LIFE_MS = 20_000;
/** Then the browser connects again, and has to show its session again. */
const LONGEST_STREAM_MS = 3_600_000;
const MOST_STREAMS = 10;
/** Of what is handed to a stream at once, and so of what a browser that does not read holds in memory. */
const MOST_ROWS = 200;
const MOST_CHARACTERS = 128 * 1024;

/**
 * Each stream remembers how far it has got and fetches the next lines when its browser has taken those before. Nothing waits for a
 * browser: one that is too slow misses what is no longer kept, and is told how many lines these are.
 */
export function createLogStreams(deps: {
  readonly tail: LogTail;
  readonly clock: Clock;
  readonly timeZone: string;
}): LogStreams {
  const { tail, clock, timeZone } = deps;
  const open = new Set<Readable>();
  /** Rows in JSON; several pages show the same. */
  const rows = new WeakMap<TailLine, string>();

  function jsonOf(line: TailLine): string {
    const known = rows.get(line) ?? JSON.stringify(rowOf(line.text, line.id, timeZone));
    rows.set(line, known);
    return known;
  }

  /** The next event and how far it goes; `null`: there is nothing new. */
  function next(after: number): { readonly event: string; readonly last: number } | null {
    const lines = tail.lines();
    const [first, newest] = [lines[0], lines.at(-1)];
    if (first === undefined || newest === undefined || newest.id === after) return null;
    // Other numbers are of another process.
    const known = tail.beginId < after && after <= newest.id ? after : 0;
    const missed = known === 0 ? 0 : Math.max(0, first.id - known - 1);
    const some: string[] = [];
    let last = known;
    let characters = 0;
    const start = Math.max(0, known - first.id + 1);
    for (const line of lines.slice(start, start + MOST_ROWS)) {
      const json = jsonOf(line);
      if (some.length > 0 && characters + json.length > MOST_CHARACTERS) break;
      some.push(json);
      characters += json.length;
      last = line.id;
    }
    return { event: `id: ${last}\nevent: lines\ndata: {"missed":${missed},"rows":[${some.join(',')}]}\n\n`, last };
  }

  function attach(stream: PassThrough, after: number): void {
    let sentTo = after;
    let isWaiting = false;
    const cancels = new Map<'send' | 'sign' | 'end', () => void>();

    function send(): void {
      cancels.delete('send');
      while (!isWaiting && !stream.writableEnded) {
        const found = next(sentTo);
        if (found === null) return;
        sentTo = found.last;
        isWaiting = !stream.write(found.event);
      }
    }

    function soon(): void {
      if (!isWaiting && !cancels.has('send')) cancels.set('send', clock.after(SENT_EVERY_MS, send));
    }

    function sign(): void {
      cancels.set(
        'sign',
        clock.after(SIGN_OF_LIFE_MS, () => {
          if (!isWaiting && !stream.writableEnded) isWaiting = !stream.write('event: alive\ndata: \n\n');
          sign();
        }),
      );
    }

    const unfollow = tail.follow(soon);
    stream.on('drain', () => {
      isWaiting = false;
      send();
    });
    stream.on('close', () => {
      open.delete(stream);
      unfollow();
      for (const cancel of cancels.values()) cancel();
    });
    cancels.set(
      'end',
      clock.after(LONGEST_STREAM_MS, () => stream.end()),
    );
    sign();
    isWaiting = !stream.write('retry: 5000\n\n');
    send();
  }

  return {
    open(after) {
      if (open.size >= MOST_STREAMS) return null;
      const stream = new PassThrough();
      open.add(stream);
      attach(stream, after);
      return stream;
    },
    end(stream) {
      if (stream instanceof PassThrough && open.has(stream)) stream.end('event: session\ndata: \n\n');
    },
    size: () => open.size,
  };
}
