import { Counter, Gauge, type Registry } from 'prom-client';
import type { MetricsSource } from '../../platform/metrics/metrics.ts';
import type { ArchiveBook } from '../archive.ts';
import { lagSeconds } from '../archive-desk.ts';

export interface ArchiveMetrics extends MetricsSource {
  copied(archive: string, bytes: number): void;
  failed(archive: string): void;
}

/** Of the archives of the configuration, by name. */
export function createArchiveMetrics(
  registry: Registry,
  {
    archives,
    book,
    now,
  }: {
    readonly archives: readonly string[];
    readonly book: Pick<ArchiveBook, 'standing'>;
    readonly now: () => number;
  },
): ArchiveMetrics {
  const usual = { labelNames: ['archive'] as const, registers: [registry] };
  const copies = new Counter({
    name: 'netsentinel_archive_copies_total',
    help: 'Configurations copied to an archive.',
    ...usual,
  });
  const bytes = new Counter({
    name: 'netsentinel_archive_bytes_total',
    help: 'Bytes copied to an archive, encrypted.',
    ...usual,
  });
  const failures = new Counter({
    name: 'netsentinel_archive_failures_total',
    help: 'Tries to copy to an archive that failed.',
    ...usual,
  });
  const waiting = new Gauge({
    name: 'netsentinel_archive_waiting',
    help: 'Configurations that are still to be copied to an archive.',
    ...usual,
  });
  const lag = new Gauge({
    name: 'netsentinel_archive_lag_seconds',
    help: 'How long the oldest configuration waits to be copied to an archive; 0 if none waits.',
    ...usual,
  });
  const failing = new Gauge({
    name: 'netsentinel_archive_failing',
    help: '1 if the last try to copy to an archive failed, else 0.',
    ...usual,
  });
  for (const archive of archives) for (const counter of [copies, bytes, failures]) counter.inc({ archive }, 0);

  return {
    copied(archive, count) {
      copies.inc({ archive });
      bytes.inc({ archive }, count);
    },
    failed: (archive) => failures.inc({ archive }),
    async ask() {
      const standings: { archive: string; standing: Awaited<ReturnType<ArchiveBook['standing']>> }[] = [];
      for (const archive of archives) standings.push({ archive, standing: await book.standing(archive) });
      return () => {
        for (const { archive, standing } of standings) {
          waiting.set({ archive }, standing?.waiting ?? 0);
          lag.set({ archive }, lagSeconds(standing?.waitingSince ?? null, now()));
          failing.set({ archive }, standing?.failing ? 1 : 0);
        }
      };
    },
    forget() {
      for (const gauge of [waiting, lag, failing]) gauge.reset();
    },
  };
}
