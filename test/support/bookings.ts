import type { Baseline, SampleStamp } from '../../src/usage/accounting/counter.ts';
import type { Booking, DailyPart } from '../../src/usage/ports.ts';

/** 2026-05-04 12:00 UTC, a Monday. */
export const NOON = 1_777_896_000_000;
export const DAY = '2026-05-04';

export function stampAt(sampledAt: number, changes: Partial<SampleStamp> = {}): SampleStamp {
  return {
    sampledAt,
    uptimeMs: 86_400_000,
    endUptimeMs: 86_401_012.3456789,
    reader: 'worker-1',
    monotonicMs: 12_345.678901234567,
    bootId: null,
    serial: 'HB1234567',
    ...changes,
  };
}

export function baselineOf(name: string, changes: Partial<Baseline> = {}): Baseline {
  return {
    id: `*${name}`,
    name,
    user: name,
    isParent: false,
    counter: { uploadBytes: 1n, downloadBytes: 2n },
    presence: 'present',
    seenAt: NOON,
    ...changes,
  };
}

export function partOf(name: string, changes: Partial<DailyPart> = {}): DailyPart {
  return {
    name,
    user: name,
    isParent: false,
    comment: null,
    day: DAY,
    uploadBytes: 1n,
    downloadBytes: 2n,
    estimatedBytes: 0n,
    unobservedMs: 0,
    restarts: 0,
    hours: [],
    ...changes,
  };
}

export function bookingAt(sampledAt: number, changes: Partial<Booking> = {}): Booking {
  return {
    stamp: stampAt(sampledAt),
    hadUnidentifiedRows: false,
    changedBaselines: [],
    removedBaselineIds: [],
    queues: changes.usage ?? [],
    usage: [],
    unobserved: [],
    events: [],
    ...changes,
  };
}
