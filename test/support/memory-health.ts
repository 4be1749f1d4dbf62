import type { Told, WaitingNews } from '../../src/health/gather.ts';
import { NOTHING_TOLD } from '../../src/health/gather.ts';
import type { News } from '../../src/health/news.ts';
import type { DeviceRecord, HealthBook, HealthNotice } from '../../src/health/ports.ts';
import type { Transition } from '../../src/health/state.ts';

/** What a book of health in memory has, for those who look behind it. */
export interface MemoryHealth extends HealthBook {
  readonly transitions: Transition[];
  readonly notices: HealthNotice[];
  readonly news: News[];
  /** By device, ms; of the local days alone. */
  readonly times: Map<string, { up: number; down: number; unknown: number }>;
}

/** The rules of the store without a database: one holder at a time, all or nothing. @param nowMs the clock of the database */
export function createMemoryHealth(nowMs: () => number): MemoryHealth {
  const records = new Map<string, DeviceRecord>();
  const transitions: Transition[] = [];
  const notices: HealthNotice[] = [];
  const news: News[] = [];
  const times: MemoryHealth['times'] = new Map();
  let watch: { holder: string; untilMs: number; seenAt: number; blindSince: number | null } | null = null;
  let waiting: WaitingNews[] = [];
  let told: Told = NOTHING_TOLD;
  let ids = 0;

  return {
    ...{ transitions, notices, news, times },
    async claim(holder, at, leaseMs) {
      watch ??= { holder, untilMs: 0, seenAt: at, blindSince: null };
      if (watch.holder !== holder && watch.untilMs > nowMs()) return null;
      watch = { ...watch, holder, untilMs: nowMs() + leaseMs };
      return { seenAt: watch.seenAt, blindSince: watch.blindSince };
    },
    async release(holder) {
      if (watch?.holder === holder) watch = { ...watch, untilMs: nowMs() };
    },
    // As a database gives it back: without the clock of the process.
    load: async () =>
      [...records.values()].map((record) => {
        const { lookedAt, answeredAt, failingSince, ...health } = record.health;
        const kept = (moment: typeof lookedAt) => (moment === null ? null : { ...moment, monotonicMs: null });
        const moments = { lookedAt: kept(lookedAt), answeredAt: kept(answeredAt), failingSince: kept(failingSince) };
        return { ...record, health: { ...health, ...moments } };
      }),
    async commit(batch, leaseMs, tell) {
      if (watch?.holder !== batch.holder) return false;
      watch = { holder: batch.holder, untilMs: nowMs() + leaseMs, seenAt: batch.at, blindSince: batch.blindSince };
      for (const record of batch.records) records.set(record.health.device, record);
      transitions.push(...batch.transitions);
      news.push(...batch.news);
      for (const { device, length, upMs, downMs, unknownMs } of batch.parts) {
        if (length !== 'day') continue;
        const sum = times.get(device) ?? { up: 0, down: 0, unknown: 0 };
        times.set(device, { up: sum.up + upMs, down: sum.down + downMs, unknown: sum.unknown + unknownMs });
      }
      for (const each of batch.news) {
        ids += 1;
        waiting.push({ ...each, id: ids });
      }
      const telling = tell(waiting, told);
      const done = new Set(telling.ids);
      waiting = waiting.filter(({ id }) => !done.has(id));
      told = telling.told;
      notices.push(...telling.notices);
      return true;
    },
  };
}
