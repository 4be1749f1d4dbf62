import type { Calendar } from '../usage/accounting/day.ts';
import type { Figures } from './observation.ts';
import type { Slice } from './state.ts';

/** How long a span is: five minutes, an hour (UTC), a local day. */
export type SpanLength = 'minutes' | 'hour' | 'day';

/** The figures that are kept over time. Bits a second are those of all WAN interfaces together. */
export const KEPT_FIGURES = [
  ...(['latencyMs', 'cpuPercent', 'memoryPercent', 'diskPercent'] as const),
  ...(['temperatureC', 'voltageV', 'downloadBps', 'uploadBps'] as const),
];
export type KeptFigure = (typeof KEPT_FIGURES)[number];
export type KeptValues = Readonly<Record<KeptFigure, number | null>>;

/** Several values of one figure. The mean is `sum / count`. */
export interface Tally {
  readonly count: number;
  readonly min: number;
  readonly sum: number;
  readonly max: number;
}

/** What is added to one span of a device. */
export interface SpanPart {
  readonly device: string;
  readonly length: SpanLength;
  /** Unix ms. */
  readonly startsAt: number;
  readonly upMs: number;
  readonly downMs: number;
  readonly unknownMs: number;
  readonly figures: ReadonlyMap<KeptFigure, Tally>;
}

export const MINUTES_MS = 300_000;
const HOUR_MS = 3_600_000;

/** Sums up what happened, span by span, until it is taken to be stored. */
export interface SpanSums {
  time(device: string, slice: Slice): void;
  values(device: string, at: number, values: KeptValues): void;
  /** Everything since the last call. */
  take(): SpanPart[];
}

type Sum = { -readonly [Key in keyof SpanPart]: SpanPart[Key] } & { figures: Map<KeptFigure, Tally> };

export function createSpanSums(calendar: Pick<Calendar, 'dayOf' | 'startOf'>): SpanSums {
  let sums = new Map<string, Sum>();

  function spansAt(device: string, at: number): Sum[] {
    const starts: Readonly<Record<SpanLength, number>> = {
      minutes: floor(at, MINUTES_MS),
      hour: floor(at, HOUR_MS),
      day: calendar.startOf(calendar.dayOf(at)),
    };
    return (['minutes', 'hour', 'day'] as const).map((length) => {
      const startsAt = starts[length];
      const key = `${length} ${startsAt} ${device}`;
      const sum = sums.get(key) ?? { device, length, startsAt, upMs: 0, downMs: 0, unknownMs: 0, figures: new Map() };
      sums.set(key, sum);
      return sum;
    });
  }

  return {
    time(device, { endsAt, ms, kind }) {
      // Days begin at a full five minutes in every zone of today.
      for (let at = endsAt - ms; at < endsAt; ) {
        const until = Math.min(endsAt, floor(at, MINUTES_MS) + MINUTES_MS);
        for (const sum of spansAt(device, at)) sum[`${kind}Ms`] += until - at;
        at = until;
      }
    },
    values(device, at, values) {
      for (const { figures } of spansAt(device, at)) {
        for (const figure of KEPT_FIGURES) {
          const value = values[figure];
          if (value !== null) figures.set(figure, withValue(figures.get(figure), value));
        }
      }
    },
    take() {
      const taken = [...sums.values()];
      sums = new Map();
      return taken;
    },
  };
}

/** What of an answer is kept over time. */
export function keptValues(figures: Figures | null, latencyMs: number | null): KeptValues {
  return {
    latencyMs,
    cpuPercent: figures?.cpuPercent ?? null,
    memoryPercent: figures?.memoryPercent ?? null,
    diskPercent: figures?.diskPercent ?? null,
    temperatureC: figures?.temperatureC ?? null,
    voltageV: figures?.voltageV ?? null,
    downloadBps: rateOf(figures, 'downloadBps'),
    uploadBps: rateOf(figures, 'uploadBps'),
  };
}

/** Of all WAN interfaces; `null` where the rate of one is not known: a sum without it would be too low. */
function rateOf(figures: Figures | null, direction: 'downloadBps' | 'uploadBps'): number | null {
  if (figures === null || figures.wan === null || figures.wan.length === 0 || figures.interfaces === null) return null;
  const byName = new Map(figures.interfaces.map((each) => [each.name, each[direction]]));
  const rates = figures.wan.map(({ interface: name }) => byName.get(name) ?? null);
  return rates.includes(null) ? null : rates.reduce<number>((sum, rate) => sum + (rate ?? 0), 0);
}

function withValue(tally: Tally | undefined, value: number): Tally {
  if (tally === undefined) return { count: 1, min: value, sum: value, max: value };
  const { count, min, sum, max } = tally;
  return { count: count + 1, min: Math.min(min, value), sum: sum + value, max: Math.max(max, value) };
}

function floor(at: number, length: number): number {
  return Math.floor(at / length) * length;
}
