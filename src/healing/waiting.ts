import { type Attempt, isUndecided } from './attempt.ts';
import { digestOf, type Rule, viaOf } from './rule.ts';

export const OTHER_WAY_REASON = 'the device to act through is another one now';

/** Why what was proposed is not what the rule would do now; `null`: it is. */
export function otherAction(
  { actionDigest }: Pick<Attempt, 'actionDigest'>,
  { action }: Pick<Rule, 'action'>,
): string | null {
  if (actionDigest === null) return 'an earlier version of NetSentinel proposed it without storing what it would do';
  return actionDigest === digestOf(action) ? null : 'its rule has another action now';
}

/** Whether it waits for a person: nobody has decided, its outage goes on, and its rule would still do it. */
export function waits(attempt: Attempt, rules: readonly Rule[]): boolean {
  return isUndecided(attempt) && attempt.finishedAt === null && withdrawnBy(attempt, rules) === null;
}

/** What is said of an attempt, for people; `null`: nothing. */
export function reasonOf(attempt: Attempt, rules: readonly Rule[]): string | null {
  if (attempt.reason !== null || !isUndecided(attempt)) return attempt.reason;
  const why = withdrawnBy(attempt, rules);
  return why === null ? null : `expired: ${why}`;
}

/** Why a rule does not stand by its proposal any more; `null`: it does. */
function withdrawnBy(attempt: Attempt, rules: readonly Rule[]): string | null {
  const rule = rules.find(({ name }) => name === attempt.rule);
  if (rule === undefined) return 'its rule is not in the configuration any more';
  if (rule.mode === 'dryRun') return 'its rule is a dry run now';
  // Which parent it has now only those know who know all devices.
  const via = viaOf(rule, { name: attempt.device, parent: attempt.via, tags: [] });
  return via === attempt.via ? otherAction(attempt, rule) : OTHER_WAY_REASON;
}
