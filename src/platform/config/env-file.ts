import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { ConfigError } from './problems.ts';

/** Variables of the environment that are kept in a file. */
export interface EnvFile {
  /**
   * Sets what the file says, in place of what it said the last time; what the environment has from elsewhere stays. Does nothing without
   * the file. Throws a `ConfigError` when it cannot be read; then nothing has changed.
   */
  read(): void;
  /** The file, and the names of the variables that come from it; `null` when it was not there. */
  found(): { readonly file: string; readonly variables: readonly string[] } | null;
}

const NAME = '.env';

/** The file `.env` of `folder`, in the format of Node's `--env-file`. `env` is changed. */
export function createEnvFile(env: Record<string, string | undefined>, folder = '.'): EnvFile {
  const file = resolve(folder, NAME);
  let found: { readonly file: string; readonly variables: readonly string[] } | null = null;
  return {
    read() {
      const values = readValues(file);
      for (const name of found?.variables ?? []) delete env[name];
      if (values === null) {
        found = null;
        return;
      }
      const variables = Object.keys(values).filter((name) => env[name] === undefined);
      for (const name of variables) env[name] = values[name];
      found = { file, variables };
    },
    found: () => found,
  };
}

function readValues(file: string): NodeJS.Dict<string> | null {
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return null;
    throw new ConfigError(file, [
      { path: '', message: `it cannot be read (${String(code ?? error)}); check its owner and mode` },
    ]);
  }
}
