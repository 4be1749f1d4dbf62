import type { Mode } from './rule.ts';

/**
 * - `proposed`: not done; a person may approve it, unless its rule is a dry run. Once its outage is over it has `finishedAt`
 * - `approved`, `declined`: what that person said
 * - `running`: from before its first command until the verdict
 * - `worked`, `failed`: the verdict
 * - `refused`: not done, for a reason; a person has to look
 */
export const ATTEMPT_STATES = ['proposed', 'approved', 'declined', 'running', 'worked', 'failed', 'refused'] as const;
export type AttemptState = (typeof ATTEMPT_STATES)[number];

/** One action on one device, done or not. Instants are Unix ms by the database's clock. */
export interface Attempt {
  readonly id: number;
  readonly rule: string;
  readonly device: string;
  /** The device that it acts through. */
  readonly via: string;
  readonly mode: Mode;
  /** What it does, in a few words; `null`: not stored, as by earlier versions. */
  readonly action: string | null;
  /** As `digestOf`; `null`: likewise. */
  readonly actionDigest: string | null;
  readonly state: AttemptState;
  /** For people; `null`: there is none yet. */
  readonly reason: string | null;
  /** When what is wrong began: all attempts against the same trouble have the same. */
  readonly outageAt: number;
  readonly createdAt: number;
  /** When somebody approved or declined it; `null`: nobody did. */
  readonly decidedAt: number | null;
  /** When it became `running`: it counts for the limits from then on. */
  readonly startedAt: number | null;
  /** When its first command was about to be sent; `null`: none was. */
  readonly beganAt: number | null;
  /** When its last command had ended. */
  readonly ranAt: number | null;
  /** Since when the device is seen to be good after it; `null`: it is not. */
  readonly goodSince: number | null;
  readonly finishedAt: number | null;
  /** Who approved it or ran it; `null`: nobody had to. */
  readonly by: string | null;
  /** The process that may run its commands, until `leaseUntil`. */
  readonly holder: string;
  readonly leaseUntil: number;
}

export type NewAttempt = Omit<Attempt, 'id'>;

/** Whether an attempt changed something on the network, as far as anybody knows. */
export function isAction({ state }: Pick<Attempt, 'state'>): boolean {
  return state === 'running' || state === 'worked' || state === 'failed';
}

/** Whether nobody has approved or declined it, though somebody was asked. */
export function isUndecided({ state, mode }: Pick<Attempt, 'state' | 'mode'>): boolean {
  return state === 'proposed' && mode !== 'dryRun';
}

/** Actions of any rule that count within a rolling window. One dated later than now counts: a clock was set back. */
export function actionsSince(attempts: readonly Attempt[], sinceAt: number): readonly Attempt[] {
  return attempts.filter((each) => isAction(each) && each.startedAt !== null && each.startedAt > sinceAt);
}
