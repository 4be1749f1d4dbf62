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

/** When routers are polled. */
export const collectSettings = z
  .strictObject({
    everySeconds: z.int().min(1).max(86_400).default(60),
    timeoutSeconds: z.int().min(1).max(3600).default(20),
    concurrency: z.int().min(1).max(10_000).default(32),
  })
  .prefault({});
