import { Gauge, type Registry } from 'prom-client';
import type { MetricsSource } from '../platform/metrics/metrics.ts';
import { ATTEMPT_STATES, type Attempt } from './attempt.ts';

/** Attempts that the metric counts. */
const MOST = 1_000;
const DAY_MS = 86_400_000;

/** What healing has done lately. */
export function createHealingMetrics(
  registry: Registry,
  {
    list,
    clock,
  }: { readonly list: (asked: { readonly most: number }) => Promise<Attempt[]>; readonly clock: { now(): number } },
): MetricsSource {
  const attempts = new Gauge({
    name: 'netsentinel_healing_attempts',
    help: `Healing attempts of the last 24 hours by state, of the newest ${MOST}; as in the command healing log.`,
    labelNames: ['state'],
    registers: [registry],
  });
  return {
    async ask() {
      const since = clock.now() - DAY_MS;
      const recent = (await list({ most: MOST })).filter(({ createdAt }) => createdAt > since);
      return () => {
        for (const state of ATTEMPT_STATES) {
          attempts.set({ state }, recent.filter((each) => each.state === state).length);
        }
      };
    },
    forget: () => attempts.reset(),
  };
}
