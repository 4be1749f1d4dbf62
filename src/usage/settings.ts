import { z } from 'zod';
import { glob, line } from '../platform/config/fields.ts';

/** Whom queues belong to. */
export const userSettings = z
  .strictObject({
    match: glob.exactOptional(),
    comment: glob.exactOptional(),
    router: line.exactOptional(),
    name: line,
  })
  .refine((rule) => rule.match !== undefined || rule.comment !== undefined, 'needs match or comment to select queues');

export const DEFAULT_EVERY_SECONDS = 60;

/** When routers are polled. */
export const collectSettings = z
  .strictObject({
    everySeconds: z.int().min(1).max(86_400).default(DEFAULT_EVERY_SECONDS),
    timeoutSeconds: z.int().min(1).max(3600).default(20),
    concurrency: z.int().min(1).max(10_000).default(32),
  })
  .prefault({});
