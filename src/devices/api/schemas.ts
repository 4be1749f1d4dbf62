import { z } from 'zod';
import { bytesField, countField, instantField } from '../../platform/http/contract.ts';
import type { RouterDetails, RouterEntry, RouterState } from './routers.ts';

/** What the API of routers answers. */

const at = instantField.nullable();
const text = z.string().nullable();

const state = {
  router: z.string(),
  fresh: z.boolean(),
  staleSeconds: countField,
  lastReadAt: at,
  code: text,
  reachableSince: at,
  reachableUntil: at,
  version: text,
  board: text,
  identity: text,
  bootedAt: at,
  pollMs: countField.nullable(),
} satisfies Record<keyof RouterState, z.ZodType>;

const entry = {
  ...state,
  users: countField,
  uploadBytes: bytesField,
  downloadBytes: bytesField,
  totalBytes: bytesField,
} satisfies Record<keyof RouterEntry, z.ZodType>;

const details = {
  host: z.string(),
  timeZone: z.string(),
  trouble: z.strictObject({ code: z.string(), message: z.string(), advice: z.string() }).nullable(),
  errorCode: text,
  errorAt: at,
  errorMessage: text,
  errorAdvice: text,
} satisfies Record<keyof RouterDetails, z.ZodType>;

export const routerAnswer = z.strictObject(entry).meta({ id: 'Router' }) satisfies z.ZodType<RouterEntry>;

/** `panels`: what others know of it. */
export function routerAnswerWith(panels: readonly z.ZodRawShape[]) {
  return z.strictObject(Object.assign({}, state, details, ...panels));
}
