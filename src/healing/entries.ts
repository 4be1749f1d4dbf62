import type { Attempt, AttemptState } from './attempt.ts';
import { actionText, conditionText, type Mode, type Rule } from './rule.ts';

/** An attempt as programs see it; the keys are a contract. */
export interface AttemptEntry {
  readonly id: number;
  readonly rule: string;
  readonly device: string;
  readonly via: string;
  readonly mode: Mode;
  readonly state: AttemptState;
  readonly reason: string | null;
  /** ISO 8601: when it began to act, else when it was proposed or refused. */
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly by: string | null;
}

/** A rule as programs see it. */
export interface RuleEntry {
  readonly rule: string;
  readonly mode: Mode;
  /** In words. */
  readonly when: string;
  readonly forMinutes: number;
  readonly tags: readonly string[];
  readonly action: string;
  readonly via: string;
  /** How many devices it is about. */
  readonly devices: number;
  /** How many proposals wait for a person now. */
  readonly waiting: number;
  /** Of the last attempt; `null`: there was none. */
  readonly lastState: AttemptState | null;
  readonly lastAt: string | null;
}

/** Of one answer. */
export const MOST_ATTEMPTS = 10_000;

export function attemptEntry(attempt: Attempt): AttemptEntry {
  const { id, rule, device, via, mode, state, reason, createdAt, startedAt, finishedAt, by } = attempt;
  return {
    ...{ id, rule, device, via, mode, state, reason, startedAt: instant(startedAt ?? createdAt) },
    ...{ finishedAt: finishedAt === null ? null : instant(finishedAt), by },
  };
}

export function ruleEntry(
  rule: Rule,
  { devices, waiting, last }: { readonly devices: number; readonly waiting: number; readonly last: Attempt | null },
): RuleEntry {
  return {
    ...{ rule: rule.name, mode: rule.mode, when: conditionText(rule.condition), forMinutes: rule.forMs / 60_000 },
    ...{ tags: rule.tags, action: actionText(rule.action), devices, waiting },
    via: typeof rule.via === 'string' ? rule.via : rule.via.device,
    lastState: last?.state ?? null,
    lastAt: last === null ? null : instant(last.startedAt ?? last.createdAt),
  };
}

/** The number of an attempt as it was typed or is in a path; `null`: there can be none of that. */
export function attemptIdOf(text: string): number | null {
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
}

function instant(at: number): string {
  return new Date(at).toISOString();
}
