import { z } from 'zod';
import { isPrivateKey, PRIVATE_KEY } from '../runtime/private-key.ts';
import { entryName, parseEntry, secretField, usernameField } from './fields.ts';
import {
  changedMeanwhile,
  conflict,
  EMPTY_CHANGE,
  type Inventory,
  type InventoryChange,
  invalid,
  type Problem,
  Refusal,
  type StoredCredential,
} from './inventory.ts';
import type { Sealer } from './logins.ts';
import type { Secrets } from './secrets.ts';

/** A shared login, without its secrets. */
export interface CredentialEntry {
  readonly name: string;
  readonly username: string;
  readonly hasPassword: boolean;
  readonly hasPrivateKey: boolean;
  /** How many devices use it. */
  readonly devices: number;
  readonly version: number;
  /** ISO 8601. */
  readonly changedAt: string;
}

const privateKey = z.string(PRIVATE_KEY).refine(isPrivateKey, PRIVATE_KEY);

/** Absent: as it is now; `null` clears. */
export const credentialFields = z
  .strictObject({
    username: usernameField,
    password: secretField.nullable(),
    privateKey: privateKey.nullable(),
    passphrase: secretField.nullable(),
  })
  .partial();

export type CredentialFields = z.output<typeof credentialFields>;

export function parseCredentialFields(
  raw: unknown,
): { readonly fields: CredentialFields } | { readonly problems: Problem[] } {
  return parseEntry(credentialFields, raw, (fields) => ({ fields }));
}

/** Every shared credential, by name. */
export function credentialEntries({ devices, credentials }: Inventory): CredentialEntry[] {
  const uses = new Map<string, number>();
  for (const device of devices) {
    for (const id of new Set([device.apiCredential, device.sshCredential, device.terminalCredential])) {
      if (id !== null) uses.set(id, (uses.get(id) ?? 0) + 1);
    }
  }
  return credentials.flatMap(({ id, name, username, password, privateKey: key, version, changedAt }) =>
    name === null
      ? []
      : [
          {
            ...{
              name,
              username,
              hasPassword: password !== null,
              hasPrivateKey: key !== null,
              devices: uses.get(id) ?? 0,
            },
            ...{ version, changedAt: new Date(changedAt).toISOString() },
          },
        ],
  );
}

interface EditDeps {
  readonly now: Inventory;
  readonly sealer: Sealer;
  readonly newId: () => string;
  /** Unix ms. */
  readonly nowAt: number;
}

/** Throws a `Refusal` or the trouble of the key. */
export function addCredential({ now, sealer, newId, nowAt }: EditDeps, name: string, fields: CredentialFields) {
  const { username, password = null, privateKey: key = null, passphrase = null } = fields;
  const problems: Problem[] = [];
  const named = entryName.safeParse(name);
  if (!named.success) problems.push(...named.error.issues.map(({ message }) => invalid('name', message)));
  if (now.credentials.some((each) => each.name === name)) {
    problems.push(conflict('name', 'there is a credential of this name already'));
  }
  if (username === undefined) problems.push(invalid('username', 'is missing'));
  const secrets = { password, privateKey: key, passphrase };
  problems.push(...secretProblems(secrets));
  if (username === undefined || problems.length > 0) throw new Refusal('the credential was not added', problems);
  const id = newId();
  const added: StoredCredential = {
    ...{ id, name, deviceId: null, version: 1, username, ...sealer.seal(id, secrets), changedAt: nowAt },
  };
  return withCredentials({ put: [added], remove: [] });
}

/** As `addCredential`. `open` gives the secrets that it has now. */
export function setCredential(
  { now, sealer, nowAt }: EditDeps,
  name: string,
  fields: CredentialFields,
  options: { readonly version?: number | undefined; readonly open: (credential: StoredCredential) => Secrets },
): InventoryChange {
  const known = findCredential(now, name);
  const refuse = (...problems: Problem[]) => new Refusal('the credential was not changed', problems);
  if (known === null) throw refuse(unknownCredential());
  if (options.version !== undefined && options.version !== known.version) throw refuse(changedMeanwhile());
  const { username = known.username, ...given } = fields;
  const hasSecrets = Object.values(given).some((secret) => secret !== undefined);
  if (!hasSecrets && username === known.username) return EMPTY_CHANGE;
  const changed = { ...known, username, version: known.version + 1, changedAt: nowAt };
  // Also for a name alone: who has another key than the database is to change nothing in it.
  const present = options.open(known);
  const secrets: Secrets = {
    password: given.password === undefined ? present.password : given.password,
    privateKey: given.privateKey === undefined ? present.privateKey : given.privateKey,
    passphrase:
      given.passphrase === undefined ? (given.privateKey === undefined ? present.passphrase : null) : given.passphrase,
  };
  const problems = secretProblems(secrets);
  const isForApi = now.devices.some(({ apiCredential }) => apiCredential === known.id);
  if (isForApi && secrets.password === null) {
    problems.push(conflict('password', 'devices use it for the API, which needs a password'));
  }
  if (problems.length > 0) throw refuse(...problems);
  return withCredentials({ put: [{ ...changed, ...sealer.seal(known.id, secrets) }], remove: [] });
}

/** Throws a `Refusal`. */
export function removeCredential({ devices, credentials }: Inventory, name: string): InventoryChange {
  const known = findCredential({ devices, credentials }, name);
  const refuse = (problem: Problem) => new Refusal('the credential was not removed', [problem]);
  if (known === null) throw refuse(unknownCredential());
  const users = devices.filter(({ apiCredential, sshCredential, terminalCredential }) =>
    [apiCredential, sshCredential, terminalCredential].includes(known.id),
  );
  if (users.length > 0) {
    throw refuse(conflict('name', users.length === 1 ? 'a device uses it' : `${users.length} devices use it`));
  }
  return withCredentials({ put: [], remove: [known.id] });
}

function findCredential({ credentials }: Inventory, name: string): StoredCredential | null {
  return credentials.find((each) => each.name === name) ?? null;
}

function withCredentials(credentials: InventoryChange['credentials']): InventoryChange {
  return { ...EMPTY_CHANGE, credentials };
}

function secretProblems({ password, privateKey: key, passphrase }: Secrets): Problem[] {
  const problems: Problem[] = [];
  if (password === null && key === null)
    problems.push(invalid('password', 'is missing: needs a password or a private key'));
  if (passphrase !== null && key === null) problems.push(invalid('passphrase', 'needs a private key'));
  return problems;
}

export function unknownCredential(): Problem {
  return { field: 'name', message: 'no credential has this name', kind: 'unknown' };
}
