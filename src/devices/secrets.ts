import type { Place, Vault } from '../runtime/vault.ts';
import { CREDENTIALS_TABLE, SECRET_COLUMNS, type SecretKind, type StoredCredential } from './inventory.ts';
import type { Hidden } from './ports.ts';

/** The secrets of a login. Absent or `null`: it has none of that kind. */
export type Secrets = { readonly [Kind in SecretKind]: string | null };

function placeOf(id: string, kind: SecretKind): Place {
  return { table: CREDENTIALS_TABLE, row: id, column: SECRET_COLUMNS[kind] };
}

/** What is stored of secrets. All of a row are encrypted with one key. */
export function sealSecrets(vault: Vault, id: string, secrets: Secrets): Pick<StoredCredential, 'keyId' | SecretKind> {
  const seal = (kind: SecretKind) => {
    const secret = secrets[kind];
    return secret === null ? null : vault.seal(secret, placeOf(id, kind)).text;
  };
  return {
    keyId: vault.keyId,
    password: seal('password'),
    privateKey: seal('privateKey'),
    passphrase: seal('passphrase'),
  };
}

/** Throws a `TroubleError`: `KEY_WRONG` or `SECRET_DAMAGED`. */
export function openSecrets(vault: Vault, credential: StoredCredential): Secrets {
  const open = (kind: SecretKind) => {
    const text = credential[kind];
    return text === null ? null : vault.open({ keyId: credential.keyId, text }, placeOf(credential.id, kind));
  };
  return { password: open('password'), privateKey: open('privateKey'), passphrase: open('passphrase') };
}

/** Each as one that cannot be printed by accident. */
export function hideSecrets(
  { password, privateKey, passphrase }: Secrets,
  hide: (secret: string) => Hidden,
): { readonly [Kind in SecretKind]: Hidden | null } {
  const hidden = (secret: string | null) => (secret === null ? null : hide(secret));
  return { password: hidden(password), privateKey: hidden(privateKey), passphrase: hidden(passphrase) };
}

/** The same credential, encrypted with the present key. */
export function resealed(vault: Vault, credential: StoredCredential): StoredCredential {
  return { ...credential, ...sealSecrets(vault, credential.id, openSecrets(vault, credential)) };
}
