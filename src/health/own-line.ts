import type { Clock } from '../runtime/clock.ts';

/** Something near or far that shows whether our own line works. */
export interface Witness {
  readonly name: string;
  /**
   * Whether it answered; a refusal is an answer, and what could not be asked, by a fault of this machine, is no silence. Settles within
   * `timeoutMs`. Never rejects.
   */
  answers(timeoutMs: number, signal: AbortSignal): Promise<boolean>;
}

/** Whether our own line works. */
export interface OwnLine {
  /**
   * `true`: no witness answers. What was found out within the last seconds is not asked again. Without witnesses it is never `true`:
   * nobody can tell.
   */
  isBlind(signal: AbortSignal): Promise<boolean>;
}

const ASKED_AGAIN_MS = 3_000;
/** One lost packet is no outage: silence counts when it is repeated. */
const TRIES = 2;
const TIMEOUT_MS = 1_500;

export function createOwnLine({
  witnesses,
  clock,
}: {
  readonly witnesses: readonly Witness[];
  readonly clock: Clock;
}): OwnLine {
  let last: { readonly atMs: number; readonly answer: Promise<boolean> } | null = null;

  async function isAnyThere(signal: AbortSignal): Promise<boolean> {
    for (let tries = 0; tries < TRIES && !signal.aborted; tries += 1) {
      const asked = witnesses.map(async (witness) => {
        if (!(await witness.answers(TIMEOUT_MS, signal))) throw new Error('silent');
      });
      const isThere = await Promise.any(asked).then(
        () => true,
        () => false,
      );
      if (isThere) return true;
    }
    // A check that was ended found nothing out.
    return signal.aborted;
  }

  return {
    async isBlind(signal) {
      if (witnesses.length === 0) return false;
      if (last === null || clock.monotonicMs() - last.atMs >= ASKED_AGAIN_MS) {
        const answer = isAnyThere(signal);
        last = { atMs: clock.monotonicMs(), answer };
        // The time counts from the end: what takes long is not old when it comes.
        void answer.then(() => {
          last = { atMs: clock.monotonicMs(), answer };
        });
      }
      return !(await last.answer);
    },
  };
}
