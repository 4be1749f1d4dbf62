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

/** A device together with the router that its usage is booked to; `null` when nobody polls it. */
export interface KnownDevice extends Device {
  readonly router: string | null;
}

/** Where the devices are listed. */
export interface DeviceDirectory {
  /** Every router that is to be polled. Rejects with a `TroubleError` when the list cannot be had. */
  routers(signal: AbortSignal): Promise<readonly Device[]>;
}

/** The last known list, kept. Both reject with a `TroubleError` when the database is away. */
export interface DeviceBook {
  load(): Promise<readonly KnownDevice[]>;
  replace(devices: readonly KnownDevice[]): Promise<void>;
}
