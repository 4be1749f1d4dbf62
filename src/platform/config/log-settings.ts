import { resolve } from 'node:path';
import { z } from 'zod';
import { type ConfigContext, line } from './fields.ts';

/** Daily log files. A relative folder starts from the folder of the configuration file. */
export function logSettings(context: ConfigContext) {
  return z.strictObject({
    folder: line.transform((folder) => resolve(context.folder, folder)),
    days: z.int().min(1).max(3650).default(14),
  });
}
