import type { HealthBooks } from '../../src/health/commands/status.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { createManualClock } from './manual-clock.ts';

const calendar = createCalendar('Asia/Karachi');

/** Nothing is watched and nothing is on record. */
export const noHealth: HealthBooks = {
  archive: {
    watched: async () => ({ isWatched: false, seenAt: null, blindSince: null }),
    records: async () => [],
    transitions: async () => [],
    times: async () => [],
    outages: async () => new Map(),
    spans: async () => [],
    wan: async () => [],
  },
  maintenance: { list: async () => [], add: async (window) => ({ id: 1, ...window }), remove: async () => {} },
  devices: async () => [],
  everyMs: 30_000,
  calendar,
  timeZone: calendar.timeZone,
  clock: createManualClock(Date.UTC(2026, 10, 19, 20)),
};
