import { isDeepStrictEqual } from 'node:util';
import { Secret } from './secret.ts';

/** Whether two parts of checked configurations are equal, including their secrets. */
export function hasSameSettings(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(revealed(one), revealed(other));
}

/** Secrets hide their text from every comparison. The copy is not to be kept. */
function revealed(value: unknown): unknown {
  if (value instanceof Secret) return { secret: value.reveal() };
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, revealed(each)]));
}
