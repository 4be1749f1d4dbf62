import { TroubleError } from '../runtime/errors.ts';

/** A device that is managed on the page and by commands, as stored. */
export interface InventoryDevice {
  readonly id: string;
  readonly name: string;
  /** Grows with each edit. */
  readonly version: number;
  readonly host: string;
  /** `routeros` has an API that usage is read by; any other is watched without. */
  readonly model: string;
  /** `null`: the usual port. */
  readonly apiPort: number | null;
  readonly apiTls: ApiTls;
  /** Ids of shared credentials. */
  readonly apiCredential: string | null;
  readonly sshPort: number | null;
  readonly sshCredential: string | null;
  readonly terminalCredential: string | null;
  /** Name of the device, of any source, behind which it is reached. */
  readonly parent: string | null;
  readonly tags: readonly string[];
  /** Whether its usage is read, when it is a router. */
  readonly usage: boolean;
  readonly backup: boolean;
  readonly paused: boolean;
  /** Unix ms. */
  readonly changedAt: number;
}

/** `yes`: by the system's authorities · `insecure`: any certificate · else the SHA-256 fingerprint, as `AB:CD:…`. */
export type ApiTls = string;

/** A login. Its secrets are encrypted; what names their key is the same for all of them. */
export interface StoredCredential {
  readonly id: string;
  /** `null` for the login of one device alone. */
  readonly name: string | null;
  readonly deviceId: string | null;
  readonly version: number;
  readonly username: string;
  readonly keyId: string;
  readonly password: string | null;
  readonly privateKey: string | null;
  readonly passphrase: string | null;
  readonly changedAt: number;
}

export interface Inventory {
  readonly devices: readonly InventoryDevice[];
  readonly credentials: readonly StoredCredential[];
}

/** A device of the inventory with the login for its API; `null`: it has none. */
export interface DeviceWithLogin {
  readonly device: InventoryDevice;
  readonly login: StoredCredential | null;
}

/** Rows that are written anew, and ids of rows that are deleted. */
export interface InventoryChange {
  readonly devices: { readonly put: readonly InventoryDevice[]; readonly remove: readonly string[] };
  readonly credentials: { readonly put: readonly StoredCredential[]; readonly remove: readonly string[] };
}

/** Where the inventory is kept. Everything rejects with a `TroubleError` when the database is away. */
export interface InventoryBook {
  load(): Promise<Inventory>;
  /** Another number after each change, by whichever process. */
  revision(): Promise<number>;
  /**
   * Decides by the present inventory and writes, in one transaction that no other change comes between. `decide` may be called
   * again; what it throws takes everything back. Gives whether something was written.
   */
  change(decide: (now: Inventory) => InventoryChange): Promise<boolean>;
}

/** A device of another source. */
export interface OtherDevice {
  readonly name: string;
  readonly host: string;
  readonly model: string;
  readonly source: 'config' | 'librenms';
  /** `tls`: as a `DeviceEntry` has it. */
  readonly api: { readonly port: number; readonly tls: boolean | string; readonly username: string } | null;
  /** `null`: it has no SSH. */
  readonly sshPort: number | null;
  readonly parent: string | null;
  readonly tags: readonly string[];
  readonly isPaused: boolean;
}

/** Table and columns of secrets, as part of what the vault binds them to. */
export const CREDENTIALS_TABLE = 'credentials';
export const SECRET_COLUMNS = { password: 'password', privateKey: 'private_key', passphrase: 'passphrase' } as const;
export type SecretKind = keyof typeof SECRET_COLUMNS;

/** One thing to put right. It quotes no value: one that was entered at the wrong place may be a password. */
export interface Problem {
  /** The JSON key: `apiPort`; empty where it is about the whole. */
  readonly field: string;
  readonly message: string;
  /** `conflict`: right by itself, and at odds with what is there. */
  readonly kind: 'invalid' | 'conflict' | 'unknown';
}

export function invalid(field: string, message: string): Problem {
  return { field, message, kind: 'invalid' };
}

export function conflict(field: string, message: string): Problem {
  return { field, message, kind: 'conflict' };
}

/** A change that was not made, with everything that is wrong with it. */
export class Refusal extends TroubleError {
  readonly problems: readonly Problem[];
  readonly kind: Problem['kind'];

  constructor(what: string, problems: readonly Problem[]) {
    const kind = (['unknown', 'conflict'] as const).find((each) => problems.some((problem) => problem.kind === each));
    const said = problems.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`)).join('; ');
    super(CODES[kind ?? 'invalid'], `${what}: ${said}`, 'Nothing was changed. Correct it and try again.');
    this.problems = problems;
    this.kind = kind ?? 'invalid';
  }
}

const CODES = { invalid: 'ENTRY_INVALID', conflict: 'ENTRY_CONFLICT', unknown: 'ENTRY_UNKNOWN' } as const;

export function changedMeanwhile(): Problem {
  return conflict('version', 'somebody else has changed it meanwhile; load it again');
}

export const EMPTY_CHANGE: InventoryChange = {
  devices: { put: [], remove: [] },
  credentials: { put: [], remove: [] },
};
