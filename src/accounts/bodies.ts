import { z } from 'zod';
import { ROLES } from '../runtime/rights.ts';

/** What is to be given for an account or a token: in a form, a JSON body or a command. Messages are for the one who typed it. */

const NAME = /^[a-z0-9][a-z0-9._@-]{0,63}$/;
const TOKEN_NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@/-]{0,63}$/u;
const SHORTEST_PASSWORD = 12;
/** Of a text that is no password, but has to be looked at. */
const LONGEST_PASSWORD = 256;
const LONGEST_DAYS = 3_650;

/** Upper case is taken as lower case: who is called Ann may type it both ways. */
export const accountName = z
  .string('is missing')
  .trim()
  .toLowerCase()
  .regex(NAME, 'use 1 to 64 letters a-z, digits and . _ @ -, the first a letter or digit');

export const role = z.enum(ROLES, `use ${ROLES.join(', ')}`);

/** The same letter, however a keyboard puts it together, is the same password. */
export const newPassword = z
  .string('is missing')
  .normalize('NFC')
  .min(SHORTEST_PASSWORD, `use at least ${SHORTEST_PASSWORD} characters`)
  .max(LONGEST_PASSWORD, `use at most ${LONGEST_PASSWORD} characters`);

/** One that may be right; a longer one cannot be. */
export const givenPassword = z
  .string('is missing')
  .normalize('NFC')
  .min(1, 'is missing')
  .max(LONGEST_PASSWORD, 'is wrong');

export const userBody = z.strictObject({ name: accountName, role, password: newPassword });

export const userChangeBody = z
  .strictObject({ role: role.optional(), password: newPassword.optional() })
  .refine(({ role, password }) => role !== undefined || password !== undefined, 'give role or password');

export const tokenBody = z.strictObject({
  name: z
    .string('is missing')
    .trim()
    .regex(TOKEN_NAME, 'use 1 to 64 letters, digits, blanks and . _ @ / -, the first a letter or digit'),
  role,
  days: z
    .int('use a whole number of days')
    .min(1, 'use at least 1 day')
    .max(LONGEST_DAYS, `use at most ${LONGEST_DAYS} days`)
    .optional(),
});

export const ownPasswordBody = z.strictObject({ current: givenPassword, password: newPassword });

export type NewUser = z.output<typeof userBody>;
export type UserChange = z.output<typeof userChangeBody>;
export type NewToken = z.output<typeof tokenBody>;

/** The name as an account may have it; `null` where none can. */
export function accountNameOf(text: string): string | null {
  return accountName.safeParse(text).data ?? null;
}
