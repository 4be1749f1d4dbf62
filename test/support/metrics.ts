import { Registry } from 'prom-client';
import { createBackupMetrics } from '../../src/backups/metrics.ts';
import type { BackupWatch } from '../../src/backups/stale.ts';
import { createNoticeMetrics } from '../../src/notices/metrics.ts';
import type { OutboxWatch } from '../../src/notices/ports.ts';
import { createScrape, type MetricsSource } from '../../src/platform/metrics/metrics.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import type { JobBook } from '../../src/runtime/jobs.ts';
import { type CollectionMetricsDeps, createCollectionMetrics } from '../../src/usage/metrics.ts';

export interface MetricsDeps extends Omit<CollectionMetricsDeps, 'registry'> {
  readonly outbox: Pick<OutboxWatch, 'waiting'> & Partial<Pick<OutboxWatch, 'channels'>>;
  readonly watches?: readonly BackupWatch[];
  readonly jobs: JobBook;
  /** Of further capabilities. */
  readonly more?: (registry: Registry) => readonly MetricsSource[];
  readonly clock: Clock;
}

/** The metrics of a worker, in one registry. */
export function createMetrics(deps: MetricsDeps) {
  const { outbox, jobs, clock, watches = [] } = deps;
  const registry = new Registry();
  const collection = createCollectionMetrics({ ...deps, registry });
  const mails = createNoticeMetrics(registry, {
    outbox: { channels: async () => [], ...outbox },
    channels: ['mail'],
    clock,
  });
  const backups = createBackupMetrics(registry, { watches: () => watches, clock });
  return {
    listener: collection.listener,
    countMails: mails.count,
    scrape: createScrape({
      registry,
      sources: [mails, collection, backups, ...(deps.more?.(registry) ?? [])],
      jobs,
      clock,
    }),
  };
}
