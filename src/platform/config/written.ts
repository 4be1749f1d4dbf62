/** A statement that is well-formed by itself and at odds with another. */
export interface Contradiction {
  readonly path: (string | number)[];
  readonly message: string;
}

/**
 * Finds contradictions between fields. It takes the configuration as written, so that it also works when other parts are wrong; it
 * trusts no type and skips values of an unexpected form, which the schema reports already.
 */
export type FindContradictions = (config: unknown) => Contradiction[];

/** The entries of what should be a list; none of anything else. */
export function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** A field of what should be an object; `undefined` of anything else. */
export function fieldIn(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined;
}
