import type { Place, Vault } from '../runtime/vault.ts';
import { CREDENTIALS_TABLE, SECRET_COLUMNS, type SecretKind, type StoredCredential } from './inventory.ts';
import type { Hidden, SshAccess } from './ports.ts';

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

/** What SSH logs in with. */
export type SshLogin = Pick<SshAccess, 'username' | SecretKind>;

/** `hide` makes a secret one that cannot be printed by accident. */
export function hideLogin(username: string, secrets: Secrets, hide: (secret: string) => Hidden): SshLogin {
  const hidden = (secret: string | null) => (secret === null ? null : hide(secret));
  return {
    username,
    password: hidden(secrets.password),
    privateKey: hidden(secrets.privateKey),
    passphrase: hidden(secrets.passphrase),
  };
}

/** The same credential, encrypted with the present key. */
export function resealed(vault: Vault, credential: StoredCredential): StoredCredential {
  return { ...credential, ...sealSecrets(vault, credential.id, openSecrets(vault, credential)) };
}
