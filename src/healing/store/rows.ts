import { integerOf, nullable, textOf, wordOf } from '../../platform/store/columns.ts';
import { whole } from '../../platform/store/whole.ts';
import { shorten } from '../../runtime/format.ts';
import { ATTEMPT_STATES, type Attempt, type NewAttempt } from '../attempt.ts';
import { MODES } from '../rule.ts';
import type { HealingAttemptsTable } from './schema.ts';

const LONGEST_REASON = 500;
const LONGEST_WHO = 255;
const LONGEST_ACTION = 500;

/** All but what its commands answered, which may be long. */
export const ATTEMPT_COLUMNS = [
  ...([
    'id',
    'rule_name',
    'device',
    'via',
    'mode',
    'action',
    'action_digest',
    'state',
    'reason',
    'outage_at',
    'created_at',
  ] as const),
  ...(['decided_at', 'started_at', 'began_at', 'ran_at', 'good_since', 'finished_at', 'by_whom'] as const),
  ...(['lease_holder', 'lease_until'] as const),
] satisfies readonly (keyof HealingAttemptsTable)[];

type AttemptRow = { readonly [Column in (typeof ATTEMPT_COLUMNS)[number]]: unknown };

/** Throws an `ImpossibleValueError` for a row that was edited by others. */
export function attemptOf(row: AttemptRow): Attempt {
  const text = (column: keyof AttemptRow) => textOf(`healing_attempts.${column}`, row[column]);
  const instant = (column: keyof AttemptRow) => integerOf(`healing_attempts.${column}`, row[column]);
  const perhaps = (column: keyof AttemptRow) => nullable(integerOf, `healing_attempts.${column}`, row[column]);
  return {
    id: instant('id'),
    rule: text('rule_name'),
    device: text('device'),
    via: text('via'),
    mode: wordOf('healing_attempts.mode', row.mode, MODES),
    action: nullable(textOf, 'healing_attempts.action', row.action),
    actionDigest: nullable(textOf, 'healing_attempts.action_digest', row.action_digest),
    state: wordOf('healing_attempts.state', row.state, ATTEMPT_STATES),
    reason: nullable(textOf, 'healing_attempts.reason', row.reason),
    outageAt: instant('outage_at'),
    createdAt: instant('created_at'),
    decidedAt: perhaps('decided_at'),
    startedAt: perhaps('started_at'),
    beganAt: perhaps('began_at'),
    ranAt: perhaps('ran_at'),
    goodSince: perhaps('good_since'),
    finishedAt: perhaps('finished_at'),
    by: nullable(textOf, 'healing_attempts.by_whom', row.by_whom),
    holder: text('lease_holder'),
    leaseUntil: instant('lease_until'),
  };
}

/** What is written of an attempt; what its commands answered is written by itself. */
export function rowOf(attempt: NewAttempt): Omit<HealingAttemptsTable, 'id' | 'output'> {
  const instant = (at: number) => BigInt(whole(Math.round(at)));
  const perhaps = (at: number | null) => (at === null ? null : instant(at));
  const { rule, device, via, mode, action, actionDigest, state, reason, by } = attempt;
  return {
    ...{ rule_name: rule, device, via, mode, action_digest: actionDigest, state },
    action: action === null ? null : shorten(action, LONGEST_ACTION),
    reason: reason === null ? null : shorten(reason, LONGEST_REASON),
    outage_at: instant(attempt.outageAt),
    created_at: instant(attempt.createdAt),
    decided_at: perhaps(attempt.decidedAt),
    started_at: perhaps(attempt.startedAt),
    began_at: perhaps(attempt.beganAt),
    ran_at: perhaps(attempt.ranAt),
    good_since: perhaps(attempt.goodSince),
    finished_at: perhaps(attempt.finishedAt),
    by_whom: by === null ? null : shorten(by, LONGEST_WHO),
    lease_holder: attempt.holder,
    lease_until: instant(attempt.leaseUntil),
  };
}
