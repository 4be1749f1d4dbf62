import { asTyped } from '../runtime/command-name.ts';
import type { TroubleError } from '../runtime/errors.ts';
import type { BackupLetter } from './letters.ts';

/** Tells of an archive that takes no copies. */
export function archiveLetter(archive: string, { code, message, advice }: TroubleError): BackupLetter {
  const title = `Off-site copies to ${archive} fail`;
  return {
    event: 'backup.archive_failed',
    composition: {
      subject: title,
      letter: {
        ...{ tone: 'alert', kicker: 'Configuration', title, meter: null, table: null },
        lead: `New configurations are stored, but not copied to ${archive}: ${message}. Copies are retried. You are told again when it fails after it worked.`,
        facts: [{ label: 'Code', value: code }],
        advice,
        commands: [asTyped('backup archives')],
      },
    },
  };
}
