import type { ProblemsAt } from '../../platform/http/forms.ts';
import type { Frame } from '../../platform/http/frame.ts';
import { formatMoment, readableName } from '../../runtime/format.ts';
import type { CredentialEntry } from '../credentials.ts';
import type { SecretsNote } from './form-parts.ts';
import { credentialLink, deviceLink } from './inventory-links.ts';

export interface CredentialsView extends Frame {
  readonly mayEdit: boolean;
  readonly keyNote: SecretsNote | null;
  readonly rows: readonly {
    readonly name: string;
    readonly href: string;
    readonly username: string;
    readonly has: string;
    readonly devices: number;
    readonly changed: string;
  }[];
}

/** `GET /credentials` */
export function viewCredentials(
  entries: readonly CredentialEntry[],
  mayEdit: boolean,
  keyNote: SecretsNote | null,
  timeZone: string,
): CredentialsView {
  return {
    ...{ title: 'Credentials', nav: 'inventory', mayEdit, keyNote: mayEdit ? keyNote : null },
    rows: entries.map((entry) => ({
      name: readableName(entry.name),
      href: credentialLink(entry.name),
      username: readableName(entry.username),
      has: secretsOf(entry),
      devices: entry.devices,
      changed: formatMoment(Date.parse(entry.changedAt), timeZone),
    })),
  };
}

function secretsOf({ hasPassword, hasPrivateKey }: CredentialEntry): string {
  return [hasPassword ? 'password' : '', hasPrivateKey ? 'private key' : ''].filter((word) => word !== '').join(', ');
}

/** What was typed, but for secrets, which no page shows. */
export interface TypedCredential {
  readonly name: string;
  readonly username: string;
}

export type CredentialProblems = ProblemsAt<'name' | 'username' | 'password' | 'privateKey' | 'passphrase' | 'remove'>;

export interface CredentialView extends Frame {
  readonly name: string;
  readonly username: string;
  readonly has: string;
  readonly mayEdit: boolean;
  readonly keyNote: SecretsNote | null;
  readonly note: string | null;
  readonly problems: CredentialProblems;
  /** `null`: it is a new one. */
  readonly stored: {
    readonly action: string;
    readonly version: number;
    readonly changed: string;
    readonly users: readonly { readonly name: string; readonly href: string }[];
    readonly moreUsers: string;
    readonly isUsed: boolean;
  } | null;
}

const USERS_AT_MOST = 100;

/** `GET /credentials/new`, `GET /credentials/<name>` */
export function viewCredential(
  data: {
    readonly entry: CredentialEntry | null;
    /** Names of devices. */
    readonly users: readonly string[];
    readonly typed: TypedCredential;
    readonly problems: CredentialProblems;
    readonly note: string | null;
    readonly mayEdit: boolean;
    readonly keyNote: SecretsNote | null;
  },
  timeZone: string,
): CredentialView {
  const { entry, users, typed, problems, note, mayEdit, keyNote } = data;
  const more = users.length - USERS_AT_MOST;
  return {
    ...{ title: entry === null ? 'New credential' : readableName(entry.name), nav: 'inventory' },
    ...{ mayEdit, note, problems, keyNote: mayEdit ? keyNote : null },
    name: entry === null ? typed.name : readableName(entry.name),
    username: typed.username,
    has: entry === null ? '' : secretsOf(entry),
    stored: entry && {
      action: credentialLink(entry.name),
      version: entry.version,
      changed: formatMoment(Date.parse(entry.changedAt), timeZone),
      users: users.slice(0, USERS_AT_MOST).map((name) => ({ name: readableName(name), href: deviceLink(name) })),
      moreUsers: more > 0 ? `and ${more} more` : '',
      isUsed: users.length > 0,
    },
  };
}
