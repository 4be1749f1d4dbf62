import type { TroubleError } from '../runtime/errors.ts';

/** How the API's connection is protected: not at all, by a certificate that is checked, or by one that anybody may show. */
export type Protection = 'clear' | 'verified' | 'insecure';

/** A router of the configuration. */
export interface RouterAddress {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly protection: Protection;
  readonly username: string;
}

/** Inspects a router, through its own session, which it closes. */
export interface RouterInspector {
  /** Trouble is part of what it gives; only a bug rejects. */
  inspect(signal: AbortSignal): Promise<Inspection>;
}

export interface Inspection {
  readonly reach: Reach;
  /** What the router says of itself; `null` when there was no login. */
  readonly router: RouterReport | null;
}

export const REACH_STEPS = ['name', 'tcp', 'tls', 'login'] as const;
export type ReachStep = (typeof REACH_STEPS)[number];

/** How far one gets on the way into a router. */
export interface Reach {
  /** Addresses of the host's name; empty when it was not resolved. */
  readonly addresses: readonly string[];
  /** This machine's end of the connection; `null` without one. */
  readonly localAddress: string | null;
  /** What TCP took, ms; `null` without a connection. */
  readonly connectMs: number | null;
  /** What the router shows over TLS; `null` when it shows none, or TLS is not used. */
  readonly certificate: Certificate | null;
  /** The step that failed; `null` when one is logged in. */
  readonly failed: { readonly step: ReachStep; readonly trouble: TroubleError } | null;
}

export interface Certificate {
  readonly subject: string;
  /** Unix ms; NaN where it cannot be understood. */
  readonly validFrom: number;
  readonly validTo: number;
  /** SHA-256, as `AB:CD:…`. */
  readonly fingerprint: string;
}

/**
 * The rows of a menu. `missing`: this RouterOS has no such menu; `refused`: the user may not read it; `failed`: the connection did
 * not last.
 */
export type Rows<Row> = { readonly rows: readonly Row[] } | { readonly unread: 'missing' | 'refused' | 'failed' };

/** Everything that is looked at in a router, read in one session. */
export interface RouterReport {
  readonly resource: Rows<ResourceRow>;
  /** The router's own name. */
  readonly identity: Rows<{ readonly name: string }>;
  /** The row of the user that is logged in; none when it is kept in RADIUS. */
  readonly user: Rows<{ readonly group: string }>;
  readonly groups: Rows<{ readonly name: string; readonly policies: readonly string[] }>;
  readonly sessions: Rows<SessionRow>;
  /** Without the connections that RouterOS 7.19 and later list under a service's name. */
  readonly services: Rows<ServiceRow>;
  readonly queues: Rows<QueueRow>;
  /** Rows of the list of queues that cannot be accounted for. */
  readonly unreadableQueues: number;
  readonly fastTrack: Rows<FastTrackRow>;
  readonly fastTrackV6: Rows<FastTrackRow>;
  /** `allow-fast-path`; no rows where the router does not say. */
  readonly fastPath: Rows<{ readonly allowed: boolean }>;
  readonly settingsV6: Rows<{ readonly disabled: boolean; readonly forward: boolean }>;
  readonly defaultRoutes: Rows<RouteRow>;
  readonly defaultRoutesV6: Rows<RouteRow>;
  /** Interfaces of the list `WAN`, as the default configuration makes it. */
  readonly wanMembers: Rows<{ readonly interface: string }>;
  /** Networks that are connected directly, by interface. */
  readonly networks: Rows<{ readonly interface: string; readonly network: string }>;
  readonly schedulers: Rows<ScriptRow>;
  readonly scripts: Rows<ScriptRow>;
  readonly clock: Rows<ClockRow>;
  /** Worker's clock when the router's clock was read, Unix ms. */
  readonly clockReadAt: number;
}

export interface ResourceRow {
  /** As RouterOS says it, e.g. `7.12.1 (stable)`. */
  readonly version: string;
  readonly board: string | null;
  /** `null` when it cannot be understood. */
  readonly uptimeMs: number | null;
}

export interface SessionRow {
  readonly user: string;
  readonly address: string;
  /** `api`, `api-ssl`, `winbox`, `ssh`, … */
  readonly via: string;
}

export interface ServiceRow {
  readonly name: string;
  readonly port: number | null;
  readonly disabled: boolean;
  /** Networks that may use it; none means all. */
  readonly networks: readonly string[];
  readonly hasCertificate: boolean;
  /** Told since RouterOS 7.16. */
  readonly maxSessions: number | null;
}

/** A queue in the order in which the router tries it. */
export interface QueueRow {
  readonly name: string;
  /** Whose it is, as usage is booked. */
  readonly user: string;
  /** RouterOS's word: networks, or interfaces; none means everything. */
  readonly targets: readonly string[];
  /** Name of the parent, `null` for none. */
  readonly parent: string | null;
  readonly isParent: boolean;
  /** Switched off, or invalid: it counts nothing. */
  readonly disabled: boolean;
  /** RouterOS cannot apply it, e.g. because the interface that is its target is gone. */
  readonly invalid: boolean;
  /** Takes only some packets of its target: by destination, packet mark or time. */
  readonly isSelective: boolean;
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
}

export interface FastTrackRow {
  readonly disabled: boolean;
  /** As written in the rule, e.g. `!queued`; empty for none. */
  readonly sourceList: string;
  readonly destinationList: string;
}

export interface RouteRow {
  readonly active: boolean;
  /** Its outgoing interfaces, as far as the router names them. */
  readonly interfaces: readonly string[];
}

export interface ScriptRow {
  readonly name: string;
  readonly disabled: boolean;
  /** `null` when the router does not say. */
  readonly source: string | null;
}

export interface ClockRow {
  /** `2026-11-20`, or `nov/20/2026` before 7.10. */
  readonly date: string;
  /** `hh:mm:ss`. */
  readonly time: string;
  /** `+05:00`; empty when the router does not say. */
  readonly offset: string;
}

/** Tries the database out. */
export interface DatabaseProbe {
  /** `host:port/name` or a file: without user and password. */
  readonly place: string;
  /** Brings the schema up to date and gives what had to be done. Rejects with a `TroubleError`. */
  migrate(): Promise<readonly string[]>;
  /** Writes to every table and takes it back. Rejects with a `TroubleError`. */
  tryWriting(): Promise<void>;
  /** The server's clock, Unix ms; `null` where the database is a file. */
  now(): Promise<number | null>;
  /** Bytes left for the file; `null` where the database is a server. */
  freeDisk(): Promise<bigint | null>;
}
