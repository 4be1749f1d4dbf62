import type { NewAttempt } from '../../src/healing/attempt.ts';
import type { ProbeReader, ProbeRecord } from '../../src/healing/ports.ts';
import { actionText, digestOf, type Placed, type Rule } from '../../src/healing/rule.ts';
import type { DeviceState, Seen, Sight } from '../../src/healing/sight.ts';

export const NIGHT = Date.UTC(2026, 10, 27, 2);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** A rule that turns the power of a tower off and on by the switch beside it, but for what is changed. */
export function ruleOf(change: Partial<Rule> = {}): Rule {
  return {
    ...{ name: 'tower-power', condition: { state: 'down' }, forMs: 5 * MINUTE, tags: ['tower'], mode: 'auto' },
    ...{ action: { kind: 'poeCycle', port: 'ether3' }, via: { device: 'tower-sw' }, credential: 'healer' },
    ...{ goodForMs: 2 * MINUTE, withinMs: 5 * MINUTE },
    limits: { times: 2, windowMs: 6 * HOUR, fleetPerHour: 3, atOnce: 1 },
    ...change,
  };
}

export function placed(name: string, change: Partial<Placed> = {}): Placed {
  return { name, parent: null, tags: [], ...change };
}

export function sightOf(device: string, state: DeviceState, since: number, change: Partial<Sight> = {}): Sight {
  const downSince = state === 'down' ? since : null;
  return { device, state, since, downSince, lookedAt: since, warnings: new Map(), isWanLost: null, ...change };
}

export function seenOf(devices: readonly Placed[], sights: readonly Sight[], isBlind = false): Seen {
  return { devices, isBlind, sights: new Map(sights.map((sight) => [sight.device, sight])) };
}

/** An attempt of `ruleOf()` against an outage that began at `NIGHT`, but for what is changed. */
export function attemptOf(change: Partial<NewAttempt> = {}): NewAttempt {
  const { action } = ruleOf();
  return {
    ...{ action: actionText(action), actionDigest: digestOf(action) },
    ...{ rule: 'tower-power', device: 'tower', via: 'tower-sw', mode: 'auto', state: 'running', reason: null },
    ...{ outageAt: NIGHT, createdAt: NIGHT, decidedAt: null, startedAt: NIGHT, beganAt: null, ranAt: null },
    ...{ goodSince: null, finishedAt: null, by: null, holder: 'worker-1', leaseUntil: NIGHT + 2 * MINUTE },
    ...change,
  };
}

/** A probe that sees what it is told. */
export interface TestProbe extends ProbeReader {
  /** From now on it is so. */
  set(device: string, state: DeviceState): void;
  setBlind(isBlind: boolean): void;
}

export function createTestProbe(clock: { now(): number }, devices: readonly string[]): TestProbe {
  const states = new Map<
    string,
    { readonly state: DeviceState; readonly since: number; readonly downSince: number | null }
  >();
  let blindSince: number | null = null;
  const set = (device: string, state: DeviceState) => {
    const before = states.get(device);
    if (before?.state === state) return;
    const downSince = state === 'up' ? null : (before?.downSince ?? (state === 'down' ? clock.now() : null));
    states.set(device, { state, since: clock.now(), downSince });
  };
  for (const device of devices) set(device, 'up');
  return {
    set,
    setBlind(isBlind) {
      blindSince = isBlind ? clock.now() : null;
    },
    watched: async () => ({ isWatched: true, blindSince }),
    records: async (wanted) =>
      wanted.flatMap((device): ProbeRecord[] => {
        const known = states.get(device);
        if (known === undefined) return [];
        const health = { device, ...known, failures: 0, lookedAt: { at: clock.now() } };
        return [{ health, warnings: {}, figures: null, figuresAt: null }];
      }),
  };
}
