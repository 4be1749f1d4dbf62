import type { Probe } from '../../devices/ports.ts';
import type { Prober } from '../../platform/probe/prober.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Look, Observer, Outcome } from '../observation.ts';
import { createDiagnostician, NAME_UNKNOWN, STOPPED } from './diagnosis.ts';

/** Looks at a device by a TCP connect or a ping; it has no figures. */
export function createProbeObserver(deps: {
  readonly device: string;
  readonly host: string;
  readonly probe: Probe;
  readonly prober: Prober;
  readonly clock: Clock;
}): Observer {
  const { device, host, probe, prober, clock } = deps;

  function byTcp(port: number): (within: Within) => Promise<Outcome> {
    const diagnostician = createDiagnostician({ host, port, service: `port ${port}`, prober, clock });
    return async (within) => {
      const found = await diagnostician.find(within);
      if (found.kind !== 'open') return found;
      diagnostician.recovered();
      return { kind: 'answered', proof: 'tcp', latencyMs: found.latencyMs };
    };
  }

  async function byPing({ timeoutMs, signal }: Within): Promise<Outcome> {
    const answer = await prober.ping({ host, timeoutMs, signal });
    if (signal.aborted) return STOPPED;
    switch (answer.kind) {
      case 'answered':
        return { kind: 'answered', proof: 'ping', latencyMs: answer.latencyMs };
      case 'silent':
        return { kind: 'failed', code: 'DEAD', reason: 'does not answer ping' };
      case 'unresolved':
        return NAME_UNKNOWN;
      case 'unable':
        return { kind: 'unseen', reason: (await prober.pingTrouble()) ?? 'too many checks at once' };
    }
  }

  const ask = 'tcp' in probe ? byTcp(probe.tcp) : byPing;
  return {
    async observe({ signal, withinMs, connectWithinMs, enter }: Look) {
      const outcome = await ask({ timeoutMs: Math.min(connectWithinMs ?? withinMs, withinMs), signal });
      if (outcome.kind === 'answered') await enter();
      return { device, at: clock.now(), monotonicMs: clock.monotonicMs(), outcome, figures: null };
    },
    close() {},
  };
}

interface Within {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}
