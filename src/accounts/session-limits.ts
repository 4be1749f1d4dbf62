import type { SessionLimits } from './ports.ts';

/** A session ends so long after its login, however often it is used, … */
export const SESSION_MS = 7 * 24 * 3_600_000;
/** … and when it was not used for so long. */
export const IDLE_MS = 12 * 3_600_000;

/** What is over at this instant. */
export function sessionLimits(now: number): SessionLimits {
  return { createdAt: now - SESSION_MS, seenAt: now - IDLE_MS };
}

/** The first instant at which a session is over. */
export function endOfSession({ createdAt, seenAt }: SessionLimits): number {
  return Math.min(createdAt + SESSION_MS, seenAt + IDLE_MS);
}
