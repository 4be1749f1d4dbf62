import { z } from 'zod';
import { callerOf } from './caller.ts';
import type { Gate } from './gate.ts';
import { LIVE_TOPICS, type LiveFeed } from './live.ts';
import type { Route } from './route.ts';

const liveQuery = z.object({
  topics: z
    .string()
    .catch('')
    .transform((text) => LIVE_TOPICS.filter((topic) => text.split(',').includes(topic))),
});

/** `GET /live`: news for open pages; the stream ends with the session that opened it. A token opens none, which it would not end. */
export function createLiveRoute({ live, gate }: { readonly live: LiveFeed; readonly gate: Gate }): Route {
  return {
    method: 'GET',
    path: '/live',
    right: 'view',
    async handler(request, reply) {
      if (callerOf(request).kind === 'token') return reply.code(403).send({ error: 'a token opens no stream of news' });
      const stream = live.open(liveQuery.parse(request.query).topics);
      if (stream === null) return reply.code(503).send({ error: 'too many open pages' });
      request.raw.on('close', () => stream.destroy());
      const unfollow = await gate.follow(request, () => live.end(stream));
      stream.on('close', unfollow);
      if (stream.destroyed) unfollow();
      return reply.type('text/event-stream').header('x-accel-buffering', 'no').send(stream);
    },
  };
}
