import type { LevelSwitch } from '../runtime/log-level.ts';
import type { LogTail } from '../runtime/log-tail.ts';

/** The log of this process. */
export interface ProcessLog {
  readonly tail: LogTail;
  readonly level: LevelSwitch;
}
