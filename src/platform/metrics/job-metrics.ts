import { Gauge, type Registry } from 'prom-client';
import type { JobRun } from '../../runtime/jobs.ts';

/** @returns a function that shows how the jobs went when they last ran, whichever worker ran them */
export function createJobMetrics(registry: Registry): (runs: readonly JobRun[]) => void {
  // Prometheus itself has a label `job`.
  const labelNames = ['task'] as const;
  const registers = [registry];
  const success = new Gauge({
    name: 'netsentinel_job_last_success_timestamp_seconds',
    help: 'When the job last ended well, as far as the books or this process know.',
    labelNames,
    registers,
  });
  const failed = new Gauge({
    name: 'netsentinel_job_last_run_failed',
    help: '1 when the last run of the job met trouble, else 0.',
    labelNames,
    registers,
  });
  const duration = new Gauge({
    name: 'netsentinel_job_last_run_duration_seconds',
    help: 'How long the last run of the job took.',
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
