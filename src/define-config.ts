import { SecretReference } from './platform/config/secret.ts';
import type { ConfigInput } from './settings.ts';

/** Gives a configuration its type, so that an editor can complete and check it. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}

/** A secret that lies outside the file: environment variable `name`, or the file that `<name>_FILE` names. It is read when the worker starts. */
export function secret(name: string): SecretReference {
  return new SecretReference(name);
}
