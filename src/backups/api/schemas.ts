import { z } from 'zod';
import { countField, instantField } from '../../platform/http/contract.ts';
import { BINARY_OUTCOMES } from '../binary.ts';
import { OUTCOMES } from '../outcome.ts';

/** What the API of backups takes and answers: the entries are those of the commands. */

const MOST_HITS = 1_000;
const nullableText = z.string().nullable();
const flag = z
  .enum(['true', 'false'], "must be 'true' or 'false'")
  .default('false')
  .transform((text) => text === 'true');
const versionNumber = z.coerce.number('must be the number of a version').int().min(1).max(Number.MAX_SAFE_INTEGER);

export const namedQuery = z.object({ name: z.string().min(1).max(255) });
export const textQuery = z.object({ reveal: flag });
export const diffQuery = z.object({
  a: versionNumber.optional(),
  b: z.union([z.literal('quarantine'), versionNumber]).optional(),
  unordered: flag,
});
export const searchQuery = z.object({
  q: z.string().min(1).max(255),
  history: flag,
  limit: z.coerce.number().int().min(1).max(MOST_HITS).default(200),
  /** `next` of the answer before. */
  afterDevice: z.string().max(255).optional(),
  afterVersion: versionNumber.optional(),
  afterLine: versionNumber.optional(),
});

/** Which devices a run backs up; all without any of both. */
export const runBody = z.strictObject({
  device: z.string().min(1).max(255).optional(),
  tag: z.string().min(1).max(255).optional(),
});

/** `lastSeenAt`: of what was looked at, as in the list; another text that came since then is not accepted. */
export const acceptBody = z.strictObject({ lastSeenAt: z.iso.datetime().optional() });

export const listAnswer = z
  .strictObject({
    ...{ device: z.string(), version: z.int().nullable(), firstSeenAt: instantField, lastSeenAt: instantField },
    ...{ bytes: countField, rosVersion: nullableText, model: nullableText, serial: nullableText },
    ...{ changedBy: z.array(z.string()).readonly(), linesAdded: countField, linesRemoved: countField },
    ...{ state: z.enum(['complete', 'quarantined']), binaryBytes: countField.nullable() },
  })
  .meta({ id: 'Backup' });

export const diffAnswer = z
  .strictObject({ menu: z.string(), sign: z.enum(['+', '-']), line: z.string() })
  .meta({ id: 'BackupDiffLine' });

const place = { device: z.string(), version: z.int() };
export const searchAnswer = z
  .strictObject({
    hits: z.array(z.strictObject({ ...place, line: z.int(), menu: z.string(), text: z.string() })).readonly(),
    next: z.strictObject({ ...place, line: z.int().nullable() }).nullable(),
  })
  .meta({ id: 'BackupSearch' });

export const acceptedAnswer = z.strictObject({ version: z.int() }).meta({ id: 'AcceptedBackup' });

const runFields = { run: z.string(), startedAt: instantField, finishedAt: instantField.nullable() };
const outcome = z.enum(OUTCOMES);

export const runAnswer = z
  .strictObject({
    ...runFields,
    /** A process makes it now; one that is neither finished nor running was cut off. */
    running: z.boolean(),
    devices: z
      .array(
        z.strictObject({
          ...{ device: z.string(), outcome, code: nullableText, step: nullableText, tries: countField },
          ...{ seconds: z.number(), bytes: countField.nullable(), version: z.int().nullable() },
          ...{ trouble: nullableText, advice: nullableText },
          /** Of the binary backup, where one is asked for. */
          binary: z
            .strictObject({
              ...{ outcome: z.enum(BINARY_OUTCOMES), code: nullableText, step: nullableText },
              ...{ bytes: countField.nullable(), trouble: nullableText, advice: nullableText },
            })
            .nullable(),
        }),
      )
      .readonly(),
  })
  .meta({ id: 'BackupRun' });

export const runStateAnswer = z
  .strictObject({ ...runFields, running: z.boolean(), outcomes: z.partialRecord(outcome, countField) })
  .meta({ id: 'BackupRunState' });
