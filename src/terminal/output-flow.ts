import type { Readable } from 'node:stream';

/** Above this many bytes on their way to a browser the device has to wait … */
export const HELD_BYTES = 512 * 1024;
/** … until there are no more than so many. */
const GOES_ON_BYTES = 128 * 1024;

/** Hands the output of a device on at the pace of whoever is slowest. */
export interface OutputFlow {
  /** The browser says that it has enough for now, or takes more. */
  browser(isPaused: boolean): void;
  /** Something that was waited for may be over. */
  look(): void;
  /** Calls back once the network has taken all that came so far; a later call takes the place of an earlier one. */
  afterAll(run: () => void): void;
}

export interface OutputFlowDeps {
  readonly source: Readable;
  /** `sent`: the network has taken it, or never will. */
  readonly send: (bytes: Uint8Array, sent: () => void) => void;
  /** Somebody besides the browser needs time. */
  readonly isHeld: () => boolean;
}

export function createOutputFlow({ source, send, isHeld }: OutputFlowDeps): OutputFlow {
  let onTheWay = 0;
  let isBrowserPaused = false;
  let onEmpty = () => {};

  function look(): void {
    const hasEnough = source.isPaused() ? onTheWay > GOES_ON_BYTES : onTheWay > HELD_BYTES;
    const isToWait = hasEnough || isBrowserPaused || isHeld();
    if (isToWait) source.pause();
    else if (source.isPaused()) source.resume();
  }

  source.on('data', (bytes: Uint8Array) => {
    onTheWay += bytes.length;
    send(bytes, () => {
      onTheWay -= bytes.length;
      look();
      if (onTheWay > 0) return;
      const run = onEmpty;
      onEmpty = () => {};
      run();
    });
    look();
  });
  return {
    browser(isPaused) {
      isBrowserPaused = isPaused;
      look();
    },
    look,
    afterAll(run) {
      if (onTheWay === 0) run();
      else onEmpty = run;
    },
  };
}
