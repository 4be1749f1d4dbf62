import {
  amounts,
  type Band,
  type Bar,
  dayChart,
  dayMarks,
  type HourChart,
  hourChart,
  type TimeMark,
} from '../../platform/http/charts.ts';
import { queryOf } from '../../platform/http/links.ts';
import {
  formatBytes,
  formatDay,
  formatMoment,
  formatTime,
  formatUnobserved,
  readableName,
  shorten,
} from '../../runtime/format.ts';
import { LONGEST_NAME } from '../../runtime/missing-notes.ts';
import type { Calendar } from '../accounting/day.ts';
import { clip, type Span, union } from '../accounting/span.ts';
import type { TrafficData, TrafficGapEntry } from '../api/traffic.ts';
import { trafficDays } from '../traffic.ts';
import { unplacedText } from './user-day.ts';

interface DayBar extends Bar {
  readonly href: string;
  readonly hasGap: boolean;
  /** Nothing is on record. */
  readonly isUnknown: boolean;
}

interface Row {
  readonly time: string;
  readonly download: string;
  readonly upload: string;
  readonly remarks: string;
}

/** Charts of the last 24 hours and seven days, and the same as tables. */
export interface TrafficView {
  readonly hours: Pick<HourChart, 'width' | 'bars' | 'scale' | 'ticks' | 'bands'>;
  readonly hoursSum: string;
  readonly hourRows: readonly Row[];
  readonly days: {
    readonly width: number;
    readonly bars: readonly DayBar[];
    readonly scale: HourChart['scale'];
    readonly ticks: readonly TimeMark[];
  };
  readonly daysSum: string;
  readonly dayRows: readonly Row[];
  readonly hasGaps: boolean;
  /** The gaps in words. */
  readonly marked: string | null;
  readonly unplaced: string | null;
  readonly emptyReason: string | null;
}

export interface TrafficSetting {
  /** When it was read, Unix ms. */
  readonly now: number;
  readonly calendar: Calendar;
  /** `null`: all of them. */
  readonly router: string | null;
}

/** Gaps that are listed one by one. */
const MOST_GAPS = 20;
const MOST_NAMES = 3;
const HOUR_MS = 3_600_000;

export function viewTraffic(data: TrafficData, setting: TrafficSetting): TrafficView {
  const { now, calendar, router } = setting;
  const { timeZone } = calendar;
  const { days, within } = trafficDays(now, calendar);
  const gaps = data.gaps.map((gap) => ({ ...gap, startAt: Date.parse(gap.from), endAt: Date.parse(gap.to) }));
  const chart = hourChart({
    ...{ hours: data.hours, ...within, events: [], counts: 'download', timeZone },
    bands: bandsOf(gaps, within, setting),
  });
  const known = new Map(data.days.map((day) => [day.day, day]));
  const shares = days.map((day) => known.get(day));
  const drawn = dayChart(
    days.map((day, index) => ({ ...(shares[index] ?? NOTHING), label: dayLabel(day, shares[index]) })),
    'download',
    null,
  );
  const today = calendar.dayOf(now);
  const ofRouter = { router: router ?? undefined };
  return {
    hours: chart,
    hoursSum: amounts(sumOf(data.hours)),
    hourRows: data.hours.map(({ hourAt, ...bytes }) => {
      const inHour = { startAt: hourAt, endAt: hourAt + HOUR_MS };
      const isCut = gaps.some((gap) => clip(gap, inHour) !== null);
      return { time: formatTime(hourAt, timeZone), ...amountsRow(bytes), remarks: isCut ? 'not complete' : '' };
    }),
    days: {
      ...drawn,
      bars: drawn.bars.map((bar, index) => ({
        ...bar,
        href: `/${queryOf({ ...ofRouter, day: days[index] === today ? undefined : days[index] })}`,
        hasGap: (shares[index]?.missingSeconds ?? 0) > 0,
        isUnknown: shares[index] === undefined,
      })),
      ticks: dayMarks(days).map((mark, index) => ({ ...mark, label: weekdayOf(days[index] ?? today) })),
    },
    daysSum: amounts(sumOf(data.days)),
    dayRows: data.days.map((day) => ({ time: formatDay(day.day), ...amountsRow(day), remarks: missingText(day) })),
    hasGaps: gaps.length > 0,
    marked: markedText(gaps, setting),
    unplaced: unplacedText(data.unplacedBytes, 'these days'),
    emptyReason: data.days.length === 0 ? 'No data yet.' : null,
  };
}

