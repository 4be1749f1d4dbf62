import { z } from 'zod';
import { bytesField, countField, dayField, instantField } from '../../platform/http/contract.ts';
import type { AlertEntry } from '../query.ts';
import type { AlertsData } from './alerts.ts';

/** What the API of breaches takes and answers. */

export const PERIODS = ['day', 'week', 'month'] as const;
export const LEVELS = ['over', 'warning'] as const;
export const MAILS = ['sent', 'waiting', 'refused', 'none'] as const;

const period = z.enum(PERIODS);
const ofPeriod = { router: z.string(), user: z.string(), period, periodStart: dayField };

export const alertAnswer = z
  .strictObject({
    day: dayField,
    ...ofPeriod,
    threshold: z.number(),
    countedBytes: bytesField,
    limitBytes: bytesField,
    state: z.enum(['pending', 'claimed', 'sent', 'failed', 'superseded', 'estimated', 'unsent']),
    sentAt: instantField.nullable(),
    attempts: countField,
  })
  .meta({ id: 'Alert' }) satisfies z.ZodType<AlertEntry>;

export const alertLinesAnswer = z
  .strictObject({
    from: dayField,
    to: dayField,
    router: z.string().nullable(),
    user: z.string().nullable(),
    q: z.string().nullable(),
    period: period.nullable(),
    level: z.enum(LEVELS).nullable(),
    mail: z.enum(MAILS).nullable(),
    ...{ page: countField, pages: countField, linesPerPage: countField, found: countField },
    lines: z.array(z.strictObject({ ...ofPeriod, alerts: z.array(alertAnswer) })),
  })
  .meta({ id: 'AlertLines' }) satisfies z.ZodType<AlertsData>;
