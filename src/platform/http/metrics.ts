import type { Route } from './route.ts';

export interface MetricsRouteDeps {
  /** In Prometheus' text format. */
  readonly scrape: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

/** `GET /metrics` for Prometheus. */
export function createMetricsRoute({ scrape }: MetricsRouteDeps): Route {
  return {
    method: 'GET',
    path: '/metrics',
    right: 'public',
    async handler(_request, reply) {
      const { contentType, text } = await scrape();
      return reply.type(contentType).send(text);
    },
  };
}
