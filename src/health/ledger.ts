import type { Calendar } from '../usage/accounting/day.ts';
import type { Judged } from './judge.ts';
import type { IncidentChange, News } from './news.ts';
import type { Observation } from './observation.ts';
import type { DeviceRecord, HealthBatch } from './ports.ts';
import { createSpanSums, keptValues } from './spans.ts';
import type { Slice, Transition } from './state.ts';

/** What is known of all devices, and what of it is still to be written. */
export interface Ledger {
  record(device: string): DeviceRecord | undefined;
  records(): Iterable<DeviceRecord>;
  /** Takes over what is stored; nothing of it is to be written. */
  load(records: readonly DeviceRecord[]): void;
  /** What follows from a look, or from a change without one. */
  note(judged: Omit<Judged, 'slices' | 'transitions'> & Partial<Judged>, look: Observation | null): void;
  /** Something that is not about one device. */
  noteOwn(incident: IncidentChange, news: News | null): void;
  isEmpty(): boolean;
  /** All that is to be written since the last call. */
  take(): Pick<HealthBatch, 'records' | 'transitions' | 'parts' | 'incidents' | 'news'>;
  clear(): void;
}

/** `onTime`: hears what the time of each device counts as. */
export function createLedger(
  calendar: Pick<Calendar, 'dayOf' | 'startOf'>,
  onTime: (device: string, slice: Slice) => void = () => {},
): Ledger {
  const records = new Map<string, DeviceRecord>();
  const sums = createSpanSums(calendar);
  let changed = new Set<string>();
  let transitions: Transition[] = [];
  let incidents: IncidentChange[] = [];
  let news: News[] = [];
  let hasOwn = false;

  function take(): ReturnType<Ledger['take']> {
    const taken = {
      ...{ transitions, incidents, news, parts: sums.take() },
      records: [...changed].flatMap((device) => records.get(device) ?? []),
    };
    [changed, transitions, incidents, news, hasOwn] = [new Set(), [], [], [], false];
    return taken;
  }

  return {
    record: (device) => records.get(device),
    records: () => records.values(),
    load(stored) {
      for (const record of stored) records.set(record.health.device, record);
    },
    note(judged, look) {
      const { device } = judged.record.health;
      records.set(device, judged.record);
      changed.add(device);
      transitions.push(...(judged.transitions ?? []));
      incidents.push(...judged.incidents);
      news.push(...(judged.news ?? []));
      for (const slice of judged.slices ?? []) {
        sums.time(device, slice);
        onTime(device, slice);
      }
      if (look === null || (look.outcome.kind !== 'answered' && look.outcome.kind !== 'ill')) return;
      sums.values(device, look.at, keptValues(look.figures, look.outcome.latencyMs));
    },
    noteOwn(incident, told) {
      incidents.push(incident);
      if (told !== null) news.push(told);
      hasOwn = true;
    },
    isEmpty: () => changed.size === 0 && !hasOwn,
    take,
    clear() {
      records.clear();
      take();
    },
  };
}
