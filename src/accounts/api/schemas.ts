import { z } from 'zod';
import { countField, instantField } from '../../platform/http/contract.ts';
import { ROLES } from '../../runtime/rights.ts';
import { ACTOR_KINDS } from '../audit.ts';
import type { AuditPage } from '../audit-query.ts';
import type { TokenEntry, UserEntry } from '../entries.ts';

/** What the API of accounts answers. */

const role = z.enum(ROLES);

export const userAnswer = z
  .strictObject({
    name: z.string(),
    role,
    sessions: countField,
    createdAt: instantField,
    lastLoginAt: instantField.nullable(),
  })
  .meta({ id: 'User' }) satisfies z.ZodType<UserEntry>;

export const tokenAnswer = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    role,
    owner: z.string().nullable(),
    madeBy: z.string(),
    createdAt: instantField,
    expiresAt: instantField.nullable(),
    usedAt: instantField.nullable(),
  })
  .meta({ id: 'Token' }) satisfies z.ZodType<TokenEntry>;

/** The only answer with the token itself. */
export const newTokenAnswer = z.strictObject({ id: z.string(), token: z.string() }).meta({ id: 'NewToken' });

export const auditAnswer = z
  .strictObject({
    entries: z.array(
      z
        .strictObject({
          at: instantField,
          who: z.string(),
          kind: z.enum(ACTOR_KINDS),
          from: z.string(),
          action: z.string(),
          subject: z.string(),
          outcome: z.string(),
        })
        .meta({ id: 'AuditEntry' }),
    ),
    next: z.string().nullable(),
  })
  .meta({ id: 'Audit' }) satisfies z.ZodType<AuditPage>;

export const meAnswer = z
  .strictObject({ name: z.string().nullable(), kind: z.enum(['user', 'token', 'shared']), role })
  .meta({ id: 'Me' });
