import type { MakeNotice } from '../notices/make-notice.ts';
import type { OutgoingNotice } from '../notices/notice.ts';
import type { PageLinks, Recipients } from '../notices/ports.ts';
import type { Clock } from '../runtime/clock.ts';
import type { TroubleError } from '../runtime/errors.ts';
import type { Calendar } from '../usage/accounting/day.ts';
import { archiveLetter } from './archive-letter.ts';
import { binaryFailuresLetter } from './binary-letter.ts';
import { failuresLetter } from './failure-letter.ts';
import { type BackupLetter, keptLetter } from './letters.ts';
import type { DeviceModel } from './models/model.ts';
import type { Outcome } from './outcome.ts';
import type { BackupWatch } from './stale.ts';
import { freshLetter, staleLetter } from './stale-letter.ts';
import type { TellKept } from './versions.ts';

export interface TellDeps {
  readonly makeNotice: MakeNotice;
  readonly recipients: Recipients;
  /** Absent: nobody knows where the pages are. */
  readonly pages?: PageLinks | undefined;
  readonly calendar: Calendar;
  readonly clock: Clock;
}

/** Makes the notices about backups; none where nobody is to be told. */
export interface BackupTeller {
  /** About a change or a quarantine. */
  kept(model: DeviceModel, device: string): TellKept;
  /** About devices that failed and did not fail in the same way before. */
  failures(outcomes: readonly Outcome[], codesBefore: ReadonlyMap<string, string | null>): readonly OutgoingNotice[];
  /** The same of binary backups. */
  binaryFailures(
    outcomes: readonly Outcome[],
    codesBefore: ReadonlyMap<string, string | null>,
  ): readonly OutgoingNotice[];
  /** About an archive that takes no copies. */
  archive(name: string, trouble: TroubleError): readonly OutgoingNotice[];
  /** About devices that have not been backed up for too long. */
  stale(stale: readonly BackupWatch[], staleAfterMs: number, now: number): readonly OutgoingNotice[];
  /** About devices that are backed up again. */
  fresh(fresh: readonly BackupWatch[], now: number): readonly OutgoingNotice[];
}

export function createBackupTeller({ makeNotice, recipients, pages, calendar, clock }: TellDeps): BackupTeller {
  const context = { timeZone: calendar.timeZone, pages };

  function toOf(devices: readonly string[]) {
    return recipients.of('backup', { devices });
  }

  function noticesOf(letter: BackupLetter, devices: readonly string[], now = clock.now()): readonly OutgoingNotice[] {
    const to = toOf(devices);
    if (to.length === 0) return [];
    const { event, composition } = letter;
    return [makeNotice(composition, { kind: 'backup', event, devices, to, now, periodEnd: calendar.dayOf(now) })];
  }

  return {
    kept:
      (model, device) =>
      (...what) => {
        // Secrets of large texts are hidden for it.
        if (toOf([device]).length === 0) return [];
        const letter = keptLetter(model, device, what);
        return letter === null ? [] : noticesOf(letter, [device]);
      },
    failures(outcomes, codesBefore) {
      const failed = outcomes.filter(
        ({ outcome, device, code }) => outcome === 'failed' && codesBefore.get(device) !== code,
      );
      return failed.length === 0 ? [] : noticesOf(failuresLetter(failed, outcomes), namesOf(failed));
    },
    binaryFailures(outcomes, codesBefore) {
      const failed = outcomes.filter(({ device, binary }) => {
        const code = binary?.code ?? null;
        return code !== null && codesBefore.get(device) !== code;
      });
      return failed.length === 0 ? [] : noticesOf(binaryFailuresLetter(failed), namesOf(failed));
    },
    archive: (name, trouble) => noticesOf(archiveLetter(name, trouble), []),
    stale: (stale, staleAfterMs, now) => noticesOf(staleLetter(stale, staleAfterMs, context), namesOf(stale), now),
    fresh: (fresh, now) => noticesOf(freshLetter(fresh, context), namesOf(fresh), now),
  };
}

function namesOf(devices: readonly { readonly device: string }[]): readonly string[] {
  return devices.map(({ device }) => device);
}
