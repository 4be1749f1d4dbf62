import type { Actor, RecordChange } from '../incidents/ports.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { Wanted } from './choose.ts';
import type { BackupDesk } from './desk.ts';
import type { Which } from './read-text.ts';
import type { RunStarter, StartedRun } from './start-run.ts';

/** What people do with backups on pages and by the API, each on record. All reject with a `TroubleError` where it cannot be done. */
export interface BackupActs {
  begin(actor: Actor, wanted: Wanted): Promise<StartedRun>;
  /** See `BackupDesk.accept`. */
  accept(actor: Actor, device: string, lastSeenAt?: number): Promise<number>;
  /** To be called before a secret is shown: where it cannot be put on record, nothing is. */
  reveal(actor: Actor, device: string, which: Which): Promise<void>;
  /** The same of a binary backup that is given out. */
  giveBinary(actor: Actor, device: string, version: number): Promise<void>;
}

export function createBackupActs({
  desk,
  starter,
  record,
}: {
  readonly desk: () => Pick<BackupDesk, 'accept'>;
  readonly starter: Pick<RunStarter, 'begin'>;
  readonly record: RecordChange;
}): BackupActs {
  const act = <Result>(actor: Actor, action: string, subject: string, work: () => Promise<Result>) =>
    noted((outcome) => record({ ...actor, action, subject, outcome }), work);

  return {
    begin: (actor, wanted) => act(actor, 'backup.run', wordsOf(wanted), () => starter.begin(wanted)),
    accept: (actor, device, lastSeenAt) => act(actor, 'backup.accept', device, () => desk().accept(device, lastSeenAt)),
    reveal: (actor, device, which) =>
      record({ ...actor, action: 'backup.reveal', subject: `${device} ${which}`, outcome: 'ok' }),
    giveBinary: (actor, device, version) =>
      record({ ...actor, action: 'backup.reveal', subject: `${device} ${version} binary`, outcome: 'ok' }),
  };
}

/** Does something and puts on record how it ended: `ok`, or the code of its trouble. */
export async function noted<Result>(
  note: (outcome: string) => Promise<void>,
  work: () => Promise<Result>,
): Promise<Result> {
  let result: Result;
  try {
    result = await work();
  } catch (error) {
    if (error instanceof TroubleError) await note(error.code);
    throw error;
  }
  await note('ok');
  return result;
}

function wordsOf({ device, tag, name }: Wanted): string {
  const parts = [name ?? device ?? 'all', ...(tag === undefined ? [] : [`tag ${tag}`])];
  return parts.join(' ');
}
