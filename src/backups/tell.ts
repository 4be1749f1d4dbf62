import type { MakeNotice } from '../notices/make-notice.ts';
import type { OutgoingNotice } from '../notices/notice.ts';
import type { Recipients } from '../notices/ports.ts';
import type { Clock } from '../runtime/clock.ts';
import type { TroubleError } from '../runtime/errors.ts';
import type { Calendar } from '../usage/accounting/day.ts';
import { archiveLetter } from './archive-letter.ts';
import { failuresLetter } from './failure-letter.ts';
import { type BackupLetter, keptLetter } from './letters.ts';
import type { DeviceModel } from './models/model.ts';
import type { Outcome } from './outcome.ts';
import type { TellKept } from './versions.ts';

export interface TellDeps {
  readonly makeNotice: MakeNotice;
  readonly recipients: Recipients;
  readonly calendar: Calendar;
  readonly clock: Clock;
}

/** Makes the notices about backups; none where nobody is to be told. */
export interface BackupTeller {
  /** About a change or a quarantine. */
  kept(model: DeviceModel, device: string): TellKept;
  /** About devices that failed and did not fail in the same way before. */
  failures(outcomes: readonly Outcome[], codesBefore: ReadonlyMap<string, string | null>): readonly OutgoingNotice[];
  /** About an archive that takes no copies. */
  archive(name: string, trouble: TroubleError): readonly OutgoingNotice[];
}

export function createBackupTeller({ makeNotice, recipients, calendar, clock }: TellDeps): BackupTeller {
  function noticesOf(letter: BackupLetter, devices: readonly string[]): readonly OutgoingNotice[] {
    const to = recipients.of('backup', { devices });
    if (to.length === 0) return [];
    const now = clock.now();
    const { event, composition } = letter;
    return [makeNotice(composition, { kind: 'backup', event, devices, to, now, periodEnd: calendar.dayOf(now) })];
  }

  return {
    kept:
      (model, device) =>
      (...what) => {
        const letter = keptLetter(model, device, what);
        return letter === null ? [] : noticesOf(letter, [device]);
      },
    failures(outcomes, codesBefore) {
      const failed = outcomes.filter(
        ({ outcome, device, code }) => outcome === 'failed' && codesBefore.get(device) !== code,
      );
      return failed.length === 0
        ? []
        : noticesOf(
            failuresLetter(failed, outcomes),
            failed.map(({ device }) => device),
          );
    },
    archive: (name, trouble) => noticesOf(archiveLetter(name, trouble), []),
  };
}
