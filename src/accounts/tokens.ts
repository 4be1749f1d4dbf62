import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { type Role, smallerRole } from '../runtime/rights.ts';
import type { ApiTokenBook } from './ports.ts';
import { hashOfKey, newKey } from './random-keys.ts';
import { withinDeadline } from './sessions.ts';

/** Finds a token where it is forgotten, and programs that look for secrets know it by this. */
const BEGIN = 'nst_';
const TOKEN = /^nst_[\w-]{43}$/;
/** `usedAt` is for people. */
const USED_EVERY_MS = 60_000;

/** Whether a text looks like one of these tokens. */
export function isTokenLike(text: string): boolean {
  return text.startsWith(BEGIN);
}

/** A new token; only its hash is kept. */
export function newToken(): { readonly token: string; readonly hash: string } {
  const token = BEGIN + newKey();
  return { token, hash: hashOfKey(token) };
}

/** Whose token this is and what it may: no more than its owner. `null`: it is none, or is over. */
export async function findToken(
  { tokens, clock }: { readonly tokens: ApiTokenBook; readonly clock: Clock },
  text: string,
): Promise<{ readonly name: string; readonly role: Role } | null> {
  if (!TOKEN.test(text)) return null;
  const within = withinDeadline(clock);
  const found = await within(() => tokens.find(hashOfKey(text)));
  const now = clock.now();
  if (found === null || (found.expiresAt !== null && found.expiresAt <= now)) return null;
  const { id, name, role, ownerRole, usedAt } = found;
  if (usedAt === null || Math.abs(now - usedAt) >= USED_EVERY_MS)
    await noteUse(() => within(() => tokens.used(id, now)));
  return { name, role: ownerRole === null ? role : smallerRole(role, ownerRole) };
}

/** A request does not fail of it. */
async function noteUse(note: () => Promise<void>): Promise<void> {
  try {
    await note();
  } catch (error) {
    if (!(error instanceof TroubleError)) throw error;
  }
}
