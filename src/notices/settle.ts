import type { Answer, ClaimedNotice, DeliveryLine, LineOutcome } from './ports.ts';

const FIRST_RETRY_MS = 30_000;
const LONGEST_RETRY_MS = 15 * 60_000;
/** The other side may refuse for a moment what it takes later, even for good; three times is an answer. */
const FINAL_REFUSALS = 3;
const OUTDATED = 'outdated: it waited too long and was not sent';

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

/** When a try ended, by the worker's clock, which decides whether another is worth it; and the chance for the jitter. */
interface Now {
  readonly now: number;
  /** 0 (inclusive) to 1 (exclusive), the same for all lines: those that are tried again together stay together. */
  readonly random: number;
}

/** What follows for each line from the answer: who was refused, and whether and when to try again. */
export function settleAnswer(claimed: ClaimedNotice, { refused, messageId }: Answer, when: Now): LineOutcome[] {
  const refusalOf = new Map(refused.map((refusal) => [refusal.address, refusal]));
  // Whom it concerns is not known, so nobody is taken for reached: a copy is better than a loss.
  const stray = refused.find(({ address }) => !claimed.lines.some((line) => line.address === address));
  return claimed.lines.map((line) => {
    const refusal = refusalOf.get(line.address);
    if (refusal === undefined && stray !== undefined) {
      const trouble = `${stray.address}: ${stray.reason}`;
      return tryAgain(claimed, line, { refusals: line.refusals, trouble }, when);
    }
    if (refusal === undefined) {
      const { address, refusals } = line;
      return { address, state: 'sent', retryInMs: 0, refusals, sentAt: when.now, messageId, trouble: null };
    }
    const refusals = line.refusals + (refusal.permanent ? 1 : 0);
    const trouble = `${line.address}: ${refusal.reason}`;
    return refusals >= FINAL_REFUSALS
      ? givenUp(line, refusals, trouble)
      : tryAgain(claimed, line, { refusals, trouble }, when);
  });
}

/**
 * For trouble that is not the notice's fault: it is retried until it is outdated.
 *
 * @param leastMs for how long the other side wants to be left alone
 */
export function settleTrouble(claimed: ClaimedNotice, trouble: string, when: Now, leastMs = 0): LineOutcome[] {
  return claimed.lines.map((line) => tryAgain(claimed, line, { refusals: line.refusals, trouble, leastMs }, when));
}

/** Whether it is worth nothing any more, so that it is not sent at all: no worker ran, or its channel was gone, for days. */
export function isOutdated({ notice }: Pick<ClaimedNotice, 'notice'>, now: number): boolean {
  return now > notice.worthUntil;
}

/** For what is outdated before it could be tried. */
export function settleOutdated({ lines }: ClaimedNotice): LineOutcome[] {
  return lines.map((line) => givenUp(line, line.refusals, OUTDATED));
}

function tryAgain(
  { notice }: ClaimedNotice,
  line: DeliveryLine,
  {
    refusals,
    trouble,
    leastMs = 0,
  }: { readonly refusals: number; readonly trouble: string; readonly leastMs?: number },
  { now, random }: Now,
): LineOutcome {
  const retryInMs = Math.max(leastMs, retryDelayMs(line.attempts, random));
  if (isOutdated({ notice }, now + retryInMs)) return givenUp(line, refusals, trouble);
  return { address: line.address, state: 'pending', retryInMs, refusals, sentAt: null, messageId: null, trouble };
}

function givenUp({ address }: DeliveryLine, refusals: number, trouble: string): LineOutcome {
  return { address, state: 'failed', retryInMs: 0, refusals, sentAt: null, messageId: null, trouble };
}
