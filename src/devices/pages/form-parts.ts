import type { TroubleError } from '../../runtime/errors.ts';
import { readableName } from '../../runtime/format.ts';
import type { DeviceTestStep } from '../device-tests.ts';

/** One choice of a list. */
export interface Choice {
  readonly value: string;
  readonly text: string;
  readonly isChosen: boolean;
}

export function choices(list: readonly (readonly [value: string, text: string])[], chosen: string): Choice[] {
  const known = list.some(([value]) => value === chosen);
  // What was typed and is not there (any more) stays chosen, and is refused with its reason.
  const all = known || chosen === '' ? list : [...list, [chosen, readableName(chosen)] as const];
  return all.map(([value, text]) => ({ value, text: readableName(text), isChosen: value === chosen }));
}

/** What is in the way of storing passwords, and what to do. */
export interface SecretsNote {
  readonly text: string;
  readonly advice: string;
  readonly code: string;
}

export function secretsNote(trouble: TroubleError | null): SecretsNote | null {
  if (trouble === null) return null;
  const { message, advice, code } = trouble;
  return { text: `${message.charAt(0).toUpperCase()}${message.slice(1)}.`, advice, code };
}

/** What a test found. */
export interface TestView {
  readonly summary: string;
  readonly isGood: boolean;
  readonly steps: readonly {
    readonly part: string;
    readonly word: string;
    readonly level: 'good' | 'late' | 'bad';
    readonly found: string;
    readonly advice: string | null;
  }[];
}

const WORDS = { ok: 'OK', warning: 'warning', failure: 'failed' } as const;
const LEVELS = { ok: 'good', warning: 'late', failure: 'bad' } as const;
const PARTS: Readonly<Record<string, string>> = {
  ...{ name: 'Name', tcp: 'TCP', tls: 'TLS', login: 'Login', rights: 'Rights' },
};

export function viewTest(steps: readonly DeviceTestStep[]): TestView {
  const failed = steps.find(({ status }) => status === 'failure');
  return {
    summary: failed === undefined ? 'The router can be read.' : 'The router cannot be read.',
    isGood: failed === undefined,
    steps: steps.map(({ part, status, found, advice }) => ({
      part: PARTS[part] ?? readableName(part),
      word: WORDS[status],
      level: LEVELS[status],
      found: readableName(found),
      advice: advice === null ? null : readableName(advice),
    })),
  };
}
