import { Gauge, type Registry } from 'prom-client';
import type { JobRun } from '../../runtime/jobs.ts';

/** @returns a function that shows the result of each job's last run, by any worker */
export function createJobMetrics(registry: Registry): (runs: readonly JobRun[]) => void {
  // Prometheus itself has a label `job`.
  const labelNames = ['task'] as const;
  const registers = [registry];
  const success = new Gauge({
    name: 'netsentinel_job_last_success_timestamp_seconds',
    help: 'Time of the last successful run of the job.',
    labelNames,
    registers,
  });
  const failed = new Gauge({
    name: 'netsentinel_job_last_run_failed',
    help: '1 if the last run of the job failed, else 0.',
    labelNames,
    registers,
  });
  const duration = new Gauge({
    name: 'netsentinel_job_last_run_duration_seconds',
    help: 'Duration of the last run of the job.',
    labelNames,
    registers,
  });

  return (runs) => {
    for (const { job, startedAt, durationMs, outcome } of runs) {
      failed.set({ task: job }, outcome === 'ok' ? 0 : 1);
      duration.set({ task: job }, durationMs / 1000);
      if (outcome === 'ok') success.set({ task: job }, (startedAt + durationMs) / 1000);
    }
  };
}
