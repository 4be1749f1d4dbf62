import { advance, type Standing } from './advance.ts';
import type { Attempt } from './attempt.ts';
import { actionText, type Placed, type Rule } from './rule.ts';
import type { DeviceState, Seen, Sight } from './sight.ts';

/** A recorded change of state. */
export interface RecordedChange {
  readonly device: string;
  /** Unix ms. */
  readonly at: number;
  readonly from: DeviceState;
  readonly to: DeviceState;
}

/** What would have been done; the keys are a contract. */
export interface RehearsedEntry {
  readonly rule: string;
  readonly device: string;
  /** ISO 8601 */
  readonly at: string;
  readonly action: string;
}

const MINUTE_MS = 60_000;
const WORKER = { holder: 'rehearsal', leaseMs: 0 };

/**
 * What the rules would have done on recorded changes of state, had all of them been `auto`. Each action is taken to help as far as the
 * record shows the device good again. Only rules about devices that are down can be rehearsed: nothing else is recorded.
 */
export function rehearse(
  rules: readonly Rule[],
  devices: readonly Placed[],
  changes: readonly RecordedChange[],
  untilAt: number,
): RehearsedEntry[] {
  const rehearsed = rules
    .filter(({ condition }) => 'state' in condition)
    .map((rule): Rule => ({ ...rule, mode: 'auto' }));
  const ordered = changes.toSorted((one, other) => one.at - other.at);
  const [first] = ordered;
  if (first === undefined || rehearsed.length === 0) return [];
  // What nothing is recorded of was as it is: well.
  const firsts = new Map(ordered.toReversed().map(({ device, from }) => [device, from]));
  const sights = new Map(
    devices.map(({ name }) => [name, sightOf(name, firsts.get(name) ?? 'up', first.at - MINUTE_MS)]),
  );
  const found: RehearsedEntry[] = [];
  let standing: Standing = { attempts: [], notes: new Map() };
  let next = 0;
  const delays = [...new Set(rehearsed.map(({ forMs }) => forMs))];
  const due = new Set<number>();

  function step(now: number): void {
    const seen: Seen = { isBlind: false, devices, sights: seenAt(sights, now) };
    const change = advance(standing, { rules: rehearsed, seen, now, worker: WORKER, scope: 'all' });
    const known = new Map(standing.attempts.map((attempt) => [attempt.id, attempt]));
    for (const { is } of change.set) known.set(is.id, is);
    for (const each of change.add) {
      const id = known.size + 1;
      const attempt: Attempt = { ...each, id, ranAt: each.state === 'running' ? now : null };
      known.set(id, attempt);
      const rule = rehearsed.find(({ name }) => name === each.rule);
      if (each.state !== 'running' || rule === undefined) continue;
      const at = new Date(now).toISOString();
      found.push({ rule: each.rule, device: each.device, at, action: actionText(rule.action) });
    }
    standing = { ...standing, attempts: [...known.values()] };
  }

  for (let now = first.at; now <= untilAt; ) {
    while (next < ordered.length && (ordered[next]?.at ?? Number.POSITIVE_INFINITY) <= now) {
      const change = ordered[next];
      next += 1;
      if (change === undefined) continue;
      sights.set(change.device, sightAfter(change, sights.get(change.device) ?? null));
      if (change.to === 'down') for (const delay of delays) due.add(change.at + delay);
    }
    step(now);
    due.delete(now);
    const isBusy =
      [...sights.values()].some(({ state }) => state === 'down') ||
      standing.attempts.some(({ state }) => state === 'running');
    const times = [...due, ordered[next]?.at, isBusy ? now + MINUTE_MS : undefined];
    const later = times.filter((at): at is number => at !== undefined && at > now);
    if (later.length === 0) break;
    now = Math.min(...later);
  }
  return found;
}

function sightOf(device: string, state: DeviceState, since: number): Sight {
  const downSince = state === 'down' ? since : null;
  return { device, state, since, downSince, lookedAt: since, warnings: new Map(), isWanLost: null };
}

/** An outage goes on until the device is up again. */
function sightAfter({ device, at, to }: RecordedChange, before: Sight | null): Sight {
  const after = sightOf(device, to, at);
  const downSince = before?.downSince ?? null;
  return to === 'up' || downSince === null ? after : { ...after, downSince };
}

/** Between two changes it was looked at all the time. */
function seenAt(sights: ReadonlyMap<string, Sight>, now: number): ReadonlyMap<string, Sight> {
  return new Map([...sights].map(([name, sight]) => [name, { ...sight, lookedAt: now }]));
}
