import type { Attempt } from './attempt.ts';
import type { Rule } from './rule.ts';
import type { Ailing, Seen, Sight } from './sight.ts';

/** What has become of an action so far. */
export type Verdict =
  | { readonly is: 'open'; readonly goodSince: number | null }
  | { readonly is: 'worked' }
  | { readonly is: 'failed'; readonly reason: string };

const NO_VERDICT_REASON = 'the device did not become good, or not for long enough';
const UNSEEN_REASON = 'the device could not be checked: nobody knows whether the action helped';

/** From when on the device is watched for the verdict, Unix ms; `null`: its commands may still run. */
export function judgedFrom({ startedAt, ranAt, leaseUntil }: Attempt, now: number): number | null {
  if (ranAt !== null) return ranAt;
  // Whoever ran it is gone: what it did meanwhile nobody knows, so the probe alone decides.
  return leaseUntil < now ? startedAt : null;
}

/**
 * The verdict of the probe, never of the device: good for `goodForMs` without a break, all within `withinMs`. Only looks that were made
 * after the commands count.
 */
export function judge(
  attempt: Attempt,
  rule: Pick<Rule, 'goodForMs' | 'withinMs'>,
  { ailing, sight, isBlind }: { readonly ailing: Ailing; readonly sight: Sight | null } & Pick<Seen, 'isBlind'>,
  now: number,
): Verdict {
  const from = judgedFrom(attempt, now);
  if (from === null) return { is: 'open', goodSince: null };
  const isSeen = !isBlind && sight !== null && sight.lookedAt !== null && sight.lookedAt > from;
  const goodSince = isSeen ? goodAgain(attempt, ailing, sight, from) : attempt.goodSince;
  const deadline = from + rule.withinMs;
  const lookedAt = Math.min(sight?.lookedAt ?? from, deadline);
  if (isSeen && goodSince !== null && lookedAt - goodSince >= rule.goodForMs) return { is: 'worked' };
  if (now <= deadline) return { is: 'open', goodSince };
  const orphan = attempt.ranAt === null ? 'NetSentinel was stopped during the action; ' : '';
  return { is: 'failed', reason: `${orphan}${isSeen ? NO_VERDICT_REASON : UNSEEN_REASON}` };
}

/** Since when it is good without a break, as far as was seen; `null`: it is not. */
function goodAgain({ goodSince }: Attempt, ailing: Ailing, sight: Sight, from: number): number | null {
  if (ailing.is !== 'good') return null;
  // It may have failed and come back between two looks.
  return Math.max(from, sight.since, goodSince ?? ailing.since);
}
