import type { Around, Rules } from '../../src/health/assess.ts';
import type { Figures, Observation, Outcome } from '../../src/health/observation.ts';

export const RULES: Rules = { everyMs: 30_000, failures: 3, answers: 1 };
export const ALONE: Around = { parents: 'alive', isBlind: false, isConfirmed: true, isInMaintenance: false };
export const NOON = Date.UTC(2026, 10, 27, 12);

export const ANSWER: Outcome = { kind: 'answered', proof: 'api', latencyMs: 4 };
export const DEAD: Outcome = { kind: 'failed', code: 'DEAD', reason: 'no answer' };
export const REFUSED_LOGIN: Outcome = { kind: 'ill', code: 'LOGIN_REFUSED', reason: 'login refused', latencyMs: 3 };
export const UNSEEN: Outcome = { kind: 'unseen', reason: 'no free socket' };

/** A look so many seconds after noon, on clocks that agree. */
export function lookAt(seconds: number, outcome: Outcome, device = 'r1'): Observation {
  return { device, at: NOON + seconds * 1000, monotonicMs: 1_000_000 + seconds * 1000, outcome, figures: null };
}

export const NO_FIGURES: Figures = {
  identity: null,
  version: null,
  board: null,
  serial: null,
  uptimeSeconds: null,
  cpuPercent: null,
  memoryPercent: null,
  diskPercent: null,
  temperatureC: null,
  voltageV: null,
  sensors: [],
  wan: null,
  interfaces: null,
  webfig: null,
  certificateEndsAt: null,
};
