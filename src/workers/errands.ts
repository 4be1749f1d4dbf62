import type { Clock } from '../runtime/clock.ts';

/** A question to another worker. */
export interface Question {
  readonly to: string;
  readonly id: number;
  readonly device: string;
  readonly withinMs: number;
}

/** Has other workers look at their devices, and looks for them. */
export interface Errands {
  /** What the worker sees that has the device; `null`: nobody has it, or it does not answer. Never rejects. */
  ask(device: string, withinMs: number, signal: AbortSignal): Promise<unknown>;
  /** An answer came. */
  answered(id: number, seen: unknown): void;
  /** Another worker asks. Resolves with the answer. */
  asked(device: string, withinMs: number): Promise<object | null>;
  /** Who answers. */
  answer(look: (device: string, withinMs: number) => Promise<object | null>): void;
}

/** Beyond the time of the look itself. */
const ON_THE_WAY_MS = 500;
const LONGEST_LOOK_MS = 60_000;

export function createErrands(deps: {
  /** Which other worker has a device; `null`: none. */
  readonly whoHas: (device: string) => string | null;
  readonly send: (question: Question) => void;
  readonly clock: Pick<Clock, 'after'>;
  readonly onBug: (error: unknown) => void;
}): Errands {
  const waiting = new Map<number, (seen: unknown) => void>();
  let lastId = 0;
  let look: ((device: string, withinMs: number) => Promise<object | null>) | null = null;

  return {
    ask(device, withinMs, signal) {
      const to = deps.whoHas(device);
      if (to === null || signal.aborted) return Promise.resolve(null);
      lastId += 1;
      const id = lastId;
      return new Promise((resolve) => {
        const settle = (seen: unknown) => {
          cancel();
          signal.removeEventListener('abort', giveUp);
          waiting.delete(id);
          resolve(seen);
        };
        const giveUp = () => settle(null);
        const cancel = deps.clock.after(withinMs + ON_THE_WAY_MS, giveUp);
        signal.addEventListener('abort', giveUp, { once: true });
        waiting.set(id, settle);
        deps.send({ to, id, device, withinMs });
      });
    },
    answered: (id, seen) => waiting.get(id)?.(seen),
    async asked(device, withinMs) {
      try {
        return (await look?.(device, Math.min(withinMs, LONGEST_LOOK_MS))) ?? null;
      } catch (error) {
        deps.onBug(error);
        return null;
      }
    },
    answer(given) {
      look = given;
    },
  };
}
