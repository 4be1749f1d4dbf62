/** A secret that cannot be printed by accident. */
export interface Hidden {
  reveal(): string;
}

/** Whatever is watched; a router is one with an API. Its name is unique over all sources. */
export interface Device {
  readonly name: string;
  /** An address or a host name. */
  readonly host: string;
  /** `routeros`, `linux`, `ios`, `nxos`, `edgeos`, `custom`, or any other word: what it is. Only `routeros` has an API. */
  readonly model: string;
  /** Where it is managed. */
  readonly source: 'config' | 'inventory' | 'librenms';
  /** `null`: it has none, or no login for it that can be read. */
  readonly api: ApiAccess | null;
  /** `null`: likewise. */
  readonly ssh: SshAccess | null;
  /** How to see whether it is there, where that was chosen. */
  readonly probe: Probe | null;
  /** Name of the device, of any source, behind which it is reached. Nobody promises that there is one, or no circle over two sources. */
  readonly parent: string | null;
  readonly tags: readonly string[];
  /** Whether its usage is to be counted, where it is a router. */
  readonly countsUsage: boolean;
  /** Whether it is to be backed up, where it has `ssh`. */
  readonly hasBackups: boolean;
  /** It is known, and to be left alone. */
  readonly isPaused: boolean;
}

/** A device with an API. */
export interface RouterDevice extends Device {
  readonly api: ApiAccess;
}

/** A TCP port that answers, or an ICMP echo. */
export type Probe = { readonly tcp: number } | { readonly ping: true };

/** How a shell of a device is reached and entered: with a password, a private key, or whichever of both it takes. */
export interface SshAccess {
  readonly port: number;
  readonly username: string;
  readonly password: Hidden | null;
  /** PEM or OpenSSH. */
  readonly privateKey: Hidden | null;
  readonly passphrase: Hidden | null;
  /** The only host key to talk to, as `SHA256:…`; `null`: the one seen first. */
  readonly hostKey: string | null;
  /** Whether algorithms may be used that are only left for old devices. */
  readonly legacy: boolean;
}

/** How the API of a router is reached, entered and read. */
export interface ApiAccess {
  readonly port: number;
  /** `false`: in clear text; `true`: verified by the system's authorities. `ca` is PEM, `fingerprint` SHA-256. */
  readonly tls: boolean | { readonly ca: string } | { readonly fingerprint: string } | { readonly insecure: true };
  readonly username: string;
  readonly password: Hidden;
  /** Code page of all names. */
  readonly encoding: string;
  /** What the router's line can carry: more than that is no usage. */
  readonly lineMbps: number;
}

/** Knows some of the devices. */
export interface DeviceSource {
  /** Those it knows now, but for the ones that `before` has already: the devices of the sources that come first. */
  devices(before: readonly Device[]): readonly Device[];
  /** From now on `listener` is called after each change, and waited for. */
  follow(listener: () => Promise<void>): void;
}

/** A router as a network management system lists it. */
export interface ListedDevice {
  readonly deviceId: number;
  /** Unique there. */
  readonly hostname: string;
  /** Where it is reached: an address or a host name. */
  readonly host: string;
  /** The address its host name led to when it was last looked up; `null` where that is not known. */
  readonly ip: string | null;
}

/** A device together with the router that its usage is booked to; `null` when it is not polled. */
export interface KnownDevice extends ListedDevice {
  readonly router: string | null;
}

/** A router of the list that cannot be polled, with what is known about it. Its name is as it was written there: hostile data. */
export interface SkippedDevice {
  readonly deviceId: number | null;
  readonly hostname: string | null;
  /** Why, e.g. `its overwrite_ip is not an IP address`; quotes nothing. */
  readonly fault: string;
}

/** A list that was read row by row: a row that cannot be used is no reason to go without the others. */
export interface DirectoryList {
  /** By number; each number and hostname once. */
  readonly devices: readonly ListedDevice[];
  readonly skipped: readonly SkippedDevice[];
}

/** Where the devices are listed. */
export interface DeviceDirectory {
  /** Every router that is to be polled. Rejects with a `TroubleError` when the list cannot be had. */
  routers(signal: AbortSignal): Promise<DirectoryList>;
}

