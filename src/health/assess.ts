import { flaps, withCheck } from './flapping.ts';
import type { Observation } from './observation.ts';
import { type Health, type Slice, type State, type TimeKind, type Transition, timeKindOf } from './state.ts';

/** When a device counts as down and as up. */
export interface Rules {
  readonly everyMs: number;
  /** Failed looks in a row until it may be down. */
  readonly failures: number;
  /** Answers in a row until one that is down is up. */
  readonly answers: number;
}

/** What else is known at the time of a look. */
export interface Around {
  /**
   * The devices in front of it. `dead`: one of them is down. `doubtful`: one of them failed last time, or has not been looked at since this
   * device began to fail. `alive`: neither, or there is none.
   */
  readonly parents: 'alive' | 'doubtful' | 'dead';
  /** Our own line is down: no witness answers. */
  readonly isBlind: boolean;
  /** A failure was repeated at once, and no look of that burst was answered. */
  readonly isConfirmed: boolean;
  readonly isInMaintenance: boolean;
}

/** What a look changes. `downSince` and `flappingSince` of the health say which incidents are open. */
export interface Assessed {
  readonly health: Health;
  readonly transition: Transition | null;
  /** Time that is settled now. */
  readonly slices: readonly Slice[];
}

/** A gap between two looks up to this long is the device's, not ours; one that is down is looked at less often. */
const GAP_INTERVALS = 3;
const LONGEST_GAP_MS = 3_600_000;
const LOOKED_AT_SELDOM: readonly State[] = ['down', 'unreachable', 'unknown'];

/**
 * What one look at a device means. Pure: the same input gives the same answer. Spans of time are measured on the monotonic clock
 * where one process saw both ends; the wall clock only dates them.
 */
export function assess(before: Health, look: Observation, around: Around, rules: Rules): Assessed {
  if (look.outcome.kind === 'unseen') return unseen(before, look, rules);
  const [known, ms] = withoutGap(before, look, rules);
  const seen = { ...known, unseen: 0, lookedAt: { at: look.at, monotonicMs: look.monotonicMs } };
  const settle = (next: Health, kinds: Kinds): Assessed => {
    const transition = transitionOf(before.state, next, look.at);
    return { health: next, transition, slices: slicesOf(known, { ...kinds, ms, endsAt: look.at }) };
  };

  if (around.isInMaintenance) {
    const next = moved({ ...seen, ...NOTHING_FAILED }, 'maintenance', look.at, { code: null, reason: null });
    return settle(withAnswer(next, look), { held: 'unknown', since: ownKind(known) });
  }
  if (look.outcome.kind !== 'failed') return judged(answered(seen, look, rules), settle, known, look.at);
  const { code, reason } = look.outcome;
  const ails = { code, reason };
  if (around.isBlind) {
    const since = known.failingSince?.at ?? look.at;
    const next = moved({ ...seen, ...NOTHING_FAILED }, 'unknown', since, {
      code: null,
      reason: 'our own line is down: no witness answers',
    });
    // Nobody knows when the line fell: no percentage moves.
    return settle(next, { held: 'unknown', since: 'unknown' });
  }
  if (around.parents === 'dead' && known.state !== 'down') {
    const since = known.failingSince?.at ?? look.at;
    const next = moved({ ...seen, ...NOTHING_FAILED }, 'unreachable', since, {
      code,
      reason: 'behind a device that is down',
    });
    return settle(next, { held: 'unknown', since: ownKind(known) });
  }
  const failing = {
    ...seen,
    failures: known.failures + 1,
    failingSince: known.failingSince ?? { at: look.at, monotonicMs: look.monotonicMs },
    answers: 0,
  };
  if (known.state === 'down') return judged({ ...failing, ...ails }, settle, known, look.at);
  const isDown = failing.failures >= rules.failures && around.isConfirmed && around.parents === 'alive';
  if (isDown) {
    const since = failing.failingSince.at;
    const next = moved({ ...failing, held: [] }, 'down', since, ails);
    return judged({ ...next, downSince: known.downSince ?? since }, settle, known, look.at);
  }
  const counted = known.failures > 0;
  const held = counted ? [...known.held, { endsAt: look.at, ms }] : [];
  const isUp = timeKindOf(known.state) === 'up';
  const state: State = isUp
    ? 'suspect'
    : known.state === 'maintenance' || known.state === 'paused'
      ? 'unknown'
      : known.state;
  const next = moved({ ...failing, held }, state, look.at, ails);
  const health = state === 'suspect' ? withChecked(next, known, { isDown: false, at: look.at }) : next;
  const transition = transitionOf(before.state, health, look.at);
  const slices = counted ? [] : slicesOf(known, { held: 'unknown', since: ownKind(known), ms, endsAt: look.at });
  return { health, transition, slices };
}

/** Whether this failure would make the device down if it were confirmed: then it is repeated at once. */
export function isWorthConfirming(before: Health, around: Omit<Around, 'isConfirmed'>, rules: Rules): boolean {
  return (
    before.state !== 'down' &&
    before.failures + 1 >= rules.failures &&
    around.parents === 'alive' &&
    !around.isBlind &&
    !around.isInMaintenance
  );
}

/** What becomes of a device that is paused or resumed. */
export function withPause(before: Health, isPaused: boolean, at: number): Assessed {
  if (isPaused === (before.state === 'paused')) return { health: before, transition: null, slices: [] };
  const health = moved(
    { ...before, ...NOTHING_FAILED, lookedAt: null, checks: '', flappingSince: null, downSince: null, illSince: null },
    isPaused ? 'paused' : 'unknown',
    at,
    { code: null, reason: isPaused ? 'paused' : 'not checked yet' },
  );
  return { health, transition: transitionOf(before.state, health, at), slices: asUnknown(before) };
}

