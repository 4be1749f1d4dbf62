import { z } from 'zod';
import { type ConfigContext, line, port, secretText } from '../../platform/config/fields.ts';
import { type Contradiction, fieldIn } from '../../platform/config/written.ts';
import { isPrivateKey, PRIVATE_KEY } from '../credentials.ts';
import { SSH_PORT } from '../inventory-devices.ts';

/** As OpenSSH prints it. */
const HOST_KEY = /^SHA256:[A-Za-z0-9+/]{43}$/;

/** How the shell of a device is reached and entered. */
export function sshLogin(context: ConfigContext) {
  return z.strictObject({
    port: port.default(SSH_PORT),
    username: line,
    password: secretText(context).exactOptional(),
    privateKey: secretText(context)
      .refine((key) => isPrivateKey(key.reveal()), PRIVATE_KEY)
      .exactOptional(),
    passphrase: secretText(context).exactOptional(),
    hostKey: z
      .string()
      .regex(
        HOST_KEY,
        "must be the fingerprint of the host key, like 'SHA256:' and 43 characters, as ssh-keygen -l prints it",
      )
      .exactOptional(),
    legacy: z.boolean().default(false),
  });
}

/** A login has one way in. */
export function findSshContradictions(ssh: unknown, path: readonly (string | number)[]): Contradiction[] {
  if (ssh === undefined) return [];
  const has = (field: string) => fieldIn(ssh, field) !== undefined;
  const at = (field: string, message: string): Contradiction => ({ path: [...path, field], message });
  if (has('password') && has('privateKey')) return [at('privateKey', 'there is a password too: give one of them')];
  return [
    ...(has('password') || has('privateKey') ? [] : [at('password', 'is missing: give it, or a privateKey')]),
    ...(has('passphrase') && !has('privateKey') ? [at('passphrase', 'needs the privateKey that it opens')] : []),
  ];
}
