import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../runtime/clock.ts';

/** Methods that only read, so that the client can repeat the request. */
const READS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/**
 * Lets requests that change something come to their end when the server closes: the change, also when its client is gone, and the
 * answer. They get `graceMs` of the clock; new requests are answered with 503 meanwhile. Those that only ask are not waited for. To be
 * called before any route is added.
 */
export function drainChanges(
  server: FastifyInstance,
  { clock, graceMs }: { readonly clock: Clock; readonly graceMs: number },
): void {
  /** Answers that are not sent yet, and handlers that are at work. */
  const running = new Set<object>();
  let onIdle = () => {};

  function end(work: object): void {
    running.delete(work);
    if (running.size === 0) onIdle();
  }

  server.addHook('onRequest', async ({ method }, { raw }) => {
    if (READS.has(method)) return;
    running.add(raw);
    raw.once('close', () => end(raw));
  });
  server.addHook('onRoute', (route) => {
    if ([route.method].flat().every((method) => READS.has(method))) return;
    const { handler } = route;
    route.handler = async function handleToTheEnd(request, reply) {
      if (READS.has(request.method)) return await handler.call(this, request, reply);
      running.add(request);
      try {
        return await handler.call(this, request, reply);
      } finally {
        end(request);
      }
    };
  });
  server.addHook('preClose', async () => {
    if (running.size === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(graceMs, resolve);
      onIdle = () => {
        cancel();
        resolve();
      };
    });
  });
}
