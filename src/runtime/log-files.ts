import { closeSync, mkdirSync, openSync, readdirSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from './clock.ts';

export interface LogFolder {
  readonly folder: string;
  /** How many files are kept, the present one included. */
  readonly days: number;
  /** IANA zone of the days. */
  readonly timeZone: string;
}

/** Daily files of log lines, `netsentinel-2026-11-20.log`. */
export interface LogFiles {
  /** Where lines go from now on; `null`: nowhere. */
  use(place: LogFolder | null): void;
  /** Takes a line with its line break. Never throws. */
  write(line: string): void;
}

/** Names of the daily files. */
export const LOG_FILE = /^netsentinel-\d{4}-\d\d-\d\d\.log$/;
/** They name users and routers. */
const OWNER_ONLY = 0o600;
const OWNER_ONLY_FOLDER = 0o700;

interface OpenFile {
  readonly fd: number;
  /** The day it is for, Unix ms. */
  readonly startAt: number;
  readonly endAt: number;
}

/**
 * Lines are written synchronously, as those on stderr. Several workers may share a folder. Retention goes by the number of files, so that
 * a clock that leaps ahead deletes no more than one. `onTrouble` gets the first error of a row: a full disk must not end the worker.
 */
export function createLogFiles(deps: {
  readonly clock: Pick<Clock, 'now'>;
  readonly onTrouble: (error: unknown) => void;
}): LogFiles {
  const { clock, onTrouble } = deps;
  let place: LogFolder | null = null;
  let file: OpenFile | null = null;
  let hasFailed = false;

  function close(): void {
    if (file !== null) closeSync(file.fd);
    file = null;
  }

  function fileOf(now: number, { folder, days, timeZone }: LogFolder): OpenFile {
    if (file !== null && file.startAt <= now && now < file.endAt) return file;
    close();
    const day = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone).toPlainDate();
    mkdirSync(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
    const fd = openSync(join(folder, `netsentinel-${day}.log`), 'a', OWNER_ONLY);
    const startOf = (date: Temporal.PlainDate) => date.toZonedDateTime(timeZone).epochMilliseconds;
    file = { fd, startAt: startOf(day), endAt: startOf(day.add({ days: 1 })) };
    const names = readdirSync(folder)
      .filter((name) => LOG_FILE.test(name))
      .sort();
    for (const name of names.slice(0, -days)) unlinkSync(join(folder, name));
    return file;
  }

  return {
    use(next) {
      close();
      place = next;
      hasFailed = false;
    },
    write(line) {
      if (place === null) return;
      try {
        writeSync(fileOf(clock.now(), place).fd, line);
        hasFailed = false;
      } catch (error) {
        if (!hasFailed) onTrouble(error);
        hasFailed = true;
      }
    },
  };
}
