import { Gauge, type Registry } from 'prom-client';
import type { MetricsSource } from '../platform/metrics/metrics.ts';

/** How many problems there are now, by kind. */
export function createIncidentMetrics(
  registry: Registry,
  countOpen: () => Promise<ReadonlyMap<string, number>>,
): MetricsSource {
  const open = new Gauge({
    name: 'netsentinel_incidents_open',
    help: 'Problems that go on now, by kind, such as device, flapping, blind or warning.temperatureC; as in the command incidents.',
    labelNames: ['kind'],
    registers: [registry],
  });
  return {
    async ask() {
      const counts = await countOpen();
      return () => {
        open.reset();
        for (const [kind, count] of counts) open.set({ kind }, count);
      };
    },
    forget: () => open.reset(),
  };
}