/** The last known list, kept. Both reject with a `TroubleError` when the database is away. */
export interface DeviceBook {
  load(): Promise<readonly KnownDevice[]>;
  replace(devices: readonly KnownDevice[]): Promise<void>;
}

export interface RouterTrouble {
  readonly code: string;
  readonly message: string;
  readonly advice: string;
}

/** How a router is read: the one answer for pages, mails, reports, `check`, metrics and readiness. */
export interface Condition {
  readonly router: string;
  /** When it was last booked, Unix ms; `null`: never, as far as is known. */
  readonly lastReadAt: number | null;
  /** Since it was last booked; of one that never was, since it was first tried. */
  readonly ageMs: number;
  /** `false`: it is late, as `isLate` in `condition.ts` defines it. */
  readonly isFresh: boolean;
  /** Code of the trouble with which the last poll ended, read or not; `null` when it was booked or there was none. */
  readonly code: string | null;
  /** Of the last poll, if it failed; `null` also where only its code is known. */
  readonly trouble: RouterTrouble | null;
  /** Since when every poll has failed, also those before this process began, Unix ms; `null`: the last one did not. */
  readonly since: number | null;
  /** This process polls it: the last poll that is known was its own. Else all of this is what was known before, or what another worker saw. */
  readonly wasPolled: boolean;
  /** Of the last reading, by whichever worker. */
  readonly facts: KnownFacts;
}

/** What the router says of itself; for people only. */
export interface RouterFacts {
  readonly version: string;
  readonly board: string | null;
  readonly identity: string | null;
}

/** The same, with what was worked out from it. */
export interface ReadFacts extends RouterFacts {
  /** Unix ms. */
  readonly bootedAt: number;
}

/** What is known of it; `null`: that is not. */
export interface KnownFacts {
  readonly version: string | null;
  readonly board: string | null;
  readonly identity: string | null;
  /** Unix ms. */
  readonly bootedAt: number | null;
}

/** How a poll of a router ended. */
export type PollEnd =
  | { readonly status: 'booked'; readonly router: string; readonly facts: ReadFacts }
  | { readonly status: 'dropped'; readonly router: string; readonly facts: ReadFacts }
  /** Read, and not booked yet. */
  | { readonly status: 'held'; readonly router: string; readonly facts: ReadFacts; readonly trouble: RouterTrouble }
  | { readonly status: 'failed'; readonly router: string; readonly trouble: RouterTrouble };

/** How a router was at one poll. */
export interface RouterNote {
  readonly router: string;
  /** When the poll was over, Unix ms. */
  readonly at: number;
  readonly pollMs: number;
  /** The trouble it ended with; `null` when the router was read. */
  readonly error: RouterTrouble | null;
  /** What the router told; `null` when it was not read. */
  readonly facts: ReadFacts | null;
}

/** How a router is and was, as far as it was noted. Instants are Unix ms. */
export interface RouterStatus extends KnownFacts {
  readonly router: string;
  /** When the reachable time began that goes on or was the last; `null`: never reached. */
  readonly reachableSince: number | null;
  /** When it ended or, never reached, when it was first tried; `null` while it is reachable. */
  readonly reachableUntil: number | null;
  /** Of the last failed poll, however long ago. */
  readonly errorCode: string | null;
  readonly errorAt: number | null;
  /** What it was and what to do, in words; `null` where an earlier version noted only the code. */
  readonly errorText: { readonly message: string; readonly advice: string } | null;
  /** What the last poll took, ms. */
  readonly pollMs: number;
  readonly notedAt: number;
}

/** Keeps the routers' states for people; accounting never looks at them. */
export interface RouterStateBook {
  /** At most one note for each router. Rejects with a `TroubleError` when the database is away. */
  note(notes: readonly RouterNote[]): Promise<void>;
  /** All that are kept, in no particular order. */
  states(): Promise<RouterStatus[]>;
  /** When each router was last booked, Unix ms. */
  lastReads(): Promise<ReadonlyMap<string, number>>;
}
