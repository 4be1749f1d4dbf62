/** What shows that a device lives. `bytes`: of a usage poll that is arriving over its line; `tcp`: a connection made or refused. */
export type Proof = 'api' | 'bytes' | 'tcp' | 'ping';

/**
 * Why a look failed. Stable: stored, and read by other programs.
 * - `API_SHUT`: it answers ping or another port, but its API does not
 * - `REFUSED`: it refuses connections to the port that is watched
 * - `DEAD`: no answer of any kind
 * - `NAME_UNKNOWN`: its host name does not resolve
 * - `MUTE`: connected, but the API does not answer in time, or drops the connection
 */
export type FailureCode = 'API_SHUT' | 'REFUSED' | 'DEAD' | 'NAME_UNKNOWN' | 'MUTE';

/**
 * What ails a device that answers. `LOGIN_REFUSED`: our login; `MENU_REFUSED`: it answers, but not what is read of it;
 * `TLS_REFUSED`: its certificate or its TLS is not accepted by us.
 */
export type IllCode = 'LOGIN_REFUSED' | 'MENU_REFUSED' | 'TLS_REFUSED';

/** How one look at a device ended. `reason`: a few plain words for people, without addresses or anything the device sent. */
export type Outcome =
  | {
      readonly kind: 'answered';
      readonly proof: Proof;
      /** From the question to its answer; `null` where nothing was asked (`bytes`). */
      readonly latencyMs: number | null;
    }
  /** It answers, so it is not down; something is wrong all the same. */
  | { readonly kind: 'ill'; readonly code: IllCode; readonly reason: string; readonly latencyMs: number | null }
  | { readonly kind: 'failed'; readonly code: FailureCode; readonly reason: string }
  /** Nothing was learned, by a fault of our own (no free socket, no name server, stopped): it counts neither way. */
  | { readonly kind: 'unseen'; readonly reason: string };

/** One look at a device. */
export interface Observation {
  readonly device: string;
  /** When it ended, Unix ms: dates what it shows. */
  readonly at: number;
  /** The same instant on the monotonic clock of this process, ms: for spans of time. */
  readonly monotonicMs: number;
  readonly outcome: Outcome;
  /** `null`: none were read this time. */
  readonly figures: Figures | null;
}

/** What a device says of itself. `null`: it does not say, or it cannot be understood. What is read seldom is repeated in between. */
export interface Figures {
  readonly identity: string | null;
  readonly version: string | null;
  readonly board: string | null;
  readonly serial: string | null;
  readonly uptimeSeconds: number | null;
  /** 0 to 100. */
  readonly cpuPercent: number | null;
  /** The used share, 0 to 100. */
  readonly memoryPercent: number | null;
  /** The used share, 0 to 100. */
  readonly diskPercent: number | null;
  /** The hottest sensor. */
  readonly temperatureC: number | null;
  readonly voltageV: number | null;
  /** All sensors, as the device names them; empty: it has none. */
  readonly sensors: readonly Sensor[];
  /** By interface name; empty: there is no active default route (the WAN is lost); `null`: it was not read. */
  readonly wan: readonly WanFigures[] | null;
  /** Interfaces that are no sessions; `null`: they were not read. */
  readonly interfaces: readonly InterfaceFigures[] | null;
  /** Address of WebFig: the first live `www`, else `www-ssl`. */
  readonly webfig: string | null;
  /** When the certificate of the port that is read or probed ends, Unix ms. */
  readonly certificateEndsAt: number | null;
}

export interface Sensor {
  readonly name: string;
  readonly value: number;
  readonly unit: 'C' | 'V' | 'A' | 'W' | 'RPM';
}

export type WanKind = 'ethernet' | 'dhcp' | 'pppoe' | 'lte' | 'other';

/** A way to the internet: an interface of an active default route. */
export interface WanFigures {
  readonly interface: string;
  readonly kind: WanKind;
  /** Without prefix. */
  readonly address: string | null;
  /** The cloud's, else its own if that is public. */
  readonly publicAddress: string | null;
  readonly behindNat: boolean | null;
}

/** What an interface has counted and how fast it goes. */
export interface InterfaceFigures {
  /** RouterOS's `.id`: the same row while it stays the same. */
  readonly id: string;
  readonly name: string;
  readonly isRunning: boolean;
  readonly isDisabled: boolean;
  /** Received, bits a second since the look before; `null`: not known, as after a reboot. */
  readonly downloadBps: number | null;
  readonly uploadBps: number | null;
  /** Counted since boot. */
  readonly linkDowns: number | null;
  /** By the device's clock, to be compared as text only. */
  readonly lastLinkUp: string | null;
  /** Time since a PPPoE session began; `null` for all else. */
  readonly sessionSeconds: number | null;
}

/** Looks at one device. Never rejects for expected trouble: that is an outcome. */
export interface Observer {
  /** Resolves soon after the signal comes. */
  observe(look: Look): Promise<Observation>;
  close(): void;
}

/** How a look is to be done: a `Visit` of the rounds, with the time that the look may take. */
export interface Look {
  readonly signal: AbortSignal;
  /** The longest that the whole look may take, diagnosis included, ms. What has not answered by then has failed. */
  readonly withinMs: number;
  /** The longest time to connect, ms; `null`: as long as the whole look may take. */
  readonly connectWithinMs: number | null;
  /** To be called at the first sign of life. Resolves when there is a place for the work itself. */
  enter(): Promise<void>;
}
