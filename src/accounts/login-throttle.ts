import type { Clock } from '../runtime/clock.ts';
import { networkOf } from './network.ts';

/** Slows down those who guess the password. */
export interface LoginThrottle {
  /** How long this address has to wait before its next try; 0: not at all. */
  waitMs(address: string): number;
  /** A try of this address failed. */
  failed(address: string): void;
}

/** Within this time … */
const WINDOW_MS = 15 * 60_000;
/** … one address may fail so often, … */
const FAILURES_OF_ONE = 5;
/** … and all together. Open sessions are not affected. */
const FAILURES_OF_ALL = 50;

export function createLoginThrottle({ clock }: { readonly clock: Clock }): LoginThrottle {
  /** Oldest first; never more than all together may have. */
  let failures: { readonly network: string; readonly atMs: number }[] = [];

  function waitOf(recent: typeof failures, most: number, nowMs: number): number {
    const decisive = recent.at(-most);
    return decisive === undefined ? 0 : decisive.atMs + WINDOW_MS - nowMs;
  }

  return {
    waitMs(address) {
      const nowMs = clock.monotonicMs();
      failures = failures.filter(({ atMs }) => atMs > nowMs - WINDOW_MS);
      const network = networkOf(address);
      const own = failures.filter((failure) => failure.network === network);
      return Math.max(waitOf(own, FAILURES_OF_ONE, nowMs), waitOf(failures, FAILURES_OF_ALL, nowMs));
    },
    failed(address) {
      failures.push({ network: networkOf(address), atMs: clock.monotonicMs() });
    },
  };
}
