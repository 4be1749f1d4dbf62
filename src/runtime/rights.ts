/** What people may do, and what a thing that can be asked for needs: the one place where both are named. */

/** From the smallest to the largest: each may do what those before it may. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/**
 * What a caller needs to get an answer. `public`: nothing, so that the answer shows no user and no queue · `account`: to be logged in
 * under an own name · `view`: to see usage, status and devices · `operate`: to run checks and backups, to acknowledge and to approve ·
 * `administer`: to change devices, credentials and accounts, to see secrets, logs and the audit.
 */
export const RIGHTS = ['public', 'account', 'view', 'operate', 'administer'] as const;
export type Right = (typeof RIGHTS)[number];

const SMALLEST_ROLE = { view: 'viewer', operate: 'operator', administer: 'admin' } as const;

/** Whether this role is enough. `isUser`: it is a person with an account, no token and no shared password. */
export function mayUse({ role, isUser }: { readonly role: Role; readonly isUser: boolean }, right: Right): boolean {
  if (right === 'public') return true;
  if (right === 'account') return isUser;
  return isWithin(SMALLEST_ROLE[right], role);
}

/** Whether `role` may do no more than `limit`. */
export function isWithin(role: Role, limit: Role): boolean {
  return ROLES.indexOf(role) <= ROLES.indexOf(limit);
}

/** The smaller of two roles. */
export function smallerRole(one: Role, other: Role): Role {
  return isWithin(one, other) ? one : other;
}
