import type { HealingBooks } from '../../src/healing/commands/healing.ts';
import { attemptOf } from './healing.ts';

const attempt = { ...attemptOf(), id: 1 };

/** No rules, and nothing on record. */
export const noHealing: HealingBooks['healing'] = {
  rules: async () => [],
  log: async () => [],
  wouldRun: async () => ({ do: 'wait', reason: 'nothing is wrong with it', isOver: true }),
  approve: async () => attempt,
  decline: async () => attempt,
  run: async () => attempt,
  rehearse: async () => [],
};
