import type { Prober } from '../../platform/probe/prober.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Outcome } from '../observation.ts';

/** What a port says: it takes connections, or why it does not. */
export type Finding = { readonly kind: 'open'; readonly latencyMs: number } | Outcome;

/** Why a device does not answer as it should, found out by other questions. */
export interface Diagnostician {
  /** After an answer: the next failure is looked at anew. */
  recovered(): void;
  /** A TCP connect to the port that is watched, and where that says nothing a ping. */
  find(within: { readonly timeoutMs: number; readonly signal: AbortSignal }): Promise<Finding>;
}

/** While a device stays silent, a ping so often will do: each is a process. */
const PING_EVERY_MS = 300_000;

/** Of the time: the rest is for the ping. */
const KNOCK_SHARE = 0.5;

/** @param service what is watched, in words: `its API` */
export function createDiagnostician(deps: {
  readonly host: string;
  readonly port: number;
  readonly service: string;
  readonly prober: Prober;
  readonly clock: Clock;
}): Diagnostician {
  const { host, port, service, prober, clock } = deps;
  let lastPing: { readonly atMs: number; readonly outcome: Outcome } | null = null;

  async function ping(timeoutMs: number, signal: AbortSignal): Promise<Outcome> {
    if (lastPing !== null && clock.monotonicMs() - lastPing.atMs < PING_EVERY_MS) return lastPing.outcome;
    const atMs = clock.monotonicMs();
    const { kind } = await prober.ping({ host, timeoutMs, signal });
    if (signal.aborted) return STOPPED;
    const outcome = silentOutcome(kind, service);
    // Without an answer to this there is nothing to remember.
    if (kind === 'answered' || kind === 'silent') lastPing = { atMs, outcome };
    return outcome;
  }

  return {
    recovered() {
      lastPing = null;
    },
    async find({ timeoutMs, signal }) {
      const startedMs = clock.monotonicMs();
      const answer = await prober.knock({ host, port, timeoutMs: timeoutMs * KNOCK_SHARE, signal });
      switch (answer.kind) {
        case 'open':
          return { kind: 'open', latencyMs: answer.latencyMs };
        case 'refused':
          return { kind: 'failed', code: 'REFUSED', reason: `refuses connections to ${service}` };
        case 'unresolved':
          return NAME_UNKNOWN;
        case 'unseen':
          return { kind: 'unseen', reason: answer.reason };
        case 'silent':
          return await ping(timeoutMs - (clock.monotonicMs() - startedMs), signal);
      }
    },
  };
}

export const STOPPED: Outcome = { kind: 'unseen', reason: 'it was stopped' };
export const NAME_UNKNOWN: Outcome = {
  kind: 'failed',
  code: 'NAME_UNKNOWN',
  reason: 'its host name does not resolve',
};

/** Of a device whose port did not answer, by how its ping ended. */
function silentOutcome(ping: 'answered' | 'silent' | 'unresolved' | 'unable', service: string): Outcome {
  switch (ping) {
    case 'answered':
      return { kind: 'failed', code: 'API_SHUT', reason: `answers ping, but not ${service}` };
    case 'silent':
      return { kind: 'failed', code: 'DEAD', reason: `answers neither ${service} nor ping` };
    case 'unresolved':
      return NAME_UNKNOWN;
    case 'unable':
      return { kind: 'failed', code: 'DEAD', reason: `does not answer ${service}` };
  }
}
