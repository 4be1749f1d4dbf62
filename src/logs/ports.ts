import type { LevelSwitch } from '../runtime/log-level.ts';
import type { LogTail } from '../runtime/log-tail.ts';

/** The log of this process. */
export interface ProcessLog {
  readonly tail: LogTail;
  readonly level: LevelSwitch;
}

/** A worker among several. */
export interface WorkerName {
  readonly host: string;
  readonly pid: number;
}

/** Keeps who changed what. Rejects with a `TroubleError` when the database cannot keep it. */
export type ChangeNotes = (note: {
  readonly who: string;
  readonly kind: 'user' | 'token';
  readonly from: string;
  readonly action: string;
  readonly subject: string;
  readonly outcome: string;
}) => Promise<void>;
