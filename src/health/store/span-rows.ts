import type { BulkTarget, Row } from '../../platform/store/bulk.ts';
import { countOf, doubleOf, integerOf, nullable } from '../../platform/store/columns.ts';
import type { StoredSpan } from '../ports.ts';
import { KEPT_FIGURES, type KeptFigure, type SpanPart, type Tally } from '../spans.ts';

/** How the columns of a figure begin. */
const COLUMN: Readonly<Record<KeptFigure, string>> = {
  latencyMs: 'latency',
  cpuPercent: 'cpu',
  memoryPercent: 'memory',
  diskPercent: 'disk',
  temperatureC: 'temperature',
  voltageV: 'voltage',
  downloadBps: 'download',
  uploadBps: 'upload',
};
const KEY = ['device', 'length', 'starts_at'];
const TIMES = ['up_ms', 'down_ms', 'unknown_ms'];
const columnsOf = (what: keyof Tally) => KEPT_FIGURES.map((figure) => `${COLUMN[figure]}_${what}`);

export const SPAN_TARGET: BulkTarget = {
  table: 'health_spans',
  columns: [
    ...[...KEY, ...TIMES],
    ...KEPT_FIGURES.flatMap((figure) => ['count', 'min', 'sum', 'max'].map((what) => `${COLUMN[figure]}_${what}`)),
  ],
  key: KEY,
  replace: [],
  add: [...TIMES, ...columnsOf('count'), ...columnsOf('sum')],
  largest: columnsOf('max'),
  smallest: columnsOf('min'),
};

/** In the order of the columns. */
export function rowOfPart({ device, length, startsAt, upMs, downMs, unknownMs, figures }: SpanPart): Row {
  const tallies = KEPT_FIGURES.flatMap((figure): Row => {
    const tally = figures.get(figure);
    return tally === undefined ? [0n, null, 0, null] : [BigInt(tally.count), tally.min, tally.sum, tally.max];
  });
  return [device, length, BigInt(startsAt), BigInt(upMs), BigInt(downMs), BigInt(unknownMs), ...tallies];
}

/** Throws an `ImpossibleValueError` for a row that this program never writes. */
export function spanOfRow(row: Readonly<Record<string, unknown>>): StoredSpan {
  const numberIn = (column: string) => nullable(doubleOf, `health_spans.${column}`, row[column]);
  const figures = KEPT_FIGURES.flatMap((figure): [KeptFigure, Tally][] => {
    const name = COLUMN[figure];
    const count = countOf(`health_spans.${name}_count`, row[`${name}_count`]);
    const [min, sum, max] = [numberIn(`${name}_min`), numberIn(`${name}_sum`), numberIn(`${name}_max`)];
    return min === null || max === null ? [] : [[figure, { count, min, sum: sum ?? 0, max }]];
  });
  return {
    startsAt: integerOf('health_spans.starts_at', row['starts_at']),
    upMs: countOf('health_spans.up_ms', row['up_ms']),
    downMs: countOf('health_spans.down_ms', row['down_ms']),
    unknownMs: countOf('health_spans.unknown_ms', row['unknown_ms']),
    figures: new Map(figures),
  };
}
