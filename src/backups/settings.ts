import { z } from 'zod';
import { type ConfigContext, glob, line, secretText, timeOfDay } from '../platform/config/fields.ts';
import { archiveSettings, recipientSettings } from './archives/settings.ts';
import { DEFAULT_AT, ruleBody, type ScheduleRule } from './schedule-rule.ts';

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

/** As every RouterOS reads it, however it is quoted. */
const BINARY_PASSWORD = /^[\x21-\x7e]{12,64}$/;

/** Which routers also get binary backups, and what encrypts them. */
function binarySettings(context: ConfigContext) {
  return z
    .strictObject({
      password: secretText(context).refine(
        (password) => BINARY_PASSWORD.test(password.reveal()),
        'must be 12 to 64 letters, digits and signs, without spaces',
      ),
      device: glob.exactOptional(),
      tags: z.array(line).max(50).default([]),
    })
    .refine(
      ({ device, tags }) => device !== undefined || tags.length > 0,
      "name devices by device or tags; device: '*' means all",
    );
}

/** Of all devices. */
function daily(at: string): ScheduleRule {
  return { timing: { every: 'day', at }, device: null, tags: [] };
}

/** How configurations are backed up. */
export function backupSettings(context: ConfigContext) {
  return z
    .strictObject({
      idleSeconds: z.int().min(5).max(3_600).default(60),
      totalSeconds: z.int().min(10).max(86_400).default(600),
      keep: z.int().min(1).max(10_000).default(200),
      days: z.int().min(1).max(36_500).exactOptional(),
      at: timeOfDay.exactOptional(),
      schedules: z.array(ruleBody).max(200).exactOptional(),
      staleAfterHours: z.int().min(1).max(8_784).default(48),
      binary: binarySettings(context).exactOptional(),
      models: z.record(line, customModel).default({}),
      archives: archiveSettings(context).default({}),
      recipients: recipientSettings.default([]),
    })
    .transform(({ at, schedules, ...others }) => ({
      ...others,
      // Whoever says nothing gets a backup every night.
      schedules: [
        ...(at === undefined && schedules !== undefined ? [] : [daily(at ?? DEFAULT_AT)]),
        ...(schedules ?? []),
      ],
    }))
    .prefault({});
}

export type BackupSettings = z.output<ReturnType<typeof backupSettings>>;
