import { Registry } from 'prom-client';
import { createMailMetrics } from '../notices/metrics.ts';
import type { Outbox, OutboxWatch } from '../notices/ports.ts';
import { createScrape, type Scrape } from '../platform/metrics/metrics.ts';
import type { Clock } from '../runtime/clock.ts';
import type { JobBook } from '../runtime/jobs.ts';
import { type CollectionMetricsDeps, createCollectionMetrics } from '../usage/metrics.ts';
import type { PollListener } from '../usage/ports.ts';

export interface MetricsDeps extends Omit<CollectionMetricsDeps, 'registry'> {
  readonly outbox: Pick<OutboxWatch, 'waiting'>;
  readonly jobs: JobBook;
  readonly clock: Clock;
}

/** What this worker measures of itself, for Prometheus. */
export interface Metrics {
  readonly listener: Required<PollListener>;
  /** The same outbox, with sent and failed mails counted. */
  countMails(outbox: Outbox): Outbox;
  readonly scrape: Scrape;
}

/** Each capability's metrics, in one registry. */
export function createMetrics(deps: MetricsDeps): Metrics {
  const { outbox, jobs, clock } = deps;
  const registry = new Registry();
  const collection = createCollectionMetrics({ ...deps, registry });
  const mails = createMailMetrics(registry, { outbox, clock });
  return {
    listener: collection.listener,
    countMails: mails.count,
    scrape: createScrape({ registry, sources: [mails, collection], jobs, clock }),
  };
}
