import { Gauge, Registry } from 'prom-client';
import { createMailMetrics } from '../../notices/metrics.ts';
import type { Outbox, OutboxWatch } from '../../notices/ports.ts';
import type { Clock } from '../../runtime/clock.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { JobBook } from '../../runtime/jobs.ts';
import { createDatabaseQuestion, shareInFlight } from '../../runtime/question.ts';
import { type CollectionMetricsDeps, createCollectionMetrics } from '../../usage/metrics.ts';
import type { CollectionMeter } from '../../usage/ports.ts';
import { createJobMetrics } from './job-metrics.ts';
import { processRegistry } from './process-metrics.ts';

export interface MetricsDeps extends Omit<CollectionMetricsDeps, 'registry'> {
  readonly outbox: OutboxWatch;
  readonly jobs: JobBook;
  readonly clock: Clock;
}

/** What this worker measures of itself, for Prometheus. */
export interface Metrics {
  readonly meter: CollectionMeter;
  /** The same outbox, with sent and failed mails counted. */
  countMails(outbox: Outbox): Outbox;
  /** In Prometheus' text format. With the database away it tells all that is known without it. */
  scrape(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** Prometheus gives up after 10 s; what does not need the database is to reach it. */
const DATABASE_DEADLINE_MS = 2_000;

export function createMetrics(deps: MetricsDeps): Metrics {
  const { outbox, jobs, clock } = deps;
  const registry = new Registry();
  const collection = createCollectionMetrics({ ...deps, registry });
  const mails = createMailMetrics(registry);
  const showJobs = createJobMetrics(registry);
  const databaseUp = new Gauge({
    name: 'netsentinel_database_up',
    help: '1 if the database answered this scrape, else 0.',
    registers: [registry],
  });
  const askDatabase = createDatabaseQuestion({
    ask: () => Promise.all([outbox.waiting(), jobs.lastRuns()]),
    clock,
    deadlineMs: DATABASE_DEADLINE_MS,
  });

  async function look(): Promise<void> {
    try {
      const [waiting, runs] = await askDatabase();
      mails.show(waiting, clock.now());
      showJobs(runs);
      databaseUp.set(1);
    } catch (error) {
      if (!(error instanceof TroubleError)) throw error;
      mails.show(null, clock.now());
      databaseUp.set(0);
    }
  }

  async function scrape() {
    await look();
    collection.refresh();
    const texts = [await registry.metrics(), await processRegistry().metrics()];
    return { contentType: registry.contentType, text: texts.join('\n') };
  }

  return { meter: collection.meter, countMails: mails.count, scrape: shareInFlight(scrape) };
}
