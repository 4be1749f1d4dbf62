import type { Clock } from '../runtime/clock.ts';
import type { TerminalSize } from './ports.ts';

/** A window that is dragged has a new size with every movement; a browser may say as many as it likes. */
export interface Resizes {
  ask(size: TerminalSize): void;
  stop(): void;
}

const RESIZED_EVERY_MS = 100;

/** Hands a new size on at once; of those that come within 100 ms of the last one only the newest, then. The same size again is none. */
export function createResizes(
  clock: Pick<Clock, 'after'>,
  first: TerminalSize,
  apply: (size: TerminalSize) => void,
): Resizes {
  let [shown, wanted] = [first, first];
  let cancel: (() => void) | null = null;

  function handOn(): void {
    cancel = null;
    if (wanted.columns === shown.columns && wanted.rows === shown.rows) return;
    shown = wanted;
    apply(shown);
    cancel = clock.after(RESIZED_EVERY_MS, handOn);
  }

  return {
    ask(size) {
      wanted = size;
      if (cancel === null) handOn();
    },
    stop: () => cancel?.(),
  };
}
