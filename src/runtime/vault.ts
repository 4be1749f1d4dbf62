import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { asTyped } from './command-name.ts';
import { TroubleError } from './errors.ts';

/** Where a secret is stored. It belongs there and nowhere else: moved to another place it does not open. */
export interface Place {
  readonly table: string;
  readonly row: string;
  readonly column: string;
}

/** An encrypted secret, as it may lie in a database. */
export interface Sealed {
  /** Names the key, without telling it. */
  readonly keyId: string;
  /** Base64 of nonce (12 bytes), ciphertext and tag (16 bytes). */
  readonly text: string;
}

/** Encrypts what is stored, and reads what was encrypted with the present key or an older one. */
export interface Vault {
  /** Of the key that encrypts. */
  readonly keyId: string;
  /** Of all keys that can be read with. */
  readonly keyIds: ReadonlySet<string>;
  seal(secret: string, place: Place): Sealed;
  /** Throws a `TroubleError`: `KEY_WRONG` where its key is not here, `SECRET_DAMAGED` where it was changed or moved. */
  open(sealed: Sealed, place: Place): string;
  /** As `seal` and `open`, for bytes that are no text. */
  sealBytes(bytes: Uint8Array, place: Place): Sealed;
  openBytes(sealed: Sealed, place: Place): Buffer;
  /**
   * Tells texts apart that are not to be seen: HMAC-SHA256 in hexadecimal digits of the pieces put together, by a key of its own that is
   * made of the one with this id. Throws a `TroubleError` `KEY_WRONG` where that is not here.
   */
  digest(pieces: Iterable<string>, keyId: string): string;
}

/** What encrypts, and what is only read with. */
export interface KeySettings {
  readonly key?: { reveal(): string };
  readonly oldKeys: readonly { reveal(): string }[];
}

/** AES-256-GCM: NIST SP 800-38D, with the nonce of 96 bits that it recommends. */
const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID_DIGITS = 16;

/** A new random key, as the configuration takes it: 32 bytes in base64. */
export function makeKey(): string {
  return randomBytes(KEY_BYTES).toString('base64');
}

/** Whether a text is a key: 32 bytes in base64. */
export function isKey(text: string): boolean {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === KEY_BYTES && bytes.toString('base64') === text;
}

/** Keys in base64, as `isKey` accepts them. `key` encrypts, the others are only read with. */
export function createVault(key: string, oldKeys: readonly string[] = []): Vault {
  const current = Buffer.from(key, 'base64');
  const keyId = keyIdOf(current);
  const keys = new Map(
    [...oldKeys.map((old) => Buffer.from(old, 'base64')), current].map((each) => [keyIdOf(each), each]),
  );
  function keyOf(id: string): Buffer {
    const known = keys.get(id);
    if (known === undefined) throw wrongKey();
    return known;
  }

  function sealBytes(bytes: Uint8Array, place: Place): Sealed {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, current, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(boundData(keyId, place));
    const sealed = Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    return { keyId, text: sealed.toString('base64') };
  }

  return {
    keyId,
    keyIds: new Set(keys.keys()),
    seal: (secret, place) => sealBytes(Buffer.from(secret, 'utf8'), place),
    open: (sealed, place) => unseal(keyOf(sealed.keyId), sealed, place).toString('utf8'),
    sealBytes,
    openBytes: (sealed, place) => unseal(keyOf(sealed.keyId), sealed, place),
    digest(pieces, id) {
      const key = createHmac('sha256', keyOf(id)).update('netsentinel digest').digest();
      const hmac = createHmac('sha256', key);
      for (const piece of pieces) hmac.update(piece, 'utf8');
      return hmac.digest('hex');
    },
  };
}

/** The vault of a configuration; `null` without a key. */
export function vaultOf({ key, oldKeys }: KeySettings): Vault | null {
  if (key === undefined) return null;
  return createVault(
    key.reveal(),
    oldKeys.map((old) => old.reveal()),
  );
}

/** The vault of those who need one. Throws a `TroubleError` `KEY_MISSING` without a key. */
export function requireVault(vault: Vault | null): Vault {
  if (vault !== null) return vault;
  throw missingKey();
}

const VAULT_CODES = ['KEY_MISSING', 'KEY_WRONG', 'SECRET_DAMAGED'];

/** Whether a secret can be neither read nor stored until somebody does something about it. */
export function isVaultTrouble(error: unknown): error is TroubleError {
  return error instanceof TroubleError && VAULT_CODES.includes(error.code);
}

/** There is no key. */
export function missingKey(): TroubleError {
  return new TroubleError(
    'KEY_MISSING',
    'no key is configured: passwords can be neither stored nor read',
    `Make one with \`${asTyped('key new')}\`, keep it as NETSENTINEL_KEY and write key: secret('NETSENTINEL_KEY') in the configuration.`,
  );
}

/** The database was encrypted with another key. */
export function wrongKey(): TroubleError {
  return new TroubleError(
    'KEY_WRONG',
    'secrets in the database are encrypted with another key than the configured one; nothing was changed',
    'Configure the key that this database was used with; after a change of the key keep the former one in oldKeys.',
  );
}

/** Throws `KEY_WRONG` if one of the keys that encrypted the stored secrets is not in the vault. */
export function requireKeys(vault: Vault, keyIds: Iterable<string>): void {
  for (const keyId of keyIds) if (!vault.keyIds.has(keyId)) throw wrongKey();
}

function keyIdOf(key: Buffer): string {
  return createHmac('sha256', key).update('netsentinel key id').digest('hex').slice(0, KEY_ID_DIGITS);
}

function unseal(key: Buffer, { keyId, text }: Sealed, place: Place): Buffer {
  const bytes = Buffer.from(text, 'base64');
  // Node ignores what is no base64: two texts must not open as the same secret.
  if (bytes.toString('base64') !== text || bytes.length < NONCE_BYTES + TAG_BYTES) throw damaged(place);
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(boundData(keyId, place));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const opened = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([opened, decipher.final()]);
  } catch (cause) {
    throw damaged(place, cause);
  }
}

/** What the tag covers besides the secret. JSON keeps the parts apart, whatever is in them. */
function boundData(keyId: string, { table, row, column }: Place): Buffer {
  return Buffer.from(JSON.stringify(['netsentinel', 1, keyId, table, row, column]));
}

function damaged({ table, row, column }: Place, cause?: unknown): TroubleError {
  return new TroubleError(
    'SECRET_DAMAGED',
    `the secret in ${table}.${column} of row ${row} cannot be decrypted: it was changed, or moved from another place`,
    'Enter the secret anew, or restore the row from a backup of the database.',
    { cause },
  );
}
