import type { RedisLink } from './link.ts';

/** Messages between processes: who is not there misses them. */
export interface Wire {
  /** Sends to all that listen on this channel, this process too. Nothing is told when it cannot be sent. */
  send(channel: string, text: string): void;
  /** Begins to listen, until the link is closed. */
  listen(): Promise<void>;
}

/** Longer messages are none of ours. */
const LONGEST_MESSAGE = 1_000_000;

/** For these channels, also after each time the connection was lost. */
export function createWire(deps: {
  readonly link: RedisLink;
  readonly channels: readonly string[];
  readonly onMessage: (channel: string, text: string) => void;
}): Wire {
  const { link, channels, onMessage } = deps;
  async function listen(): Promise<void> {
    const listener = await link.listener();
    listener.on('message', (channel: string, text: string) => {
      if (text.length <= LONGEST_MESSAGE) onMessage(channel, text);
    });
    // Each time anew, not as the library does it: what it keeps of a lost connection depends on when that was lost.
    listener.on('ready', () => void listener.subscribe(...channels).catch(() => {}));
  }

  return {
    listen,
    send(channel, text) {
      // A message is only a hint, or is asked for again.
      link.ask((client) => client.publish(channel, text)).catch(() => {});
    },
  };
}
