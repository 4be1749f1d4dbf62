import { z } from 'zod';
import { isPrivateKey, PRIVATE_KEY } from '../../runtime/private-key.ts';
import { type ConfigContext, secretText } from './fields.ts';
import { type Contradiction, isObject } from './written.ts';

/** The fingerprint of a host key, as OpenSSH prints it. */
export const HOST_KEY = /^SHA256:[A-Za-z0-9+/]{43}$/;

export const hostKey = z
  .string()
  .regex(
    HOST_KEY,
    "must be the fingerprint of the host key, like 'SHA256:' and 43 characters, as ssh-keygen -l prints it",
  );

/** A private key, which may be in a file. */
export function privateKey(context: ConfigContext) {
  return secretText(context).refine((key) => isPrivateKey(key.reveal()), PRIVATE_KEY);
}

/** A login by SSH has one way in. */
export function findSshContradictions(login: unknown, path: readonly (string | number)[]): Contradiction[] {
  if (!isObject(login)) return [];
  const has = (field: string) => login[field] !== undefined;
  const at = (field: string, message: string): Contradiction => ({ path: [...path, field], message });
  if (has('password') && has('privateKey')) return [at('privateKey', 'there is a password too: give one of them')];
  return [
    ...(has('password') || has('privateKey') ? [] : [at('password', 'is missing: give it, or a privateKey')]),
    ...(has('passphrase') && !has('privateKey') ? [at('passphrase', 'needs the privateKey that it opens')] : []),
  ];
}
