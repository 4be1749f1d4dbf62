import type { Composition, Letter } from '../notices/letter.ts';
import { asTyped } from '../runtime/command-name.ts';
import { formatMoment, readableName, shorten } from '../runtime/format.ts';
import type { Attempt } from './attempt.ts';
import { actionText, conditionText, type Rule } from './rule.ts';

export type HealingEvent = 'healing.proposed' | 'healing.worked' | 'healing.failed' | 'healing.refused';

export interface LetterContext {
  readonly timeZone: string;
  /** Its page; absent: nobody knows where the pages are. */
  readonly page?: string | undefined;
}

const LONGEST_SUBJECT = 150;

/** What people are told of an attempt; `null`: nothing. A dry run says nothing by itself. */
export function letterOf(
  attempt: Attempt,
  rule: Rule | null,
  context: LetterContext,
): { readonly event: HealingEvent; readonly composition: Composition } | null {
  if (attempt.mode === 'dryRun' && attempt.by === null) return null;
  // An outage that is over is told by others.
  if (attempt.state === 'proposed' && attempt.finishedAt !== null) return null;
  const device = readableName(attempt.device);
  const doing = attempt.action ?? (rule === null ? 'an action' : actionText(rule.action));
  switch (attempt.state) {
    case 'proposed':
      return compose('healing.proposed', attempt, rule, context, {
        tone: 'warning',
        title: `${device}: ${doing}?`,
        lead: `The rule ${readableName(attempt.rule)} asks for approval. Nothing is done before somebody approves.`,
        advice: 'Approve or decline it on its page, which asks for a login, or by a command.',
        commands: [asTyped(`healing approve ${attempt.id}`), asTyped(`healing decline ${attempt.id}`)],
      });
    case 'worked':
      return compose('healing.worked', attempt, rule, context, {
        tone: 'good',
        title: `${device}: healed`,
        lead: 'The device has been good since the action.',
        advice: 'Find the cause: the problem may come back.',
        commands: [],
      });
    case 'failed':
      return compose('healing.failed', attempt, rule, context, {
        tone: 'alert',
        title: `${device}: healing failed`,
        lead: 'The action did not help, or could not be done. It counts for the limits of the rule.',
        advice: 'Look at the device yourself. The page of this attempt shows the commands and the answers.',
        commands: [asTyped('healing log')],
      });
    case 'refused':
      return compose('healing.refused', attempt, rule, context, {
        tone: 'alert',
        title: `${device}: not healed`,
        lead: 'A rule was about to act, but a guard refused. The rule does nothing more in this outage.',
        advice: 'Look at the device yourself.',
        commands: [asTyped('healing log')],
      });
    default:
      return null;
  }
}

function compose(
  event: HealingEvent,
  attempt: Attempt,
  rule: Rule | null,
  { timeZone, page }: LetterContext,
  words: Pick<Letter, 'tone' | 'title' | 'lead' | 'advice' | 'commands'>,
) {
  const facts = [
    { label: 'Rule', value: readableName(attempt.rule) },
    ...(rule === null ? [] : [{ label: 'Trouble', value: conditionText(rule.condition) }]),
    { label: 'Since', value: formatMoment(attempt.outageAt, timeZone) },
    ...(attempt.action === null ? [] : [{ label: 'Action', value: readableName(attempt.action) }]),
    ...(attempt.via === '' ? [] : [{ label: 'Through', value: readableName(attempt.via) }]),
    ...(attempt.reason === null ? [] : [{ label: 'Reason', value: readableName(attempt.reason) }]),
    ...(attempt.by === null ? [] : [{ label: 'By', value: readableName(attempt.by) }]),
  ];
  const letter: Letter = { kicker: 'Healing', meter: null, facts, table: null, page, ...words };
  return { event, composition: { subject: shorten(words.title, LONGEST_SUBJECT), letter } };
}
