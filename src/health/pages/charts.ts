import { clockMarks, type TimeMark } from '../../platform/http/charts.ts';
import { type Sparkline, sparkline } from '../../platform/http/sparkline.ts';
import { formatBitRate, formatDuration } from '../../runtime/format.ts';
import type { DeviceHealth } from '../device-health.ts';
import type { Series, Slot } from '../series.ts';
import type { KeptFigure } from '../spans.ts';
import { latencyText, percentText, temperatureText } from './words.ts';

/** The same figure over a day and over a week. */
interface FigureView {
  readonly key: string;
  readonly name: string;
  readonly charts: readonly (ChartView | null)[];
}

interface ChartView extends Sparkline {
  /** For those who do not see it. */
  readonly label: string;
  /** `2% – 95%` */
  readonly range: string;
  readonly mean: string;
}

/** How much of the time it was up, down and not seen. */
interface StripView {
  readonly width: number;
  readonly label: string;
  readonly parts: readonly {
    readonly kind: 'seen' | 'failed-part' | 'unseen';
    readonly x: number;
    readonly width: number;
    readonly y: number;
    readonly height: number;
  }[];
}

export interface SeriesView {
  readonly periods: readonly {
    readonly title: string;
    readonly strip: StripView;
    readonly ticks: readonly TimeMark[];
  }[];
  readonly figures: readonly FigureView[];
}

const FIGURES: readonly (readonly [figure: KeptFigure, name: string, text: (value: number) => string])[] = [
  ['latencyMs', 'Latency', latencyText],
  ['cpuPercent', 'CPU', percentText],
  ['memoryPercent', 'Memory used', percentText],
  ['temperatureC', 'Temperature', temperatureText],
  ['downloadBps', 'Internet download', formatBitRate],
  ['uploadBps', 'Internet upload', formatBitRate],
];
const PERCENT: readonly KeptFigure[] = ['cpuPercent', 'memoryPercent'];
const HOUR_MS = 3_600_000;

/** What the page of a device draws of the last 24 hours and 7 days; a figure that it never gave has no chart. */
export function viewSeries({ day, week }: Pick<DeviceHealth, 'day' | 'week'>, timeZone: string): SeriesView {
  const periods = [
    { title: '24 hours', series: day },
    { title: '7 days', series: week },
  ];
  return {
    periods: periods.map(({ title, series }) => ({ title, strip: stripOf(series), ticks: marksOf(series, timeZone) })),
    figures: FIGURES.flatMap(([figure, name, text]) => {
      const charts = periods.map(({ title, series }) => chartOf(series, figure, `${name}, ${title}`, text));
      return charts.every((chart) => chart === null) ? [] : [{ key: figure, name, charts }];
    }),
  };
}

function chartOf(
  { slots }: Series,
  figure: KeptFigure,
  title: string,
  text: (value: number) => string,
): ChartView | null {
  const points = slots.map(({ values }) => values.get(figure) ?? null);
  const known = points.filter((point) => point !== null);
  if (known.length === 0) return null;
  const least = Math.min(...known.map(({ min }) => min));
  const most = Math.max(...known.map(({ max }) => max));
  const mean = known.reduce((sum, point) => sum + point.mean, 0) / known.length;
  const high = PERCENT.includes(figure) ? 100 : Math.max(most, 0);
  const open = slots.filter(({ isOpen }) => isOpen).length;
  const drawn = sparkline(points, { low: Math.min(0, least), high, open });
  const range = `${text(least)} – ${text(most)}`;
  const missing = drawn.gaps.length === 0 ? '' : '; with gaps where there is no data';
  return { ...drawn, range, mean: text(mean), label: `${title}: ${range}, mean ${text(mean)}${missing}` };
}

const STRIP_HEIGHT = 10;

function stripOf(series: Series): StripView {
  const { slots, upMs, downMs } = series;
  const parts: { kind: 'seen' | 'failed-part' | 'unseen'; x: number; width: number; y: number; height: number }[] = [];
  slots.forEach((slot, x) => {
    let y = STRIP_HEIGHT;
    for (const [kind, share] of sharesOf(slot)) {
      const height = Number((share * STRIP_HEIGHT).toFixed(2));
      if (height === 0) continue;
      y = Number((y - height).toFixed(2));
      const last = parts.at(-1);
      const goesOn = last?.kind === kind && last.height === height && last.y === y && last.x + last.width === x;
      if (goesOn) last.width += 1;
      else parts.push({ kind, x, width: 1, y, height });
    }
  });
  const seen = upMs + downMs;
  const said = seen === 0 ? 'no data' : `${formatDuration(upMs)} up, ${formatDuration(downMs)} down`;
  return { width: slots.length, parts, label: `${said}; the rest is not known` };
}

/** From the ground up. */
function sharesOf({ up, down, isOpen }: Slot): readonly (readonly ['seen' | 'failed-part' | 'unseen', number])[] {
  const rest = isOpen ? 0 : Math.max(0, 1 - up - down);
  // A minute of a slot of five minutes is no gap that anybody could see.
  return [
    ['failed-part', down],
    ['unseen', rest < 0.02 ? 0 : rest],
    ['seen', rest < 0.02 ? Math.min(1, up + rest) : up],
  ];
}

/** Each sixth hour, or each midnight, of the zone's clock; of seven days a phone has room for two, away from its edges. */
function marksOf({ startsAt, endsAt, slots }: Series, timeZone: string): TimeMark[] {
  const isDay = slots.length > 0 && endsAt - startsAt <= 26 * HOUR_MS;
  const marks = clockMarks(
    { startAt: startsAt, endAt: endsAt, timeZone },
    {
      everyHours: isDay ? 6 : 24,
      isMinor: ({ index }) => (isDay ? index % 2 === 1 : index % 3 !== 1),
    },
  );
  // A day that begins at the edge would stand over the next one.
  return isDay ? marks : marks.filter(({ anchor }) => anchor === 'middle');
}
