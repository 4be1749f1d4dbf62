import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/**
 * Lets `addRoutes` add all routes there are, and answers every other method on their paths with 405 instead of Fastify's 404. Their
 * bodies are not read.
 */
export function refuseOtherMethods(server: FastifyInstance, addRoutes: () => void): void {
  const known = new Map<string, Set<string>>();
  let areAllAdded = false;
  server.addHook('onRoute', ({ url, method }) => {
    if (areAllAdded) return;
    const methods = known.get(url) ?? new Set();
    for (const each of [method].flat()) methods.add(each);
    known.set(url, methods);
  });
  addRoutes();
  // Scopes of their own are added only when those before are loaded.
  server.register(async (scope) => {
    areAllAdded = true;
    for (const [url, methods] of known) {
      const allow = [...methods].sort().join(', ');
      const refuse = async (_request: FastifyRequest, reply: FastifyReply) => {
        reply.code(405).header('allow', allow).send({ error: 'method not allowed' });
        return reply;
      };
      const others = scope.supportedMethods.filter((method) => !methods.has(method));
      scope.route({ url, method: others, config: { right: 'public' }, onRequest: refuse, handler: refuse });
    }
  });
}
