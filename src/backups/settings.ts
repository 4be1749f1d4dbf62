import { z } from 'zod';
import { type ConfigContext, line, timeOfDay, weekday } from '../platform/config/fields.ts';
import { archiveSettings, recipientSettings } from './archives/settings.ts';

const command = z
  .string()
  .min(1)
  .max(4_000)
  .regex(/^[^\r\n]*$/, 'must be one line');

const customModel = z.strictObject({
  commands: z.array(command).min(1).max(50),
  end: z.string().min(1).max(200),
  noise: z.array(z.string().min(1).max(200)).default([]),
  secrets: z.array(z.string().min(1).max(200)).default([]),
});

const when = { at: timeOfDay, device: line.exactOptional(), tag: line.exactOptional() };
const schedule = z.discriminatedUnion(
  'every',
  [
    z.strictObject({ every: z.literal('day').default('day'), ...when }),
    z.strictObject({ every: z.literal('week'), on: weekday.default('monday'), ...when }),
    z.strictObject({ every: z.literal('month'), on: z.int().min(1).max(31).default(1), ...when }),
  ],
  { error: (issue) => (issue.code === 'invalid_union' ? "must be 'day', 'week' or 'month'" : undefined) },
);

/** How configurations are backed up. */
export function backupSettings(context: ConfigContext) {
  return z
    .strictObject({
      idleSeconds: z.int().min(5).max(3_600).default(60),
      totalSeconds: z.int().min(10).max(86_400).default(600),
      keep: z.int().min(1).max(10_000).default(200),
      days: z.int().min(1).max(36_500).exactOptional(),
      schedules: z.array(schedule).default([{ every: 'day', at: '02:00' }]),
      models: z.record(line, customModel).default({}),
      archives: archiveSettings(context).default({}),
      recipients: recipientSettings.default([]),
    })
    .prefault({});
}

export type BackupSettings = z.output<ReturnType<typeof backupSettings>>;
