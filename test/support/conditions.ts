import { NO_FACTS } from '../../src/devices/facts.ts';
import type { Condition } from '../../src/devices/ports.ts';

/** The condition of a router that is well, but for what is changed. */
export function conditionOf(router: string, change: Partial<Condition> = {}): Condition {
  const well = {
    lastReadAt: null,
    ageMs: 0,
    isFresh: true,
    code: null,
    trouble: null,
    since: null,
    wasPolled: true,
    facts: NO_FACTS,
  };
  return { router, ...well, ...change };
}
