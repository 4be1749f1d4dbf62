import type { z } from 'zod';

/** One thing to put right, in words an admin understands. */
export interface ConfigProblem {
  /** Like `routers[0].host`; empty when it concerns the whole file. */
  readonly path: string;
  readonly message: string;
}

/** Bad configuration: everything that is wrong with it, at once. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';
  readonly problems: readonly ConfigProblem[];

  constructor(source: string, problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ path, message }) => (path === '' ? `  ${message}` : `  ${path}: ${message}`));
    super(`${source} is not usable:\n${lines.join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list [ … ]',
  object: 'an object { … }',
};

/** Words a zod issue in the terms of the configuration. `undefined` leaves the issue its own text. */
export function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type': {
      const expected = `must be ${KINDS[issue.expected] ?? issue.expected}`;
      return issue.input === undefined ? `is missing; it ${expected}` : expected;
    }
    case 'invalid_value':
      return `must be ${issue.values.map((value) => `'${String(value)}'`).join(', ')}`.replace(/, ([^,]*)$/, ' or $1');
    case 'invalid_union':
      return issue.input === undefined ? 'is missing' : undefined;
    case 'too_small':
      return describeMinimum(issue);
    case 'too_big':
      return issue.origin === 'string'
        ? `must have at most ${issue.maximum} characters`
        : `must be at most ${issue.maximum}`;
    case 'unrecognized_keys':
      return `unknown option; known options: ${knownKeys(issue.inst).join(', ')}`;
    default:
      return undefined;
  }
}

function describeMinimum(issue: { origin: string; minimum: number | bigint; inclusive?: boolean }): string {
  if (issue.origin === 'string') return 'must not be empty';
  if (issue.origin === 'array')
    return `must have at least ${issue.minimum === 1 ? 'one entry' : `${issue.minimum} entries`}`;
  return issue.inclusive === false ? `must be more than ${issue.minimum}` : `must be at least ${issue.minimum}`;
}

function knownKeys(schema: unknown): string[] {
  const def = (schema as { _zod?: { def?: { shape?: object } } } | undefined)?._zod?.def;
  return Object.keys(def?.shape ?? {});
}

/** One problem for each issue, and for each of the keys that one issue may name. */
export function toProblems(issues: readonly z.core.$ZodIssue[], parent: readonly PropertyKey[] = []): ConfigProblem[] {
  return issues.flatMap((issue) => {
    const path = [...parent, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: formatPath([...path, key]), message: issue.message }));
    }
    const meant = issue.code === 'invalid_union' ? meantAlternative(issue.errors) : undefined;
    return meant ? toProblems(meant, path) : [{ path: formatPath(path), message: issue.message }];
  });
}

/** Of several allowed forms, the one that the value resembles: only the problems of that one help. */
function meantAlternative(alternatives: readonly (readonly z.core.$ZodIssue[])[]) {
  const fitting = alternatives.filter((issues) => issues.every((issue) => issue.path.length > 0));
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** `['routers', 0, 'host']` → `routers[0].host`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const key = String(part);
    if (!/^[\w$]+$/.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}
