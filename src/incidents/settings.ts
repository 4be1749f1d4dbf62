import { z } from 'zod';

/** When people are told that a router is not read. */
export const alertSettings = z.strictObject({ blindAfterMinutes: z.int().min(1).max(10_080).default(30) }).prefault({});
