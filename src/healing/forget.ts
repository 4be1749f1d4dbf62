import { noteKey, type Standing } from './advance.ts';
import { type Attempt, isAction } from './attempt.ts';
import type { Rule } from './rule.ts';
import { ailingOf, type Seen } from './sight.ts';

/**
 * Whether what was said still holds, however old it is: else the rule would say it again in the same outage. One of each outage is enough;
 * asked for one after the other, the oldest first.
 */
export function holdingIn(rules: readonly Rule[], seen: Seen, notes: Standing['notes']): (attempt: Attempt) => boolean {
  const held = new Set<string>();
  const known = new Set(seen.devices.map(({ name }) => name));
  return (attempt) => {
    const { device, via, outageAt, actionDigest } = attempt;
    const rule = rules.find(({ name }) => name === attempt.rule);
    if (isAction(attempt) || rule === undefined || !known.has(device)) return false;
    const ailing = ailingOf(
      rule.condition,
      seen.sights.get(device) ?? null,
      notes.get(noteKey(rule.name, device)) ?? null,
    );
    const isOver = !seen.isBlind && (ailing.is === 'good' || (ailing.is === 'bad' && ailing.outageAt !== outageAt));
    const key = JSON.stringify([rule.name, device, via, outageAt, actionDigest]);
    if (isOver || held.has(key)) return false;
    held.add(key);
    return true;
  };
}
