import type { RedisLink } from './link.ts';

/** Messages between processes: who is not there misses them. */
export interface Wire {
  /** Sends to all that listen on this channel, this process too. Nothing is told when it cannot be sent. */
  send(channel: string, text: string): void;
  close(): void;
}

/** Longer messages are none of ours. */
const LONGEST_MESSAGE = 1_000_000;

/** Listens on these channels, again after each time the connection was lost. */
export function openWire(deps: {
  readonly link: RedisLink;
  readonly channels: readonly string[];
  readonly onMessage: (channel: string, text: string) => void;
}): Wire {
  const { link, channels, onMessage } = deps;
  const listener = link.listener();
  listener.on('message', (channel: string, text: string) => {
    if (text.length <= LONGEST_MESSAGE) onMessage(channel, text);
  });
  // Each time anew, not as the library does it: what it keeps of a lost connection depends on when that was lost.
  listener.on('ready', () => void listener.subscribe(...channels).catch(() => {}));
  return {
    send(channel, text) {
      // A message is only a hint, or is asked for again.
      link.ask((client) => client.publish(channel, text)).catch(() => {});
    },
    close: () => listener.disconnect(),
  };
}
