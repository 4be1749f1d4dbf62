import { Counter, Gauge, type Registry } from 'prom-client';
import type { MetricsSource } from '../platform/metrics/metrics.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Outcome, RunBook } from './outcome.ts';
import type { BackupWatch } from './stale.ts';

export interface BackupMetrics extends MetricsSource {
  /** The same book; what it keeps is counted once it is stored. */
  count<Book extends Pick<RunBook, 'note' | 'finish'>>(book: Book): Book;
}

export interface BackupMetricsDeps {
  /** Of the devices that are backed up, as of the last look. */
  readonly watches: () => readonly BackupWatch[];
  readonly clock: Pick<Clock, 'now'>;
}

/** More devices than this are left out of the ages: each is a series of its own. */
const MOST_DEVICES = 5_000;
const OUTCOMES: readonly Outcome['outcome'][] = [
  ...(['changed', 'unchanged', 'first', 'quarantined', 'failed', 'skipped'] as const),
];

/** Metrics of backups: how old the newest ones are, and what this worker has backed up. */
export function createBackupMetrics(registry: Registry, { watches, clock }: BackupMetricsDeps): BackupMetrics {
  const registers = [registry];
  const age = new Gauge({
    name: 'netsentinel_backup_age_seconds',
    help: 'Time since the device last gave a complete configuration; none for a device that never did.',
    labelNames: ['device'],
    registers,
  });
  const stale = new Gauge({
    name: 'netsentinel_backup_stale_devices',
    help: 'Devices with an open incident because they were not backed up for too long.',
    registers,
  });
  const runs = new Counter({
    name: 'netsentinel_backup_runs_total',
    help: 'Runs that this worker finished.',
    registers,
  });
  const outcomes = new Counter({
    name: 'netsentinel_backup_outcomes_total',
    help: 'Backups of single devices by this worker: changed, unchanged, first, quarantined, failed, skipped.',
    labelNames: ['outcome'],
    registers,
  });
  const bytes = new Counter({
    name: 'netsentinel_backup_bytes_total',
    help: 'Bytes of complete configurations that this worker received.',
    registers,
  });
  for (const outcome of OUTCOMES) outcomes.inc({ outcome }, 0);

  return {
    count: (book) => ({
      ...book,
      async note(run, outcome) {
        await book.note(run, outcome);
        outcomes.inc({ outcome: outcome.outcome });
        bytes.inc(outcome.bytes ?? 0);
      },
      async finish(...ended) {
        await book.finish(...ended);
        runs.inc();
      },
    }),
    refresh() {
      age.reset();
      const all = watches();
      for (const { device, lastGoodAt } of all.slice(0, MOST_DEVICES)) {
        if (lastGoodAt !== null) age.set({ device }, Math.max(0, clock.now() - lastGoodAt) / 1000);
      }
      stale.set(all.filter(({ staleSince }) => staleSince !== null).length);
    },
  };
}
