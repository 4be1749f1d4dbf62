import type { Sample } from './counter.ts';
import type { JudgedAt } from './succession.ts';

/** Dates samples that were read before the clock was set, by their age; to be called when the clock is set. */
export function dateSample(sample: Sample, { nowAt, nowMonotonicMs, earliestAt }: JudgedAt): Sample {
  if (sample.sampledAt >= earliestAt) return sample;
  return { ...sample, sampledAt: Math.floor(nowAt - (nowMonotonicMs - sample.monotonicMs)) };
}
