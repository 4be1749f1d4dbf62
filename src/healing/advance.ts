import type { Attempt, NewAttempt } from './attempt.ts';
import { type Decision, decide, isOfOutage, type Wish } from './decide.ts';
import { judge } from './judge.ts';
import { actionText, digestOf, type Placed, type Rule } from './rule.ts';
import { type Ailing, ailingOf, type Seen } from './sight.ts';
import { OTHER_WAY_REASON, otherAction } from './waiting.ts';

/** What is kept of healing, as far as any decision needs it. */
export interface Standing {
  readonly attempts: readonly Attempt[];
  /** Since when the internet line of a device is noted as lost, by `noteKey`, Unix ms. */
  readonly notes: ReadonlyMap<string, number>;
}

/** What is to be written, together or not at all. */
export interface Change {
  readonly add: readonly NewAttempt[];
  /** Whole rows, by their id; one is written only where its state is still `was`. */
  readonly set: readonly { readonly was: Attempt; readonly is: Attempt }[];
  readonly notes: readonly { readonly key: string; readonly since: number | null }[];
}

/** `verdicts`: only what becomes of what was begun, as for a command that waits for one. */
export type Scope = 'all' | 'verdicts';

export interface Worker {
  /** Random for each process. */
  readonly holder: string;
  /** For so long it alone may run the commands of what it begins, ms. */
  readonly leaseMs: number;
}

/** Who approved it did so for now: what cannot be done within this time needs another look. */
export const APPROVAL_MS = 15 * 60_000;
/** So long an action may wait for a verdict that no process can give. */
const UNKNOWN_RULE_MS = 3_600_000;
export const UNKNOWN_REASON = 'its rule or its device is not known any more';
const RECOVERED_REASON = 'it has recovered';
const EARLIER_REASON = 'it was proposed for an earlier outage';
const LATE_REASON = 'the approval is older than 15 minutes';

export function noteKey(rule: string, device: string): string {
  return JSON.stringify([rule, device]);
}

/**
 * One step of healing: verdicts, what people approved, and what the rules want. Pure: the same standing gives the same change. It is run
 * by one process at a time; what it decides first counts for what it decides next, so that no limit is passed within a step either.
 */
export function advance(
  standing: Standing,
  {
    rules,
    seen,
    now,
    worker,
    scope,
  }: {
    readonly rules: readonly Rule[];
    readonly seen: Seen;
    readonly now: number;
    readonly worker: Worker;
    readonly scope: Scope;
  },
): Change {
  const notes = noteLines(standing, rules, seen, now);
  const current = new Map(standing.attempts.map((attempt) => [attempt.id, attempt]));
  const add: NewAttempt[] = [];
  const ailing = (rule: Rule, device: string) => {
    return ailingOf(rule.condition, seen.sights.get(device) ?? null, notes.now.get(noteKey(rule.name, device)) ?? null);
  };
  /** What was decided in this step is known by numbers below 0. */
  const all = () => [...current.values(), ...add.map((attempt, index): Attempt => ({ ...attempt, id: -1 - index }))];
  const without = (id: number) => all().filter((each) => each.id !== id);
  const ruleOf = ({ rule }: Attempt) => rules.find(({ name }) => name === rule) ?? null;
  const deviceOf = ({ device }: Attempt) => seen.devices.find(({ name }) => name === device) ?? null;

  for (const attempt of standing.attempts) {
    const rule = ruleOf(attempt);
    if (attempt.state === 'running') {
      current.set(attempt.id, judged(attempt, rule, { seen, now, ailing }));
    }
  }
  for (const attempt of scope === 'all' ? standing.attempts : []) {
    if (attempt.state !== 'approved') continue;
    const [rule, device] = [ruleOf(attempt), deviceOf(attempt)];
    const decision =
      rule === null || device === null
        ? null
        : decide({
            ...{ rule, device, seen, now, wish: 'person' as const },
            ...{ ailing: ailing(rule, device.name), attempts: without(attempt.id) },
          });
    current.set(attempt.id, approved(attempt, rule, decision, now, worker));
  }
  for (const attempt of scope === 'all' && !seen.isBlind ? standing.attempts : []) {
    if (attempt.state !== 'proposed' || attempt.finishedAt !== null) continue;
    const [rule, device] = [ruleOf(attempt), deviceOf(attempt)];
    current.set(attempt.id, lapsed(attempt, rule === null || device === null ? null : ailing(rule, device.name), now));
  }
  let known = all();
  for (const rule of scope === 'all' ? rules : []) {
    for (const device of seen.devices) {
      const wish: Wish = 'rule';
      const about = { rule, device, seen, now, wish, attempts: known };
      const decision = decide({ ...about, ailing: ailing(rule, device.name) });
      if (decision.do === 'wait') continue;
      add.push(...started(rule, device, decision, { now, worker, by: null, attempts: known }));
      known = all();
    }
  }
  return {
    add,
    set: standing.attempts.flatMap((was) => {
      const is = current.get(was.id) ?? was;
      return is === was ? [] : [{ was, is }];
    }),
    notes: notes.changed,
  };
}

