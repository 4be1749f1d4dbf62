import type { ConfigContext } from './fields.ts';
import type { ConfigFormat } from './format.ts';
import { ConfigError, type ConfigProblem, describeIssue, formatPath, toProblems } from './problems.ts';

/**
 * Checks what a configuration file says and fills in defaults. Throws a `ConfigError` with every problem; `source` is how the file is
 * called in it.
 */
export function parseConfig<Config>(
  { schema, findContradictions, overrides }: Omit<ConfigFormat<Config>, 'moduleUrl'>,
  raw: unknown,
  context: ConfigContext,
  source: string,
): Config {
  const set = isPlainObject(raw) ? Object.entries(overrides).filter(([, variable]) => context.env[variable]) : [];
  const given = isPlainObject(raw)
    ? { ...raw, ...Object.fromEntries(set.map(([option, variable]) => [option, context.env[variable]])) }
    : raw;
  const result = schema(context).safeParse(given, { error: describeIssue });
  const contradictions = findContradictions(given).map(({ path, message }) => ({ path: formatPath(path), message }));
  const problems = [...(result.error ? toProblems(result.error.issues) : []), ...contradictions];
  if (result.success && problems.length === 0) return result.data;
  throw new ConfigError(
    source,
    problems.map((problem) => nameOverride(problem, set)),
  );
}

function nameOverride(problem: ConfigProblem, set: readonly (readonly [string, string])[]): ConfigProblem {
  const variable = set.find(([option]) => option === problem.path)?.[1];
  return variable === undefined ? problem : { ...problem, path: `${problem.path} (from ${variable})` };
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