const NOTHING = { uploadBytes: 0n, downloadBytes: 0n };

type DrawnGap = TrafficGapEntry & Span;

/** A band wherever there is a gap; what overlaps is one, with all that is to be said of it. */
function bandsOf(gaps: readonly DrawnGap[], within: Span, { now, calendar }: TrafficSetting): Band[] {
  const shown = gaps.flatMap((gap) => {
    const part = clip(gap, within);
    return part === null ? [] : [{ ...gap, ...part }];
  });
  const time = (at: number) => (at >= now ? 'now' : formatTime(at, calendar.timeZone));
  return union(shown).map((band) => ({
    ...band,
    label: shown
      .filter((gap) => clip(gap, band) !== null)
      .map((gap) => gapText(gap, time(gap.startAt), time(gap.endAt)))
      .join('; '),
  }));
}

const REASONS: Readonly<Record<TrafficGapEntry['reason'], string>> = {
  lost: 'data missing',
  'not-read': 'not read yet',
  'hour-unknown': 'hour not known',
  'no-data': 'no data',
};

function gapText({ reason, routers }: DrawnGap, start: string, end: string): string {
  return `${start} to ${end} ${REASONS[reason]}${namesOf(routers)}`;
}

/** ` (edge-1, edge-2 and 4 more)` */
function namesOf(routers: readonly string[]): string {
  if (routers.length === 0) return '';
  const names = routers.slice(0, MOST_NAMES).map((name) => shorten(readableName(name), LONGEST_NAME));
  const more = routers.length - names.length;
  return ` (${names.join(', ')}${more === 0 ? '' : ` and ${more.toLocaleString('en-US')} more`})`;
}

/** `Sun 15 Nov, 13:12 to 13:15 data missing (edge-1), …` */
function markedText(gaps: readonly DrawnGap[], { now, calendar }: TrafficSetting): string | null {
  if (gaps.length === 0) return null;
  const { timeZone, dayOf } = calendar;
  const told = gaps.slice(-MOST_GAPS).map((gap) => {
    const format = dayOf(gap.startAt) === dayOf(gap.endAt) ? formatTime : formatMoment;
    const end = gap.endAt >= now ? 'now' : format(gap.endAt, timeZone);
    return gapText(gap, formatMoment(gap.startAt, timeZone), end);
  });
  const more = gaps.length - told.length;
  return `${told.join(', ')}${more === 0 ? '' : ` and ${more} more`}`;
}

/** Of seven days each has another one. */
export function weekdayOf(day: string): string {
  return formatDay(day).replace(/ .*$/, '');
}

function sumOf(parts: readonly { readonly uploadBytes: bigint; readonly downloadBytes: bigint }[]) {
  return {
    uploadBytes: parts.reduce((sum, { uploadBytes }) => sum + uploadBytes, 0n),
    downloadBytes: parts.reduce((sum, { downloadBytes }) => sum + downloadBytes, 0n),
  };
}

function amountsRow({ uploadBytes, downloadBytes }: typeof NOTHING) {
  return { download: formatBytes(downloadBytes), upload: formatBytes(uploadBytes) };
}

function dayLabel(day: string, share: TrafficData['days'][number] | undefined): string {
  if (share === undefined) return `${formatDay(day)}: no data`;
  const missing = missingText(share);
  return `${formatDay(day)}: ${amounts(share)}${missing === '' ? '' : `, ${missing}`}`;
}

function missingText({ missingSeconds }: TrafficData['days'][number]): string {
  return missingSeconds === 0 ? '' : `${formatUnobserved(missingSeconds * 1000)} of data missing`;
}