/** What a decision becomes: a row that is kept. A dry run and a rule that asks leave one proposal in an outage. */
export function started(
  rule: Rule,
  device: Placed,
  decision: Exclude<Decision, { do: 'wait' }>,
  {
    now,
    worker,
    by,
    attempts,
  }: {
    readonly now: number;
    readonly worker: Worker;
    /** Who runs it by hand; `null`: the rule acts. */
    readonly by: string | null;
    readonly attempts: readonly Attempt[];
  },
): NewAttempt[] {
  const { via, outageAt } = decision;
  const row: NewAttempt = {
    ...{ rule: rule.name, device: device.name, via, mode: rule.mode, outageAt, createdAt: now, by },
    ...{ action: actionText(rule.action), actionDigest: digestOf(rule.action) },
    ...{ state: 'refused', reason: null, decidedAt: null, startedAt: null, beganAt: null, ranAt: null },
    ...{ goodSince: null, finishedAt: null, holder: '', leaseUntil: 0 },
  };
  // What a dry run would have refused later it never came to.
  if (
    by === null &&
    rule.mode === 'dryRun' &&
    attempts.some((each) => isOfOutage(each, { rule, device, via, outageAt }))
  )
    return [];
  if (decision.do === 'refuse') return [{ ...row, reason: decision.reason, finishedAt: now }];
  if (by === null && rule.mode !== 'auto') return [{ ...row, state: 'proposed' }];
  return [{ ...row, ...running(now, worker) }];
}

function running(now: number, { holder, leaseMs }: Worker) {
  return { state: 'running', startedAt: now, holder, leaseUntil: now + leaseMs } as const;
}

function judged(
  attempt: Attempt,
  rule: Rule | null,
  {
    seen,
    now,
    ailing,
  }: { readonly seen: Seen; readonly now: number; readonly ailing: (rule: Rule, device: string) => Ailing },
): Attempt {
  if (rule === null) {
    // A process with another configuration may know it.
    if (now - (attempt.startedAt ?? attempt.createdAt) < UNKNOWN_RULE_MS) return attempt;
    return { ...attempt, state: 'failed', reason: 'its rule is not in the configuration any more', finishedAt: now };
  }
  const sight = seen.sights.get(attempt.device) ?? null;
  const verdict = judge(attempt, rule, { ailing: ailing(rule, attempt.device), sight, isBlind: seen.isBlind }, now);
  if (verdict.is === 'worked') return { ...attempt, state: 'worked', finishedAt: now };
  if (verdict.is === 'failed') return { ...attempt, state: 'failed', reason: verdict.reason, finishedAt: now };
  return verdict.goodSince === attempt.goodSince ? attempt : { ...attempt, goodSince: verdict.goodSince };
}

function approved(
  attempt: Attempt,
  rule: Rule | null,
  decision: Decision | null,
  now: number,
  worker: Worker,
): Attempt {
  const refused = (reason: string): Attempt => ({ ...attempt, state: 'refused', reason, finishedAt: now });
  if (rule === null || decision === null) return refused(UNKNOWN_REASON);
  const refusal = refusalOf(attempt, rule, decision);
  if (refusal !== null) return refused(refusal);
  if (now - (attempt.decidedAt ?? attempt.createdAt) >= APPROVAL_MS) {
    return refused(decision.do === 'act' ? LATE_REASON : `it could not be done in time: ${decision.reason}`);
  }
  return decision.do === 'act' ? { ...attempt, ...running(now, worker) } : attempt;
}

/**
 * A proposal of an outage that is over waits for nobody. Which rules there are may differ between workers for a while, so that only the
 * probe, or a long time without rule or device, ends it.
 */
function lapsed(attempt: Attempt, ailing: Ailing | null, now: number): Attempt {
  const over = (reason: string): Attempt => {
    return { ...attempt, reason: attempt.mode === 'dryRun' ? null : `expired: ${reason}`, finishedAt: now };
  };
  if (ailing === null) return now - attempt.createdAt < UNKNOWN_RULE_MS ? attempt : over(UNKNOWN_REASON);
  if (ailing.is === 'good') return over(RECOVERED_REASON);
  return ailing.is === 'bad' && ailing.outageAt !== attempt.outageAt ? over(EARLIER_REASON) : attempt;
}

/** Why what was proposed is not to be done any more, whatever comes; `null`: it may be. */
export function refusalOf(attempt: Attempt, rule: Pick<Rule, 'mode' | 'action'>, decision: Decision): string | null {
  if (rule.mode === 'dryRun') return 'its rule is a dry run now';
  if (attempt.finishedAt !== null) return attempt.reason ?? EARLIER_REASON;
  const other = otherAction(attempt, rule);
  if (other !== null) return other;
  if (decision.do === 'refuse') return decision.reason;
  if (decision.do === 'wait') return decision.isOver ? RECOVERED_REASON : null;
  if (decision.outageAt !== attempt.outageAt) return EARLIER_REASON;
  return decision.via === attempt.via ? null : OTHER_WAY_REASON;
}

/** Since when internet lines are lost: noted where it is first seen, forgotten where one is seen to be there. */
function noteLines(standing: Standing, rules: readonly Rule[], { sights, isBlind }: Seen, now: number) {
  const noted = new Map(standing.notes);
  const changed: { key: string; since: number | null }[] = [];
  const lineRules = isBlind ? [] : rules.filter(({ condition }) => 'wan' in condition);
  for (const { name } of lineRules) {
    for (const { device, state, isWanLost } of sights.values()) {
      const key = noteKey(name, device);
      if (state !== 'up' || isWanLost === null || isWanLost === noted.has(key)) continue;
      if (isWanLost) noted.set(key, now);
      else noted.delete(key);
      changed.push({ key, since: isWanLost ? now : null });
    }
  }
  return { now: noted, changed };
}
