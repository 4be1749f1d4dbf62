import type { z } from 'zod';
import type { ConfigContext } from './fields.ts';
import type { FindContradictions } from './written.ts';

/** What a configuration may say. */
export interface ConfigFormat<Config> {
  /** Strict: what it does not know it refuses. */
  readonly schema: (context: ConfigContext) => z.ZodType<Config>;
  readonly findContradictions: FindContradictions;
  /** Options that a variable of the environment overrides, by option. */
  readonly overrides: Readonly<Record<string, string>>;
  /** URL of the module that files import as `netsentinel/config`. */
  readonly moduleUrl: string;
}
