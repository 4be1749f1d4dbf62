import { amounts, type Bar, type DayChart, dayChart, dayMarks, type TimeMark } from '../../platform/http/charts.ts';
import type { Frame } from '../../platform/http/frame.ts';
import { queryOf, routerLink, userLink } from '../../platform/http/links.ts';
import {
  formatBytes,
  formatCount,
  formatDay,
  formatShare,
  formatUnobserved,
  readableName,
} from '../../runtime/format.ts';
import type { Calendar } from '../accounting/day.ts';
import type { Counts } from '../accounting/quota.ts';
import type { UserData } from '../api/user.ts';
import type { UserUsage } from '../query.ts';
import type { PeriodUsage } from '../user-history.ts';
import { type ChosenDayView, viewChosenDay } from './user-day.ts';

interface Meter {
  readonly label: string;
  readonly value: string;
  readonly detail: string;
  readonly barPercent: number | null;
  readonly level: 'ok' | 'near' | 'over';
}

interface DayBar extends Bar {
  readonly href: string;
  readonly isChosen: boolean;
  readonly hasGap: boolean;
  readonly hasRestart: boolean;
}

interface DayRow {
  readonly day: string;
  readonly href: string;
  readonly isChosen: boolean;
  readonly download: string;
  readonly upload: string;
  readonly total: string;
  readonly quota: string;
  readonly isOver: boolean;
  readonly remarks: string;
}

export interface UserView extends Frame {
  readonly user: string;
  readonly router: string;
  readonly routerHref: string;
  readonly comments: string;
  readonly isOver: boolean;
  readonly meters: readonly Meter[];
  readonly chart: Omit<DayChart, 'bars'> & {
    readonly bars: readonly DayBar[];
    readonly ticks: readonly TimeMark[];
  };
  readonly limit: string | null;
  readonly countedName: string;
  readonly restName: string;
  readonly hasGaps: boolean;
  readonly hasRestarts: boolean;
  readonly days: readonly DayRow[];
  readonly chosen: ChosenDayView;
  /** As the partial `alert-rows` takes them. */
  readonly alerts: readonly object[];
  readonly csv: string;
}

/** Days that are drawn; the table and the CSV file have all. */
const MOST_BARS = 62;
const MOST_COMMENTS = 5;
export interface UserViewSetting<Alert extends object> {
  readonly calendar: Calendar;
  readonly viewAlerts: (alerts: readonly Alert[]) => readonly object[];
}

/** `GET /u/<router>/<user>` */
export function viewUser<Alert extends object>(
  data: UserData<Alert>,
  { calendar, viewAlerts }: UserViewSetting<Alert>,
): UserView {
  const { router, user, fromDay, toDay: today, counts, days, chosenDay } = data;
  const limitBytes = days.findLast((day) => day.limitBytes !== null)?.limitBytes ?? null;
  const known = new Map(days.map((day) => [day.day, day]));
  const drawn = daysBetween(fromDay, today, calendar).slice(-MOST_BARS);
  const chart = dayChart(
    drawn.map((day) => ({ ...bytesOf(known.get(day)), label: dayLabel(day, known.get(day)) })),
    counts,
    limitBytes,
  );
  const href = (day: string) => userLink(router, user, { day });
  return {
    title: readableName(user),
    nav: null,
    user: readableName(user),
    router: readableName(router),
    routerHref: routerLink(router),
    comments: data.comments.slice(0, MOST_COMMENTS).map(readableName).join(' · '),
    isOver: known.get(today)?.breached === true,
    meters: metersOf(data, known.get(today)),
    chart: {
      ...chart,
      bars: chart.bars.map((bar, index) => {
        const day = drawn[index] ?? today;
        const usage = known.get(day);
        return {
          ...bar,
          href: href(day),
          isChosen: day === chosenDay.day,
          hasGap: (usage?.unobservedSeconds ?? 0) > 0,
          hasRestart: (usage?.restarts ?? 0) > 0,
        };
      }),
      ticks: dayMarks(drawn),
    },
    limit: limitBytes === null ? null : `limit ${formatBytes(limitBytes)} of ${countsText(counts)}`,
    countedName: counts === 'upload' ? 'Upload' : 'Download',
    restName: counts === 'upload' ? 'Download' : 'Upload',
    hasGaps: days.some((day) => day.unobservedSeconds > 0),
    hasRestarts: days.some((day) => day.restarts > 0),
    days: days.toReversed().map((day) => dayRow(day, href(day.day), day.day === chosenDay.day)),
    chosen: viewChosenDay(data, calendar),
    alerts: viewAlerts(data.alerts),
    csv: `/usage.csv${queryOf({ router, user, from: fromDay, to: today })}`,
  };
}

