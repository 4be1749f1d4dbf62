import { z } from 'zod';
import { sendEntries } from '../../platform/http/answer.ts';
import { countField, instantField } from '../../platform/http/contract.ts';
import type { Route } from '../../platform/http/route.ts';
import type { ArchiveDesk, ArchiveEntry } from '../archive-desk.ts';

const archiveAnswer = z
  .strictObject({
    ...{ archive: z.string(), kind: z.string(), place: z.string() },
    ...{ copies: countField, bytes: countField, lastCopiedAt: instantField.nullable() },
    ...{ waiting: countField, lagSeconds: countField },
    ...{ code: z.string().nullable(), failingSince: instantField.nullable() },
    ...{ trouble: z.string().nullable(), advice: z.string().nullable() },
  })
  .meta({ id: 'BackupArchive' }) satisfies z.ZodType<ArchiveEntry>;

/** Archives as JSON. Not below `/api/v1/backups/`, where each word may be the name of a device. */
export function archiveRoutes({ archives }: { readonly archives: Pick<ArchiveDesk, 'list'> }): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/backup-archives',
      right: 'view',
      contract: {
        summary: 'Where off-site copies go: what each archive has, what waits, and its trouble',
        answers: { 200: z.array(archiveAnswer) },
      },
      handler: async (_request, reply) => sendEntries(reply, await archives.list()),
    },
  ];
}
