import { SecretReference } from './secret.ts';

/** Represents a `secret('X')` in a message between two processes. */
const SECRET_KEY = '$secret';

/** A configuration as written, in a form that can be sent to another process. What is no data becomes `null`, which is allowed nowhere. */
export function pack(value: unknown): unknown {
  if (value instanceof SecretReference) return { [SECRET_KEY]: value.name };
  if (typeof value === 'function' || typeof value === 'symbol') return null;
  return mapParts(value, pack);
}

/** What `pack` was given. */
export function unpack(value: unknown): unknown {
  if (isObject(value) && SECRET_KEY in value && typeof value[SECRET_KEY] === 'string') {
    return new SecretReference(value[SECRET_KEY]);
  }
  return mapParts(value, unpack);
}

function mapParts(value: unknown, map: (part: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(map);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, map(part)]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
