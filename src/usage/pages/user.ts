import {
  amounts,
  type Bar,
  type DayChart,
  dayChart,
  dayMarks,
  type HourChart,
  hourChart,
  type TimeMark,
} from '../../platform/http/charts.ts';
import type { Frame } from '../../platform/http/frame.ts';
import { queryOf, routerLink, userLink } from '../../platform/http/links.ts';
import { asTyped } from '../../runtime/command-name.ts';
import {
  formatBytes,
  formatCount,
  formatDay,
  formatFullDay,
  formatShare,
  formatTime,
  formatUnobserved,
  readableName,
} from '../../runtime/format.ts';
import { describeAccount } from '../account-text.ts';
import type { Calendar } from '../accounting/day.ts';
import type { Counts } from '../accounting/quota.ts';
import type { UserData, UserEvent } from '../api/user.ts';
import type { QueueUsage, UserUsage } from '../query.ts';
import { describeSpans } from '../span-text.ts';
import type { PeriodUsage } from '../user-history.ts';
import { unobservedBands } from './unobserved-bands.ts';

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
  readonly chosen: {
    readonly title: string;
    readonly previous: string | null;
    readonly next: string | null;
    readonly hours: HourChart | null;
    readonly hourRows: readonly { readonly time: string; readonly download: string; readonly upload: string }[];
    /** When it was not observed, in words. */
    readonly unobserved: string | null;
    readonly unplaced: string | null;
    readonly accounts: readonly { readonly queue: string; readonly sentences: readonly string[] }[];
    readonly moreAccounts: string | null;
    readonly events: readonly { readonly time: string; readonly text: string; readonly code: string }[];
    readonly queues: readonly QueueRow[];
    readonly emptyReason: string | null;
  };
  /** As the partial `alert-rows` takes them. */
  readonly alerts: readonly object[];
  readonly csv: string;
}

interface QueueRow {
  readonly name: string;
  readonly detail: string;
  readonly download: string;
  readonly upload: string;
  readonly total: string;
}

/** Days that are drawn; the table and the CSV file have all. */
const MOST_BARS = 62;
const MOST_COMMENTS = 5;
/** Unobserved spans of a day that are listed one by one. */
const MOST_SPANS = 60;

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
    chosen: viewDay(data, calendar),
    alerts: viewAlerts(data.alerts),
    csv: `/usage.csv${queryOf({ router, user, from: fromDay, to: today })}`,
  };
}

function viewDay(data: UserData, calendar: Calendar): UserView['chosen'] {
  const { router, user, fromDay, toDay: today, counts, chosenDay } = data;
  const { day, hours, queues, accounts, moreQueues } = chosenDay;
  const { timeZone } = calendar;
  const now = Date.parse(data.until);
  const startAt = calendar.startOf(day);
  const endAt = calendar.endOf(day);
  const events = chosenDay.events.map((event) => viewEvent(event, timeZone));
  const unobserved = chosenDay.unobserved.map(({ from, to }) => ({ startAt: Date.parse(from), endAt: Date.parse(to) }));
  const setting = { startAt, endAt, timeZone };
  const bands = unobservedBands(unobserved, setting);
  const isDrawn = hours.length > 0 || unobserved.length > 0;
  const link = (to: string) => userLink(router, user, { day: to });
  return {
    title: day === today ? `Today, ${formatFullDay(day)}, so far` : formatFullDay(day),
    previous: day > fromDay ? link(calendar.addDays(day, -1)) : null,
    next: day < today ? link(calendar.addDays(day, 1)) : null,
    hours: isDrawn ? hourChart({ hours, ...setting, events, bands, counts }) : null,
    hourRows: hours.map((hour) => ({
      time: formatTime(Math.max(hour.hourAt, startAt), timeZone),
      download: formatBytes(hour.downloadBytes),
      upload: formatBytes(hour.uploadBytes),
    })),
    unobserved: unobserved.length === 0 ? null : describeSpans(unobserved, setting, MOST_SPANS),
    unplaced: unplacedText(chosenDay.unplacedBytes),
    accounts: accounts.map((account) => ({
      queue: readableName(account.queue),
      sentences: describeAccount(account, { now, timeZone }),
    })),
    moreAccounts:
      moreQueues > 0
        ? `… and ${formatCount(moreQueues, 'more queue', 'more queues')}. Show them with: ${asTyped('explain --queue NAME')}`
        : null,
    events: events.map(({ time, text, code }) => ({ time, text, code })),
    queues: queues.map(queueRow),
    emptyReason: queues.length > 0 ? null : 'No data for this day: no traffic, no events, no gaps.',
  };
}

function viewEvent({ at, code, queue, detail }: UserEvent, timeZone: string) {
  const text = queue === null ? readableName(detail) : `${readableName(queue)}: ${readableName(detail)}`;
  return { at: Date.parse(at), text, code, label: `${text} (${code})`, time: formatTime(Date.parse(at), timeZone) };
}

function unplacedText(bytes: bigint): string | null {
  return bytes === 0n
    ? null
    : `${formatBytes(bytes)} of this day are in no hour of the chart: they were read after a long gap.`;
}

function queueRow({ queue, comment, parent, uploadBytes, downloadBytes, totalBytes }: QueueUsage): QueueRow {
  const detail = [
    ...(comment === null ? [] : [readableName(comment)]),
    ...(parent ? ['parent queue, not in the sums'] : []),
  ];
  return {
    name: readableName(queue),
    detail: detail.join(' · '),
    download: formatBytes(downloadBytes),
    upload: formatBytes(uploadBytes),
    total: formatBytes(totalBytes),
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