function metersOf({ week, month, counts }: UserData, ofToday: UserUsage | undefined): Meter[] {
  const { uploadBytes, downloadBytes } = bytesOf(ofToday);
  const limit = ofToday ?? { countedBytes: 0n, limitBytes: null, usedPercent: null, breached: false };
  return [
    meter('Today', { uploadBytes, downloadBytes, ...limit }, null, counts),
    meter('This week', week, week, counts),
    meter('This month', month, month, counts),
  ];
}

function meter(
  label: string,
  usage: Pick<
    PeriodUsage,
    'uploadBytes' | 'downloadBytes' | 'countedBytes' | 'limitBytes' | 'usedPercent' | 'breached'
  >,
  period: PeriodUsage | null,
  counts: Counts,
): Meter {
  const { countedBytes, limitBytes, usedPercent, breached } = usage;
  const since = period === null ? '' : `since ${formatDay(period.knownFromDay)}`;
  const share =
    limitBytes === null
      ? ''
      : `${formatShare(countedBytes, limitBytes)} of ${countsText(counts)} (${Math.floor(usedPercent ?? 100)}%)`;
  return {
    label,
    value: formatBytes(usage.uploadBytes + usage.downloadBytes),
    detail: [share, since].filter((text) => text !== '').join(' · ') || amounts(usage),
    barPercent: limitBytes === null ? null : Math.min(100, Math.round(usedPercent ?? 100)),
    level: breached ? 'over' : (usedPercent ?? 0) >= 80 ? 'near' : 'ok',
  };
}

function dayRow(day: UserUsage, href: string, isChosen: boolean): DayRow {
  return {
    day: formatDay(day.day),
    href,
    isChosen,
    download: formatBytes(day.downloadBytes),
    upload: formatBytes(day.uploadBytes),
    total: formatBytes(day.totalBytes),
    quota: day.usedPercent === null ? '' : `${Math.floor(day.usedPercent)}%`,
    isOver: day.breached,
    remarks: remarksOf(day),
  };
}

function remarksOf({ unobservedSeconds, restarts, estimatedBytes }: UserUsage): string {
  return [
    unobservedSeconds > 0 ? `${formatUnobserved(unobservedSeconds * 1000)} of data missing` : '',
    restarts > 0 ? formatCount(restarts, 'restart', 'restarts') : '',
    estimatedBytes > 0n ? `${formatBytes(estimatedBytes)} estimated` : '',
  ]
    .filter((text) => text !== '')
    .join(', ');
}

function dayLabel(day: string, usage: UserUsage | undefined): string {
  if (usage === undefined) return `${formatDay(day)}: no data`;
  const remarks = remarksOf(usage);
  return `${formatDay(day)}: ${amounts(usage)}${remarks === '' ? '' : `, ${remarks}`}`;
}

function bytesOf(usage: UserUsage | undefined) {
  return { uploadBytes: usage?.uploadBytes ?? 0n, downloadBytes: usage?.downloadBytes ?? 0n };
}

function countsText(counts: Counts): string {
  return counts === 'total' ? 'download and upload' : counts;
}

function daysBetween(from: string, to: string, { addDays }: Calendar): string[] {
  const days: string[] = [];
  for (let day = from; day <= to; day = addDays(day, 1)) days.push(day);
  return days;
}
