import type { TroubleError } from '../../src/runtime/errors.ts';
import type { RouterState } from '../../src/usage/accounting/counter.ts';
import type { Booking, UsageLedger } from '../../src/usage/ports.ts';
import { nextState } from './truth-model.ts';

/** A ledger in memory, for what is above the ledger; the real ones have a contract suite of their own. */
export interface MemoryLedger extends UsageLedger {
  readonly bookings: { readonly router: string; readonly booking: Booking }[];
  /** While set, every booking fails with it. */
  trouble: TroubleError | null;
  /** How often a booking was tried. */
  tries: number;
  /** Routers that it was told to forget. */
  readonly forgotten: string[];
  totalBytes(): bigint;
}

export function createMemoryLedger(): MemoryLedger {
  const states = new Map<string, RouterState>();
  return {
    bookings: [],
    trouble: null,
    tries: 0,
    forgotten: [],
    async book(router, decide) {
      this.tries++;
      if (this.trouble !== null) throw this.trouble;
      const stored = states.get(router) ?? null;
      const booking = decide(stored);
      if (booking === null) return;
      this.bookings.push({ router, booking });
      states.set(
        router,
        nextState(
          stored,
          { ...booking.stamp, askedMs: booking.stamp.monotonicMs, queues: [], unreadable: [] },
          { ...booking, serial: booking.stamp.serial },
        ),
      );
    },
    forget(router) {
      this.forgotten.push(router);
    },
    totalBytes() {
      const parts = this.bookings.flatMap(({ booking }) => [...booking.usage]);
      return parts.reduce((sum, part) => sum + part.uploadBytes + part.downloadBytes, 0n);
    },
  };
}
