import { Gauge, type Registry } from 'prom-client';
import type { MetricsSource } from '../platform/metrics/metrics.ts';
import { ATTEMPT_STATES, type Attempt } from './attempt.ts';
import { isLimitReached } from './decide.ts';

/** Attempts that the metric counts. */
const MOST = 1_000;
const DAY_MS = 86_400_000;

/** What healing has done lately. */
export function createHealingMetrics(
  registry: Registry,
  {
    log,
    waiting,
    clock,
  }: {
    readonly log: (asked: { readonly most: number }) => Promise<Attempt[]>;
    readonly waiting: () => Promise<readonly Attempt[]>;
    readonly clock: { now(): number };
  },
): MetricsSource {
  const attempts = new Gauge({
    name: 'netsentinel_healing_attempts',
    help: `Healing attempts of the last 24 hours by state, of the newest ${MOST}; as in the command healing log.`,
    labelNames: ['state'],
    registers: [registry],
  });
  const waitingNow = new Gauge({
    name: 'netsentinel_healing_waiting',
    help: 'Healing attempts that wait for approval now.',
    registers: [registry],
  });
  const limitsReached = new Gauge({
    name: 'netsentinel_healing_limits_reached',
    help: 'How often a device had reached the limit of a rule in the last 24 hours, so that a person has to look.',
    registers: [registry],
  });
  return {
    async ask() {
      const since = clock.now() - DAY_MS;
      const recent = (await log({ most: MOST })).filter(({ createdAt }) => createdAt > since);
      const open = await waiting();
      return () => {
        waitingNow.set(open.length);
        limitsReached.set(recent.filter(isLimitReached).length);
        for (const state of ATTEMPT_STATES) {
          attempts.set({ state }, recent.filter((each) => each.state === state).length);
        }
      };
    },
    forget() {
      for (const each of [attempts, waitingNow, limitsReached]) each.reset();
    },
  };
}
