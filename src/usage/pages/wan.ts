import { type Bar, type BarChart, clockMarks, dayMarks, type TimeMark } from '../../platform/http/charts.ts';
import { rateChart } from '../../platform/http/rate-chart.ts';
import { formatBitRate, formatCount, formatTime, formatUnobserved } from '../../runtime/format.ts';
import type { Calendar } from '../accounting/day.ts';
import type { WanData, WanEntry } from '../api/wan.ts';
import { weekdayOf } from './traffic.ts';

interface WanBarView extends Bar {
  /** Nobody knows what flowed then. */
  readonly isUnknown: boolean;
  /** Not all routers were seen, or not all the time. */
  readonly hasGap: boolean;
}

interface WanChart extends BarChart {
  readonly title: string;
  /** For those who do not see it. */
  readonly name: string;
  /** The highest of it, in words. */
  readonly most: string;
  readonly bars: readonly WanBarView[];
  readonly ticks: readonly TimeMark[];
  readonly timeTitle: string;
  readonly rows: readonly {
    readonly time: string;
    readonly download: string;
    readonly upload: string;
    readonly remarks: string;
  }[];
}

/** Charts of the internet lines over the last 24 hours and seven days, and the same as tables. */
export interface WanView {
  readonly charts: readonly WanChart[];
  readonly hasGaps: boolean;
}

/** `null`: no rate is known of all this time. */
export function viewWan({ hours, days }: WanData, { timeZone, dayOf }: Calendar): WanView | null {
  if ([...hours, ...days].every(({ downloadBps }) => downloadBps === null)) return null;
  const dates = days.map(({ from }) => dayOf(Date.parse(from)));
  // A phone has no room for more, and of seven days each has another one.
  const weekdays = dates.map(weekdayOf);
  const charts = [
    wanChart(hours, {
      ...{ title: 'Last 24 hours', name: 'per hour of the last 24 hours, local time', timeTitle: 'From' },
      times: hours.map(({ from }) => formatTime(Date.parse(from), timeZone)),
      ticks: clockMarks(within(hours, timeZone), { everyHours: 3, isMinor: ({ hour }) => hour % 6 !== 0 }),
    }),
    wanChart(days, {
      ...{ title: 'Last 7 days', name: 'per day of the last 7 days', timeTitle: 'Day' },
      times: weekdays,
      ticks: dayMarks(dates).map((mark, index) => ({ ...mark, label: weekdays[index] ?? '' })),
    }),
  ];
  return { charts, hasGaps: charts.some(({ bars }) => bars.some(({ isUnknown, hasGap }) => isUnknown || hasGap)) };
}

interface ChartWords extends Pick<WanChart, 'title' | 'name' | 'timeTitle' | 'ticks'> {
  /** Of each entry, in words. */
  readonly times: readonly string[];
}

function wanChart(entries: readonly WanEntry[], { times, ...words }: ChartWords): WanChart {
  const drawn = rateChart(
    entries.map((entry, index) => ({ ...entry, label: `${times[index] ?? ''}: ${labelOf(entry)}` })),
  );
  const highest = (of: 'downloadBps' | 'uploadBps') =>
    formatBitRate(Math.max(0, ...entries.map((entry) => entry[of] ?? 0)));
  return {
    ...{ ...drawn, ...words },
    most: `at most ${highest('downloadBps')} down, ${highest('uploadBps')} up`,
    bars: drawn.bars.map((bar, index) => {
      const entry = entries[index];
      const isKnown = entry !== undefined && entry.downloadBps !== null;
      const hasGap = entry !== undefined && remarksOf(entry) !== '';
      return { ...bar, isUnknown: !isKnown && hasGap, hasGap: isKnown && hasGap };
    }),
    rows: entries.map((entry, index) => ({
      time: times[index] ?? '',
      download: entry.downloadBps === null ? '' : formatBitRate(entry.downloadBps),
      upload: entry.uploadBps === null ? '' : formatBitRate(entry.uploadBps),
      remarks: remarksOf(entry),
    })),
  };
}

function labelOf(entry: WanEntry): string {
  const { downloadBps, uploadBps } = entry;
  if (downloadBps === null || uploadBps === null) return 'no data';
  const remarks = remarksOf(entry);
  return `${formatBitRate(downloadBps)} down, ${formatBitRate(uploadBps)} up${remarks === '' ? '' : `; ${remarks}`}`;
}

/** `998 of 1,000 routers, 12 min of data missing`; nothing where all were seen all the time. */
function remarksOf({ downloadBps, seenRouters, routers, missingSeconds }: WanEntry): string {
  if (downloadBps === null) return missingSeconds === 0 ? '' : 'no data';
  const isPart = routers !== null && seenRouters < routers;
  return [
    isPart ? `${seenRouters.toLocaleString('en-US')} of ${formatCount(routers, 'router', 'routers')}` : '',
    missingSeconds === 0 ? '' : `${formatUnobserved(missingSeconds * 1000)} of data missing`,
  ]
    .filter((text) => text !== '')
    .join(', ');
}

function within(entries: readonly WanEntry[], timeZone: string) {
  const [first, last] = [entries[0]?.from ?? '', entries.at(-1)?.to ?? ''];
  return { startAt: Date.parse(first), endAt: Date.parse(last), timeZone };
}
