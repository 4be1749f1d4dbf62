import { findContradictions } from './contradictions.ts';
import type { ConfigContext } from './fields.ts';
import { ConfigError, type ConfigProblem, describeIssue, formatPath, toProblems } from './problems.ts';
import { type Config, createConfigSchema } from './schema.ts';

/**
 * Checks what a configuration file says and fills in defaults. `DATABASE_URL` in the environment overrides `database`.
 * Throws a `ConfigError` with every problem; `source` is how the file is called in it.
 */
export function parseConfig(raw: unknown, context: ConfigContext, source: string): Config {
  const override = context.env['DATABASE_URL'];
  const given = override && isPlainObject(raw) ? { ...raw, database: override } : raw;
  const result = createConfigSchema(context).safeParse(given, { error: describeIssue });
  const contradictions = findContradictions(given).map(({ path, message }) => ({ path: formatPath(path), message }));
  const problems = [...(result.error ? toProblems(result.error.issues) : []), ...contradictions];
  if (result.success && problems.length === 0) return result.data;
  throw new ConfigError(source, override ? problems.map(nameOverride) : problems);
}

function nameOverride(problem: ConfigProblem): ConfigProblem {
  return problem.path === 'database' ? { ...problem, path: 'database (from DATABASE_URL)' } : problem;
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
