import type { CollectionMeter } from './ports.ts';

/** Tells all of them. */
export function combineMeters(meters: readonly CollectionMeter[]): CollectionMeter {
  return {
    polled(outcome, durationMs) {
      for (const meter of meters) meter.polled(outcome, durationMs);
    },
    booked(router, booking) {
      for (const meter of meters) meter.booked(router, booking);
    },
  };
}
