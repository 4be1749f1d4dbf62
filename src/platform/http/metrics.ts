import type { RouteOptions } from 'fastify';

export interface MetricsRouteDeps {
  /** In Prometheus' text format. */
  readonly scrape: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

/** `GET /metrics` for Prometheus. */
export function createMetricsRoute({ scrape }: MetricsRouteDeps): RouteOptions {
  return {
    method: 'GET',
    url: '/metrics',
    async handler(_request, reply) {
      const { contentType, text } = await scrape();
      return reply.type(contentType).send(text);
    },
  };
}
