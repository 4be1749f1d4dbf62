import { z } from 'zod';
import type { RedisLink } from '../../platform/redis/link.ts';
import { createWire } from '../../platform/redis/wire.ts';

const text = z.string().max(4_000);
const trouble = z.object({ code: text, message: text, advice: text });
const facts = z.object({
  ...{ version: text, board: text.nullable(), identity: text.nullable(), bootedAt: z.number() },
});
const poll = z.discriminatedUnion('status', [
  z.object({ status: z.enum(['booked', 'dropped']), router: text, facts }),
  z.object({ status: z.literal('held'), router: text, facts, trouble }),
  z.object({ status: z.literal('failed'), router: text, trouble }),
]);

/** What workers tell each other, beside what they keep in Redis. */
const message = z.discriminatedUnion('kind', [
  /** Something changed in the list of the workers. */
  z.object({ kind: z.literal('ring'), from: text }),
  z.object({
    ...{ kind: z.literal('news'), from: text, topics: z.array(text).readonly() },
    polls: z.array(z.object({ poll, durationMs: z.number() })).readonly(),
  }),
  z.object({ kind: z.literal('look'), from: text, id: z.int(), device: text, withinMs: z.number().positive() }),
  z.object({ kind: z.literal('seen'), from: text, id: z.int(), seen: z.unknown() }),
]);

export type Message = z.output<typeof message>;

export interface Post {
  /** Without a worker: to all others. */
  send(message: Message, to?: string): void;
  listen(): Promise<void>;
}

/** `onMessage` hears what others send, and not what this worker does. */
export function createPost(deps: {
  readonly link: RedisLink;
  readonly channel: string;
  readonly me: string;
  readonly onMessage: (message: Message) => void;
}): Post {
  const { link, channel, me } = deps;
  const channelOf = (worker: string) => `${channel}:${worker}`;
  const wire = createWire({
    link,
    channels: [channel, channelOf(me)],
    onMessage(_, said) {
      const parsed = parse(said);
      if (parsed !== null && parsed.from !== me) deps.onMessage(parsed);
    },
  });
  return {
    send: (said, to) => wire.send(to === undefined ? channel : channelOf(to), JSON.stringify(said)),
    listen: wire.listen,
  };
}

/** What another version says and this one does not know is passed over. */
function parse(said: string): Message | null {
  try {
    return message.safeParse(JSON.parse(said)).data ?? null;
  } catch {
    return null;
  }
}
