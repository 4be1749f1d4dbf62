import { Gauge, type Registry } from 'prom-client';
import type { MetricsSource } from '../platform/metrics/metrics.ts';
import type { Standing } from './dealer.ts';
import { SHARDS } from './shards.ts';

export function createWorkersMetrics(registry: Registry, standing: () => Standing): MetricsSource {
  const registers = [registry];
  const shards = new Gauge({
    name: 'netsentinel_worker_shards',
    help: `Shards that this worker polls, of ${SHARDS} that all workers share.`,
    registers,
  });
  const workers = new Gauge({
    name: 'netsentinel_workers',
    help: 'Workers that share the routers, as this one sees it; absent until Redis has answered.',
    registers,
  });
  // Made with the value 0, which nobody has counted.
  workers.remove();
  const redis = new Gauge({
    name: 'netsentinel_redis_up',
    help: '1 if Redis answered this worker when it last asked, else 0.',
    registers,
  });
  return {
    refresh() {
      const now = standing();
      shards.set(now.shards);
      redis.set(now.isRedisUp ? 1 : 0);
      if (now.workers !== null) workers.set(now.workers);
    },
  };
}
