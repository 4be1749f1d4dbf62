import type { Frame } from '../../platform/http/frame.ts';
import { routerLink } from '../../platform/http/links.ts';
import type { PanelView } from '../../platform/http/panels.ts';
import { formatCount, formatMoment, readableName } from '../../runtime/format.ts';
import { type Attempt, type AttemptState, isUndecided } from '../attempt.ts';
import type { RuleEntry } from '../entries.ts';
import type { Mode } from '../rule.ts';

interface AttemptRow {
  readonly key: string;
  readonly href: string;
  readonly device: string;
  readonly deviceHref: string;
  readonly rule: string;
  readonly action: string;
  readonly via: string;
  readonly state: string;
  /** Its colour. */
  readonly tone: 'sent' | 'failed' | 'pending';
  readonly at: string;
  readonly finishedAt: string;
  readonly reason: string;
  readonly by: string;
  readonly waits: boolean;
}

interface RuleRow {
  readonly key: string;
  readonly rule: string;
  readonly mode: string;
  readonly when: string;
  readonly action: string;
  readonly via: string;
  readonly devices: string;
}

export interface HealingView extends Frame {
  readonly period: string;
  /** What somebody has to decide now. */
  readonly waiting: readonly AttemptRow[];
  readonly rules: readonly RuleRow[];
  readonly attempts: readonly AttemptRow[];
}

export interface AttemptView extends Frame {
  readonly row: AttemptRow;
  readonly mode: string;
  readonly since: string;
  readonly output: string | null;
  /** Whether this person may approve or decline it now. */
  readonly mayDecide: boolean;
  /** What an approval sends, where an admin wrote it. */
  readonly commands: string;
  readonly approveHref: string;
  readonly declineHref: string;
  readonly problem: string | null;
}

interface Context {
  readonly timeZone: string;
  /** Whether an attempt waits for a person now. */
  readonly waits: (attempt: Attempt) => boolean;
}

const MODE_WORDS: Readonly<Record<Mode, string>> = {
  dryRun: 'dry run',
  ask: 'asks for approval',
  auto: 'acts by itself',
};
const TONES: Readonly<Record<AttemptState, AttemptRow['tone']>> = {
  ...{ proposed: 'pending', approved: 'pending', running: 'pending', declined: 'sent', worked: 'sent' },
  ...{ failed: 'failed', refused: 'failed' },
};

/** `GET /healing`: the rules, and what they did. */
export function viewHealing(
  rules: readonly RuleEntry[],
  { attempts, waiting }: { readonly attempts: readonly Attempt[]; readonly waiting: readonly Attempt[] },
  context: Context,
): HealingView {
  const count = waiting.length;
  return {
    ...{ title: 'Healing', nav: 'healing' },
    period: `${formatCount(rules.length, 'rule', 'rules')} · ${count === 0 ? 'nothing waits for approval' : `${count} waiting for approval`}`,
    waiting: waiting.map((attempt) => ({ ...rowOf(attempt, context), key: `waiting-${attempt.id}` })),
    rules: rules.map(ruleRow),
    attempts: attempts.map((attempt) => rowOf(attempt, context)),
  };
}

/** Those of one device, on its page. */
export function viewDeviceHealing(attempts: readonly Attempt[], context: Context): PanelView {
  return { content: { attempts: attempts.map((attempt) => rowOf(attempt, context)) } };
}

/** `GET /healing/:id`: one attempt, with the form that decides about it. */
export function viewAttempt(
  { attempt, output }: { readonly attempt: Attempt; readonly output: string | null },
  form: { readonly mayDecide: boolean; readonly commands: readonly string[]; readonly problem: string | null },
  context: Context,
): AttemptView {
  const row = rowOf(attempt, context);
  return {
    ...{ title: `Healing attempt ${attempt.id}`, nav: 'healing', row, output },
    mode: MODE_WORDS[attempt.mode],
    since: attempt.outageAt === 0 ? '' : formatMoment(attempt.outageAt, context.timeZone),
    mayDecide: form.mayDecide && row.waits,
    commands: form.commands.join('\n'),
    ...{ approveHref: `${row.href}/approve`, declineHref: `${row.href}/decline`, problem: form.problem },
  };
}

function ruleRow({ rule, mode, when, forMinutes, action, via, devices }: RuleEntry): RuleRow {
  return {
    ...{ key: `rule-${rule}`, rule: readableName(rule), mode: MODE_WORDS[mode] },
    ...{ when: `${when} for ${forMinutes} min`, action: readableName(action), via: readableName(via) },
    devices: String(devices),
  };
}

/** What waits for nobody any more is shown otherwise than what does. */
function shownState(attempt: Attempt, waits: Context['waits']): Pick<AttemptRow, 'state' | 'tone'> {
  const { state } = attempt;
  if (state !== 'proposed' || waits(attempt)) return { state, tone: TONES[state] };
  return { state: isUndecided(attempt) ? 'expired' : state, tone: 'sent' };
}

function rowOf(attempt: Attempt, { timeZone, waits }: Context): AttemptRow {
  const { id, device, rule, action, via, startedAt, createdAt, finishedAt, reason, by } = attempt;
  return {
    ...{ key: `attempt-${id}`, href: `/healing/${id}`, device: readableName(device), deviceHref: routerLink(device) },
    ...{
      rule: readableName(rule),
      action: readableName(action ?? ''),
      via: readableName(via),
      ...shownState(attempt, waits),
    },
    at: formatMoment(startedAt ?? createdAt, timeZone),
    finishedAt: finishedAt === null ? '' : formatMoment(finishedAt, timeZone),
    ...{ reason: readableName(reason ?? ''), by: readableName(by ?? ''), waits: waits(attempt) },
  };
}
