import { PassThrough, type Readable } from 'node:stream';
import type { Clock } from '../../runtime/clock.ts';

/** What a page may want to hear of. */
export const LIVE_TOPICS = ['usage', 'health'] as const;
export type LiveTopic = (typeof LIVE_TOPICS)[number];

/** Tells open pages that there is something new; they ask for it themselves. */
export interface LiveFeed {
  /** There is news of this topic: sent at once or within 5 s, as one event for several calls. */
  tell(topic: LiveTopic): void;
  /** A stream of server-sent events about these topics; `null` when there are too many already. */
  open(topics: readonly LiveTopic[]): Readable | null;
  /** Ends a stream whose reader has lost access: one last event makes its page ask again and find out. */
  end(stream: Readable): void;
  /** Streams that are open. */
  size(): number;
}

/**
 * A thousand routers are polled within a minute; a page needs no more news than this. What was read before the poll and serves for a
 * moment (`usageToday`) is out of date by then.
 */
const TOLD_EVERY_MS = 5_000;
/** Connections without a byte are closed by us and by proxies; a page without data for longer shows that the connection is lost. */
const SIGN_OF_LIFE_MS = 20_000;
/** Then the browser connects again, and has to show its session again. */
const LONGEST_STREAM_MS = 3_600_000;
const MOST_STREAMS = 100;

interface Listener {
  readonly stream: PassThrough;
  readonly topics: ReadonlySet<LiveTopic>;
}

/** An event of the stream. */
function newsOf(topic: LiveTopic | 'session'): string {
  return `event: news\ndata: ${topic}\n\n`;
}

export function createLiveFeed({ clock }: { readonly clock: Clock }): LiveFeed {
  const listeners = new Set<Listener>();
  const waiting = new Set<LiveTopic>();

  function tell(topic: LiveTopic): void {
    if (waiting.has(topic) || ![...listeners].some(({ topics }) => topics.has(topic))) return;
    waiting.add(topic);
    clock.after(TOLD_EVERY_MS, () => {
      waiting.delete(topic);
      for (const { stream, topics } of listeners) if (topics.has(topic)) stream.write(newsOf(topic));
    });
  }

  return {
    tell,
    open(topics) {
      if (listeners.size >= MOST_STREAMS) return null;
      const stream = new PassThrough();
      const listener = { stream, topics: new Set(topics) };
      listeners.add(listener);
      let cancelSign = () => {};
      const sign = () => {
        cancelSign = clock.after(SIGN_OF_LIFE_MS, () => {
          stream.write('event: alive\ndata: \n\n');
          sign();
        });
      };
      const leave = () => {
        listeners.delete(listener);
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
      for (const { stream: each } of listeners) if (each === stream) each.end(newsOf('session'));
    },
    size: () => listeners.size,
  };
}
