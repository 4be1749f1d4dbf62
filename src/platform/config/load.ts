import { readFile, realpath } from 'node:fs/promises';
import { registerHooks } from 'node:module';
import { dirname, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ConfigFormat } from './format.ts';
import { describeJsonMistake, describeModuleMistake } from './mistake.ts';
import { parseConfig } from './parse.ts';
import { ConfigError } from './problems.ts';
import type { Environment } from './secret.ts';

export const DEFAULT_FILE = './config.ts';

/**
 * Reads and checks a configuration file (`.ts`, `.js` or `.json`). Rejects with a `ConfigError` that lists every problem.
 * A module is evaluated once in a process: what is changed in the file later is not seen.
 */
export async function loadConfig<Config>(
  format: ConfigFormat<Config>,
  file = DEFAULT_FILE,
  env: Environment = process.env,
): Promise<Config> {
  return checkConfig(format, await readConfigFile(file, format.moduleUrl), file, env);
}

/** Checks what `readConfigFile` gave. Throws a `ConfigError` that lists every problem. */
export function checkConfig<Config>(
  format: ConfigFormat<Config>,
  raw: unknown,
  file: string,
  env: Environment,
): Config {
  return parseConfig(format, raw, { env, folder: dirname(resolve(file)) }, file);
}

/** What a configuration file says, unchecked, its secrets unread; it imports the module of `moduleUrl`. Rejects with a `ConfigError`. */
export async function readConfigFile(file: string, moduleUrl: string): Promise<unknown> {
  const path = resolve(file);
  const extension = extname(path);
  if (extension !== '.ts' && extension !== '.js' && extension !== '.json') {
    throw fileProblem(file, 'its name must end in .ts, .js or .json');
  }
  const text = await readText(path, file);
  return extension === '.json' ? parseJson(text, file) : evaluate(path, file, moduleUrl);
}

async function readText(path: string, file: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') {
      throw fileProblem(
        file,
        `file not found (${path}); the command init writes one; or copy config.example.ts to it and fill it in, or use --config FILE`,
      );
    }
    throw fileProblem(file, `it cannot be read (${String(code ?? error)}); check its owner and mode`);
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    // Windows' Notepad begins a file with a byte order mark.
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw fileProblem(file, describeJsonMistake(text, error));
  }
}

async function evaluate(path: string, file: string, moduleUrl: string): Promise<unknown> {
  // Node names a module by its real path, whatever links lead there.
  const url = pathToFileURL(await realpath(path)).href;
  const hooks = registerConfigHooks(url, moduleUrl);
  try {
    const module: { default?: unknown } = await import(url);
    if (module.default !== undefined) return module.default;
  } catch (error) {
    throw fileProblem(file, describeModuleMistake(path, error));
  } finally {
    hooks.deregister();
  }
  throw fileProblem(file, 'it has no default export; begin it with `export default defineConfig({`');
}

/**
 * The file may lie anywhere, also outside the reach of this package, so `netsentinel/config` is resolved here; and it is a module,
 * even where the nearest package.json says otherwise. Node's TypeScript parser reports the line of a syntax error, also in JavaScript.
 */
function registerConfigHooks(configUrl: string, moduleUrl: string) {
  return registerHooks({
    resolve(specifier, context, next) {
      if (specifier === 'netsentinel/config') return { url: moduleUrl, shortCircuit: true };
      const resolved = next(specifier, context);
      return resolved.url === configUrl ? { ...resolved, format: 'module-typescript' } : resolved;
    },
  });
}

function fileProblem(file: string, message: string): ConfigError {
  return new ConfigError(file, [{ path: '', message }]);
}
