import { setImmediate } from 'node:timers/promises';

/** The signals that the process has received since it started. */
export interface Signals {
  /**
   * For a command that ends in order: aborted by SIGTERM or SIGINT, at once when one came before. A second one ends the process where it
   * stands.
   */
  untilStop(): AbortSignal;
  /** Calls `listener` at each SIGHUP, once for those that came before. */
  onHangup(listener: () => void): void;
  /** Calls `listener` at each SIGUSR2, once for those that came before. */
  onUserSignal(listener: () => void): void;
  /** For a command with nothing to put in order: a signal ends it as it ends any program, also one that came before. */
  release(): Promise<void>;
}

const STOPS = ['SIGTERM', 'SIGINT'] as const;
type Stop = (typeof STOPS)[number];

/** To be called first thing: until then a signal kills, and loading the program takes a while. */
export function listenForSignals(): Signals {
  const aborter = new AbortController();
  let came: Stop | 'SIGHUP' | null = null;
  let isTaken = false;
  let hangup: (() => void) | null = null;
  let userSignal: (() => void) | null = null;
  let cameUserSignal = false;

  function onStop(name: Stop): void {
    if (aborter.signal.aborted || (!isTaken && came !== null && came !== 'SIGHUP')) process.exit(1);
    came = name;
    if (isTaken) aborter.abort();
  }

  function onHangup(): void {
    if (hangup !== null) hangup();
    else came ??= 'SIGHUP';
  }

  function onUserSignal(): void {
    if (userSignal !== null) userSignal();
    else cameUserSignal = true;
  }

  process.on('SIGUSR2', onUserSignal);
  process.on('SIGHUP', onHangup);
  for (const name of STOPS) process.on(name, onStop);

  return {
    untilStop() {
      isTaken = true;
      if (came === 'SIGTERM' || came === 'SIGINT') aborter.abort();
      // `release` took them away.
      for (const name of STOPS) if (!process.listeners(name).includes(onStop)) process.on(name, onStop);
      return aborter.signal;
    },
    onHangup(listener) {
      hangup = listener;
      if (came === 'SIGHUP') listener();
    },
    onUserSignal(listener) {
      userSignal = listener;
      if (cameUserSignal) listener();
    },
    async release() {
      // A signal that came while modules were loaded is delivered in the next turn of the event loop; without a listener it would be lost.
      await setImmediate();
      await setImmediate();
      for (const name of STOPS) process.off(name, onStop);
      process.off('SIGHUP', onHangup);
      process.off('SIGUSR2', onUserSignal);
      const signal = came ?? (cameUserSignal ? 'SIGUSR2' : null);
      if (signal !== null) process.kill(process.pid, signal);
    },
  };
}
