/** A device whose configuration is kept: what backups know of a device of the roster. */
export interface BackupDevice {
  readonly name: string;
  /** Of the declarations in `models/`. */
  readonly model: string;
  readonly tags: readonly string[];
  readonly shell: DeviceShell;
  /** `null`: no binary backup of it is asked for. */
  readonly binary: BinaryAccess | null;
}

/** What a binary backup of a device needs besides its shell. */
export interface BinaryAccess {
  /** Encrypts it on the device. */
  readonly password: { reveal(): string };
  readonly files: DeviceFiles;
}

/** The files of a device, by SFTP. */
export interface DeviceFiles {
  /** As `DeviceShell.open`; also `SSH_UNREACHABLE` where the device opens no SFTP. */
  open(signal: AbortSignal): Promise<FileSession>;
}

export interface FileSession {
  /** Reads a whole file. Whatever came is given, with how it ended; only an aborted signal rejects, with its reason. */
  read(path: string, limits: OutputLimits, signal: AbortSignal): Promise<FileOutput>;
  /** Ends the connection at once; may be called twice and never throws. */
  close(): void;
}

export interface FileOutput {
  readonly bytes: Buffer;
  /** `whole`: up to its end, as the device says. `missing`, `refused`: the device gives none. The others as of `CommandOutput`. */
  readonly end: 'whole' | 'missing' | 'refused' | 'lost' | 'idle' | 'late' | 'large';
}

/** The way into one device: a login that runs commands. One session a device at a time is the caller's affair. */
export interface DeviceShell {
  /**
   * Connects, compares the host key with the pinned one before any password is sent, and logs in.
   * Rejects with a `TroubleError`: `SSH_UNREACHABLE` (no connection, or none in time; the only one that another try may mend),
   * `SSH_LOGIN_FAILED`, `SSH_HOST_KEY_CHANGED`, `SSH_NO_COMMON_ALGORITHM`. An aborted signal rejects with its reason.
   */
  open(signal: AbortSignal): Promise<ShellSession>;
}

export interface ShellSession {
  /**
   * Runs one line without a terminal and waits for its end. Whatever came is given, with how it ended: an incomplete output is no
   * error here, and the exit status is not looked at, since routers send 0 after a cut output. Only an aborted signal rejects, with its reason.
   * After any end but `closed` the session is of no more use.
   */
  run(command: string, limits: OutputLimits, signal: AbortSignal): Promise<CommandOutput>;
  /** Ends the connection at once; may be called twice and never throws. */
  close(): void;
}

/** Bounds of one command, watched while its output is read. */
export interface OutputLimits {
  /** Longest time without a byte, ms. */
  readonly idleMs: number;
  /** Longest time over all, ms. */
  readonly totalMs: number;
  /** Bytes of output and of error output together; what exceeds it is not kept. */
  readonly mostBytes: number;
}

export interface CommandOutput {
  /** As received, byte for byte: standard output, with error output where it came in between. */
  readonly bytes: Buffer;
  /**
   * `closed`: the device ended the command, which does not prove that nothing is missing. `lost`: the connection broke.
   * `idle`, `late`, `large`: a limit was passed and the connection was destroyed.
   */
  readonly end: 'closed' | 'lost' | 'idle' | 'late' | 'large';
}
