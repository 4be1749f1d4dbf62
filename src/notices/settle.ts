import type { ClaimedMail, Refusal, Settlement } from './ports.ts';

const FIRST_RETRY_MS = 30_000;
const LONGEST_RETRY_MS = 15 * 60_000;
/** A server may refuse for a moment what it takes later, even with a 5xx; three times is an answer. */
const FINAL_REFUSALS = 3;

/**
 * How long to wait after so many tries: doubling from 30 s to 15 min, less up to a half by chance, so that workers that failed
 * together do not come back together.
 *
 * @param random 0 (inclusive) to 1 (exclusive)
 */
export function retryDelayMs(attempts: number, random: number): number {
  const whole = Math.min(FIRST_RETRY_MS * 2 ** (attempts - 1), LONGEST_RETRY_MS);
  return Math.round(whole * (1 - random / 2));
}

/** What follows from the server's answer: who still has to get the mail, and whether and when to try again. */
export function settleAnswer(mail: ClaimedMail, refused: readonly Refusal[], now: number, random: number): Settlement {
  const someGotIt = refused.length < mail.to.length;
  const sentAt = mail.sentAt ?? (someGotIt ? now : null);
  if (refused.length === 0)
    return { state: 'sent', to: [], dueAt: now, refusals: mail.refusals, sentAt, trouble: null };
  const refusals = mail.refusals + (refused.every(({ permanent }) => permanent) ? 1 : 0);
  const trouble = refused.map(({ address, reason }) => `${address}: ${reason}`).join('; ');
  const settlement = { to: refused.map(({ address }) => address), refusals, sentAt, trouble };
  return tryAgain(mail, settlement, now, random, refusals >= FINAL_REFUSALS);
}

/** For trouble that is not the mail's fault: the mail is retried until it is outdated. */
export function settleTrouble(mail: ClaimedMail, trouble: string, now: number, random: number): Settlement {
  const { to, refusals, sentAt } = mail;
  return tryAgain(mail, { to, refusals, sentAt, trouble }, now, random, false);
}

function tryAgain(
  mail: ClaimedMail,
  settlement: Omit<Settlement, 'state' | 'dueAt'>,
  now: number,
  random: number,
  isFinal: boolean,
): Settlement {
  const dueAt = now + retryDelayMs(mail.attempts, random);
  if (!isFinal && dueAt <= mail.giveUpAt) return { ...settlement, state: 'pending', dueAt };
  return { ...settlement, state: settlement.sentAt === null ? 'failed' : 'sent', dueAt: now };
}