/**
 * What is known of a device after a time in which no worker ran: nothing of that time. `seenAt`: when a worker was last there, Unix ms.
 */
export function afterAbsence(before: Health, seenAt: number): Assessed {
  if (before.state === 'paused') return { health: before, transition: null, slices: [] };
  const health = moved({ ...before, ...NOTHING_FAILED, lookedAt: null }, 'unknown', seenAt, {
    code: null,
    reason: 'no worker was running',
  });
  return { health, transition: transitionOf(before.state, health, seenAt), slices: asUnknown(before) };
}

const NOTHING_FAILED = { failures: 0, failingSince: null, answers: 0, held: [] };

interface Kinds {
  /** What the time since the first failure counts as. */
  readonly held: TimeKind;
  /** What the time since the last look counts as. */
  readonly since: TimeKind;
}

type Settle = (next: Health, kinds: Kinds) => Assessed;

/** A look that shows that a device is up or down: it settles what the time before was. */
function judged(next: Health, settle: Settle, known: Health, at: number): Assessed {
  const isDown = next.state === 'down';
  const fell = isDown && known.state !== 'down';
  const health = withChecked(next, known, { isDown, at });
  if (fell) return settle(health, { held: 'down', since: known.failures > 0 ? 'down' : ownKind(known) });
  return settle(health, { held: timeKindOf(known.state), since: timeKindOf(known.state) });
}

function withChecked(
  next: Health,
  { checks, flappingSince }: Health,
  { isDown, at }: { readonly isDown: boolean; readonly at: number },
): Health {
  const now = withCheck(checks, isDown);
  return { ...next, checks: now, flappingSince: flaps(now, flappingSince !== null) ? (flappingSince ?? at) : null };
}

/** An answer is proof, whatever else is known. */
function answered(seen: Health, look: Observation, rules: Rules): Health {
  const { outcome, at } = look;
  const answers = seen.state === 'down' ? seen.answers + 1 : 0;
  if (seen.state === 'down' && answers < rules.answers) return withAnswer({ ...seen, answers }, look);
  const ails = outcome.kind === 'ill' ? { code: outcome.code, reason: outcome.reason } : { code: null, reason: null };
  const up = moved({ ...seen, ...NOTHING_FAILED }, 'up', at, ails);
  const illSince = outcome.kind === 'ill' ? (seen.illSince ?? at) : null;
  return withAnswer({ ...up, downSince: null, illSince }, look);
}

function withAnswer(health: Health, { outcome, at, monotonicMs }: Observation): Health {
  if (outcome.kind !== 'answered' && outcome.kind !== 'ill') return health;
  return { ...health, latencyMs: outcome.latencyMs, answeredAt: { at, monotonicMs } };
}

/** A fault of our own. After several in a row nobody can say how the device is. */
function unseen(before: Health, look: Observation, rules: Rules): Assessed {
  const looks = before.unseen + 1;
  const reason = look.outcome.kind === 'unseen' ? look.outcome.reason : null;
  if (looks < rules.failures || before.state === 'paused') {
    return { health: { ...before, unseen: looks }, transition: null, slices: [] };
  }
  const ails = { code: null, reason };
  // One that was never seen is told why it is not, too.
  if (before.state === 'unknown') {
    return { health: { ...before, ...ails, unseen: looks }, transition: null, slices: [] };
  }
  const at = before.lookedAt?.at ?? look.at;
  const health = moved({ ...before, ...NOTHING_FAILED, lookedAt: null, unseen: looks }, 'unknown', at, ails);
  return { health, transition: transitionOf(before.state, health, at), slices: asUnknown(before) };
}

/** The health as it was at the last look, and the time since then; of a time that is too long nothing is known. */
function withoutGap(before: Health, look: Observation, rules: Rules): [Health, number] {
  if (before.lookedAt === null) return [before, 0];
  const { at, monotonicMs } = before.lookedAt;
  const ms = Math.max(0, monotonicMs === null ? look.at - at : look.monotonicMs - monotonicMs);
  const most = LOOKED_AT_SELDOM.includes(before.state) ? LONGEST_GAP_MS : GAP_INTERVALS * rules.everyMs;
  if (ms <= most) return [before, Math.round(ms)];
  const state: State = before.state === 'maintenance' ? 'maintenance' : 'unknown';
  return [{ ...before, ...NOTHING_FAILED, held: before.held, state }, 0];
}

/** What the time of a device counts as that failed and of which nothing more is known: only that it was up until it failed. */
function ownKind(health: Health): TimeKind {
  return health.failures > 0 && health.state !== 'down' ? 'unknown' : timeKindOf(health.state);
}

function moved(health: Health, state: State, since: number, ails: Pick<Health, 'code' | 'reason'>): Health {
  return { ...health, ...ails, state, since: state === health.state ? health.since : since };
}

function transitionOf(from: State, { device, state, reason, latencyMs }: Health, at: number): Transition | null {
  return from === state ? null : { device, at, from, to: state, reason, latencyMs };
}

function slicesOf({ held }: Health, kinds: Kinds & { readonly ms: number; readonly endsAt: number }): readonly Slice[] {
  const settled = held.map((each) => ({ ...each, kind: kinds.held }));
  return kinds.ms === 0 ? settled : [...settled, { endsAt: kinds.endsAt, ms: kinds.ms, kind: kinds.since }];
}

function asUnknown({ held }: Health): readonly Slice[] {
  return held.map((each) => ({ ...each, kind: 'unknown' as const }));
}
