import { z } from 'zod';
import type { RedisLink } from '../../platform/redis/link.ts';
import { openWire } from '../../platform/redis/wire.ts';

/** What workers tell each other, beside what they keep in Redis. */
const message = z.discriminatedUnion('kind', [
  /** Something changed in the list of the workers. */
  z.object({ kind: z.literal('ring'), from: z.string() }),
]);

export type Message = z.output<typeof message>;

export interface Post {
  send(message: Message): void;
  close(): void;
}

/** `onMessage` hears what others send, and not what this worker does. */
export function openPost(deps: {
  readonly link: RedisLink;
  readonly channel: string;
  readonly me: string;
  readonly onMessage: (message: Message) => void;
}): Post {
  const { link, channel, me } = deps;
  const wire = openWire({
    link,
    channels: [channel],
    onMessage(_, text) {
      const said = parse(text);
      if (said !== null && said.from !== me) deps.onMessage(said);
    },
  });
  return { send: (said) => wire.send(channel, JSON.stringify(said)), close: wire.close };
}

/** What another version says and this one does not know is passed over. */
function parse(text: string): Message | null {
  try {
    return message.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
