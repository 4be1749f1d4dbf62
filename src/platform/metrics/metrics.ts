import { Gauge, type Registry } from 'prom-client';
import type { Clock } from '../../runtime/clock.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { JobBook } from '../../runtime/jobs.ts';
import { createDatabaseQuestion, shareInFlight } from '../../runtime/question.ts';
import { createJobMetrics } from './job-metrics.ts';
import { processRegistry } from './process-metrics.ts';

/** What a capability measures beyond what it counts as it goes. */
export interface MetricsSource {
  /** Called before each scrape: brings up to date what is known without the database. */
  refresh?(): void;
  /** Asks the database and gives what shows the answer. Rejects with a `TroubleError` when the database is away. */
  ask?(): Promise<() => void>;
  /** The database did not answer: an old number would look current. */
  forget?(): void;
}

/** What has been measured, in Prometheus' text format. With the database away it contains all that is known without it. */
export type Scrape = () => Promise<{ readonly contentType: string; readonly text: string }>;

/** Prometheus gives up after 10 s; what does not need the database is to reach it. */
const DATABASE_DEADLINE_MS = 2_000;

/** @param deps.registry the one that the sources' metrics are in */
export function createScrape(deps: {
  readonly registry: Registry;
  readonly sources: readonly MetricsSource[];
  readonly jobs: JobBook;
  readonly clock: Clock;
}): Scrape {
  const { registry, sources, jobs, clock } = deps;
  const showJobs = createJobMetrics(registry);
  const databaseUp = new Gauge({
    name: 'netsentinel_database_up',
    help: '1 if the database answered this scrape, else 0.',
    registers: [registry],
  });
  const askDatabase = createDatabaseQuestion({
    ask: () => Promise.all([jobs.lastRuns(), ...sources.map((source) => source.ask?.())]),
    clock,
    deadlineMs: DATABASE_DEADLINE_MS,
  });

  async function look(): Promise<void> {
    try {
      const [runs, ...shows] = await askDatabase();
      for (const show of shows) show?.();
      showJobs(runs);
      databaseUp.set(1);
    } catch (error) {
      if (!(error instanceof TroubleError)) throw error;
      for (const source of sources) source.forget?.();
      databaseUp.set(0);
    }
  }

  async function scrape() {
    await look();
    for (const source of sources) source.refresh?.();
    const texts = [await registry.metrics(), await processRegistry().metrics()];
    return { contentType: registry.contentType, text: texts.join('\n') };
  }

  return shareInFlight(scrape);
}
