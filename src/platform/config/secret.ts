import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { inspect } from 'node:util';

const HIDDEN = '[secret]';

/** A text that cannot be printed by accident: every way of showing it gives `[secret]`. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself. To be called where it is used (login, connect), and kept nowhere. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}

/** Every secret in a value, however deep. */
export function secretsIn(value: unknown): Secret[] {
  if (value instanceof Secret) return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(secretsIn) : [];
}

/** Where a secret is to be found; what `secret('X')` leaves in a configuration until it is loaded. */
export class SecretReference {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** The variables of a process's environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A secret, or what the admin has to put right before it can be read. */
export type SecretLookup = { readonly secret: Secret } | { readonly problem: string };

/** Reads the environment variable `X`, or the file that `X_FILE` names (as Docker's secrets are given), without its last line break. */
export function readSecret(name: string, env: Environment): SecretLookup {
  const text = env[name];
  if (text) return { secret: new Secret(text) };
  const file = env[`${name}_FILE`];
  if (file) return readSecretFile(file, `${name}_FILE`);
  const state = text === undefined ? 'is not set' : 'is empty';
  return {
    problem: `environment variable ${name} ${state}; set ${name}, or ${name}_FILE to the path of a file with it`,
  };
}

function readSecretFile(file: string, variable: string): SecretLookup {
  try {
    const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    if (text === '') return { problem: `file ${file} (set by ${variable}) is empty; write the secret into it` };
    return { secret: new Secret(text) };
  } catch (error) {
    return { problem: `${describeFailure(file, error)} (set by ${variable})` };
  }
}

function describeFailure(file: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return `file ${file} does not exist`;
  if (code === 'EISDIR') return `${file} is a folder, not a file`;
  const failure = `file ${file} cannot be read (${String(code ?? error)}): it ${describeOwner(file)}`;
  const uid = process.geteuid?.();
  return uid === undefined ? failure : `${failure}, NetSentinel runs as uid ${uid}; change the owner (chown ${uid})`;
}

/** File secrets keep the owner and mode they have on the host, so the usual cause is a container user that is not the owner. */
function describeOwner(file: string): string {
  try {
    const stat = statSync(file);
    return `belongs to uid ${stat.uid} with mode ${(stat.mode & 0o7777).toString(8).padStart(4, '0')}`;
  } catch {
    return `is in ${dirname(file)}, which cannot be opened`;
  }
}
