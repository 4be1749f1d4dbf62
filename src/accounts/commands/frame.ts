import { hostname, userInfo } from 'node:os';
import { Option } from 'commander';
import type { z } from 'zod';
import { UsageError } from '../../platform/cli/usage-error.ts';
import { ROLES } from '../../runtime/rights.ts';
import type { Actor, AuditBook } from '../audit.ts';
import type { AuditDays } from '../audit-query.ts';
import type { AccountDesk } from '../desk.ts';

/** What the commands for users, tokens and the audit work on. */
export interface AccountsBooks {
  readonly accounts: { readonly desk: AccountDesk; readonly audit: AuditBook };
  readonly calendar: AuditDays & { readonly timeZone: string };
}

/** Whoever runs a command, as the machine knows them. */
export function commandActor(): Actor {
  return { who: userInfo().username, kind: 'command', from: hostname() };
}

export function roleOption(): Option {
  return new Option('--role <role>', 'what they may do').choices(ROLES);
}

/** What was given, checked by the schema of the pages and the API; a `UsageError` that does not repeat it. */
export function checked<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
  throw new UsageError(problems.join('\n'));
}
