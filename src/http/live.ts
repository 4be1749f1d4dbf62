import { PassThrough, type Readable } from 'node:stream';
import type { Clock } from '../runtime/clock.ts';

/** Tells open pages that there is something new; they ask for it themselves. */
export interface LiveFeed {
  /** A `CollectionMeter`: each poll is news, whether it went well or not. */
  readonly meter: { polled(): void; booked(): void };
  /** A stream of server-sent events; `null` when there are too many already. */
  open(): Readable | null;
  /** Ends a stream whose reader is to hear no more: it is told once, so that its page asks and finds out. */
  end(stream: Readable): void;
  /** Streams that are open. */
  size(): number;
}

/**
 * A thousand routers are polled within a minute; a page needs no more news than this. What was read before the poll and serves for a
 * moment (`usageToday`) is out of date by then.
 */
const TOLD_EVERY_MS = 5_000;
/** Connections without a byte are closed by us and by proxies. */
const SIGN_OF_LIFE_MS = 20_000;
/** Then the browser connects again, and has to show its session again. */
const LONGEST_STREAM_MS = 3_600_000;
const MOST_STREAMS = 100;
const NEWS = 'event: news\ndata: \n\n';

export function createLiveFeed({ clock }: { readonly clock: Clock }): LiveFeed {
  const streams = new Set<PassThrough>();
  let isWaiting = false;

  function tell(): void {
    if (isWaiting || streams.size === 0) return;
    isWaiting = true;
    clock.after(TOLD_EVERY_MS, () => {
      isWaiting = false;
      for (const stream of streams) stream.write(NEWS);
    });
  }

  return {
    meter: { polled: tell, booked: () => {} },
    open() {
      if (streams.size >= MOST_STREAMS) return null;
      const stream = new PassThrough();
      streams.add(stream);
      let cancelSign = () => {};
      const sign = () => {
        cancelSign = clock.after(SIGN_OF_LIFE_MS, () => {
          stream.write(':\n\n');
          sign();
        });
      };
      const leave = () => {
        streams.delete(stream);
        cancelSign();
        cancelEnd();
      };
      const cancelEnd = clock.after(LONGEST_STREAM_MS, () => {
        leave();
        stream.end();
      });
      sign();
      stream.on('close', leave);
      stream.write('retry: 5000\n\n');
      return stream;
    },
    end(stream) {
      for (const each of streams) if (each === stream) each.end(NEWS);
    },
    size: () => streams.size,
  };
}
