/** A router as a network management system knows it. */
export interface Device {
  readonly deviceId: number;
  /** Unique there. */
  readonly hostname: string;
  /** Where it is reached: an address or a host name. */
  readonly host: string;
  /** The address its host name led to when it was last looked up; `null` where that is not known. */
  readonly ip: string | null;
}

/** A device together with the router that its usage is booked to; `null` when it is not polled. */
export interface KnownDevice extends Device {
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
  readonly devices: readonly Device[];
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

/** How the last poll of each router went. */
export interface RouterTroubles {
  /** `null` when the last poll went well or there was none yet. */
  troubleOf(router: string): RouterTrouble | null;
}
