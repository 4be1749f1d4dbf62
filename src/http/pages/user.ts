import { z } from 'zod';
import type { Counts } from '../../accounting/quota.ts';
import { listAlerts } from '../../features/alerts/query.ts';
import { describeAccount } from '../../features/usage/account-text.ts';
import { explainQueue, type QueueAccount } from '../../features/usage/explain.ts';
import type { QueueDay } from '../../features/usage/ports.ts';
import type { UserUsage } from '../../features/usage/query.ts';
import { type PeriodUsage, readUserHistory, type UserHistory } from '../../features/usage/user-history.ts';
import {
  formatBytes,
  formatCount,
  formatDay,
  formatDuration,
  formatFullDay,
  formatShare,
  formatTime,
  readableName,
} from '../../runtime/format.ts';
import { type AlertRow, alertRow, newestFirst } from './alerts.ts';
import { amounts, type Bar, type DayChart, dayChart, type HourChart, hourChart } from './charts.ts';
import type { BookDeps, Frame } from './deps.ts';
import { queryOf, routerLink, userLink } from './links.ts';

export const userQuery = z.object({ day: z.iso.date().nullable().catch(null) });

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
    readonly first: string;
    readonly last: string;
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
    readonly unplaced: string | null;
    readonly accounts: readonly { readonly queue: string; readonly sentences: readonly string[] }[];
    readonly moreAccounts: string | null;
    readonly events: readonly { readonly time: string; readonly text: string }[];
    readonly queues: readonly QueueRow[];
    readonly emptyReason: string | null;
  };
  readonly alerts: readonly AlertRow[];
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
/** Queues of a day that are explained. */
const MOST_ACCOUNTS = 10;

/** `GET /u/<router>/<user>`; `null` when nothing is on record of that user. */
export async function viewUser(
  deps: BookDeps,
  { router, user, day: asked }: { readonly router: string; readonly user: string; readonly day: string | null },
): Promise<UserView | null> {
  const { usage: archive, quotas: policies, weekStartsOn, alerts, calendar, clock, retentionDays } = deps;
  const now = clock.now();
  const today = calendar.dayOf(now);
  const fromDay = calendar.addDays(today, -retentionDays);
  const history = await readUserHistory({ archive, policies, weekStartsOn }, { router, user, fromDay, toDay: today });
  if (history.queues.length === 0) return null;
  const chosen = asked !== null && fromDay <= asked && asked <= today ? asked : today;
  const own = (await listAlerts({ archive: alerts }, { fromDay, toDay: today })).filter(
    (alert) => alert.router === router && alert.user === user,
  );
  const ofToday = history.days.find(({ day }) => day === today);
  const limitBytes = history.days.findLast((day) => day.limitBytes !== null)?.limitBytes ?? null;
  const known = new Map(history.days.map((day) => [day.day, day]));
  const drawn = daysBetween(
    calendar.addDays(today, 1 - Math.min(retentionDays + 1, MOST_BARS)),
    today,
    calendar.addDays,
  );
  const chart = dayChart(
    drawn.map((day) => ({ ...bytesOf(known.get(day)), label: dayLabel(day, known.get(day)) })),
    history.counts,
    limitBytes,
  );
  const href = (day: string) => userLink(router, user, { day });
  return {
    title: readableName(user),
    nav: null,
    user: readableName(user),
    router: readableName(router),
    routerHref: routerLink(router),
    comments: commentsOf(history.queues),
    isOver: ofToday?.breached === true,
    meters: metersOf(history, ofToday),
    chart: {
      ...chart,
      bars: chart.bars.map((bar, index) => {
        const day = drawn[index] ?? today;
        const usage = known.get(day);
        return {
          ...bar,
          href: href(day),
          isChosen: day === chosen,
          hasGap: (usage?.unobservedSeconds ?? 0) > 0,
          hasRestart: (usage?.restarts ?? 0) > 0,
        };
      }),
      first: formatDay(drawn[0] ?? today),
      last: formatDay(today),
    },
    limit: limitBytes === null ? null : `limit ${formatBytes(limitBytes)} of ${countsText(history.counts)}`,
    countedName: history.counts === 'upload' ? 'Upload' : 'Download',
    restName: history.counts === 'upload' ? 'Download' : 'Upload',
    hasGaps: history.days.some((day) => day.unobservedSeconds > 0),
    hasRestarts: history.days.some((day) => day.restarts > 0),
    days: history.days.toReversed().map((day) => dayRow(day, href(day.day), day.day === chosen)),
    chosen: await viewDay(deps, { router, user, day: chosen, now, fromDay, today, history }),
    alerts: newestFirst(own).map((alert) => alertRow(alert, calendar.timeZone)),
    csv: `/usage.csv${queryOf({ router, user, from: fromDay, to: today })}`,
  };
}

interface DayQuestion {
  readonly router: string;
  readonly user: string;
  readonly day: string;
  readonly now: number;
  readonly fromDay: string;
  readonly today: string;
  readonly history: UserHistory;
}

async function viewDay(deps: BookDeps, question: DayQuestion): Promise<UserView['chosen']> {
  const { usage: archive, calendar } = deps;
  const { router, user, day, now, fromDay, today, history } = question;
  const { timeZone } = calendar;
  const rows = history.queues.filter((queue) => queue.day === day);
  const names = [...new Set(rows.map(({ queue }) => queue))];
  const accounts: QueueAccount[] = [];
  const hours: HourChartInput[] = [];
  for (const queue of names.slice(0, MOST_ACCOUNTS)) {
    accounts.push(...(await explainQueue({ archive, calendar }, { router, queue, day })));
    if (rows.some((row) => row.queue === queue && row.isParent)) continue;
    const all = await archive.queueHours({ router, queue, fromDay: day, toDay: day });
    hours.push(...all.filter((hour) => hour.user === user));
  }
  const startAt = calendar.startOf(day);
  const endAt = calendar.endOf(day);
  const events = eventsOf(accounts, timeZone);
  const placed = sumByHour(hours);
  const link = (to: string) => userLink(router, user, { day: to });
  return {
    title: day === today ? `Today, ${formatFullDay(day)}, so far` : formatFullDay(day),
    previous: day > fromDay ? link(calendar.addDays(day, -1)) : null,
    next: day < today ? link(calendar.addDays(day, 1)) : null,
    hours:
      placed.length === 0
        ? null
        : hourChart({ hours: placed, startAt, endAt, events, counts: history.counts, timeZone }),
    hourRows: placed.map((hour) => ({
      time: formatTime(Math.max(hour.hourAt, startAt), timeZone),
      download: formatBytes(hour.downloadBytes),
      upload: formatBytes(hour.uploadBytes),
    })),
    unplaced: unplacedText(accounts),
    accounts: accounts.map((account) => ({
      queue: readableName(account.queue),
      sentences: describeAccount(account, { now, timeZone }),
    })),
    moreAccounts:
      names.length > MOST_ACCOUNTS
        ? `… and ${formatCount(names.length - MOST_ACCOUNTS, 'more queue', 'more queues')}; ask for them with netsentinel explain.`
        : null,
    events: events.map(({ at, label }) => ({ time: formatTime(at, timeZone), text: label })),
    queues: rows.map(queueRow),
    emptyReason:
      rows.length > 0
        ? null
        : 'Nothing is on record for this day: no byte moved, nothing restarted, nothing was missed.',
  };
}

type HourChartInput = Parameters<typeof hourChart>[0]['hours'][number];

function sumByHour(hours: readonly HourChartInput[]): HourChartInput[] {
  return [...Map.groupBy(hours, ({ hourAt }) => hourAt)]
    .map(([hourAt, rows]) => ({
      hourAt,
      uploadBytes: rows.reduce((sum, row) => sum + row.uploadBytes, 0n),
      downloadBytes: rows.reduce((sum, row) => sum + row.downloadBytes, 0n),
    }))
    .sort((a, b) => a.hourAt - b.hourAt);
}

/** What concerns the whole router is in the account of each queue, and told once. */
function eventsOf(accounts: readonly QueueAccount[], timeZone: string) {
  const seen = new Map<string, { readonly at: number; readonly label: string }>();
  for (const event of accounts.flatMap((account) => account.events)) {
    const about = event.queue === null ? 'router' : readableName(event.queue);
    const label = `${event.code} (${about}): ${readableName(event.detail)}`;
    seen.set(`${event.at} ${label}`, { at: event.at, label });
  }
  return [...seen.values()]
    .sort((a, b) => a.at - b.at)
    .map(({ at, label }) => ({ at, label, time: formatTime(at, timeZone) }));
}

function unplacedText(accounts: readonly QueueAccount[]): string | null {
  const bytes = accounts.reduce((sum, account) => sum + (account.wasParent ? 0n : account.unplacedBytes), 0n);
  return bytes === 0n
    ? null
    : `${formatBytes(bytes)} belong to the day, but to no hour that is known: they were read after a longer gap.`;
}

function queueRow({ queue, comment, isParent, uploadBytes, downloadBytes }: QueueDay): QueueRow {
  const detail = [...(comment === null ? [] : [readableName(comment)]), ...(isParent ? ['parent, in no sum'] : [])];
  return {
    name: readableName(queue),
    detail: detail.join(' · '),
    download: formatBytes(downloadBytes),
    upload: formatBytes(uploadBytes),
    total: formatBytes(uploadBytes + downloadBytes),
  };
}

function metersOf(history: UserHistory, ofToday: UserUsage | undefined): Meter[] {
  const { uploadBytes, downloadBytes } = bytesOf(ofToday);
  const limit = ofToday ?? { countedBytes: 0n, limitBytes: null, usedPercent: null, breached: false };
  return [
    meter('Today', { uploadBytes, downloadBytes, ...limit }, null),
    meter('This week', history.week, history.week),
    meter('This month', history.month, history.month),
  ];
}

function meter(
  label: string,
  usage: Pick<
    PeriodUsage,
    'uploadBytes' | 'downloadBytes' | 'countedBytes' | 'limitBytes' | 'usedPercent' | 'breached'
  >,
  period: PeriodUsage | null,
): Meter {
  const { countedBytes, limitBytes, usedPercent, breached } = usage;
  const since = period === null ? '' : `since ${formatDay(period.knownFromDay)}`;
  const share =
    limitBytes === null ? '' : `${formatShare(countedBytes, limitBytes)} (${Math.floor(usedPercent ?? 100)}%)`;
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
    unobservedSeconds > 0 ? `${formatDuration(unobservedSeconds * 1000)} not observed` : '',
    restarts > 0 ? formatCount(restarts, 'restart', 'restarts') : '',
    estimatedBytes > 0n ? `${formatBytes(estimatedBytes)} estimated` : '',
  ]
    .filter((text) => text !== '')
    .join(', ');
}

function dayLabel(day: string, usage: UserUsage | undefined): string {
  if (usage === undefined) return `${formatDay(day)}: nothing on record`;
  const remarks = remarksOf(usage);
  return `${formatDay(day)}: ${amounts(usage)}${remarks === '' ? '' : `, ${remarks}`}`;
}

function bytesOf(usage: UserUsage | undefined) {
  return { uploadBytes: usage?.uploadBytes ?? 0n, downloadBytes: usage?.downloadBytes ?? 0n };
}

function countsText(counts: Counts): string {
  return counts === 'total' ? 'download and upload' : counts;
}

/** Of the last day that has any. */
function commentsOf(queues: readonly QueueDay[]): string {
  const day = queues.findLast(({ comment }) => comment !== null)?.day;
  const comments = queues.flatMap((queue) => (queue.day === day && queue.comment ? [readableName(queue.comment)] : []));
  return [...new Set(comments)].slice(0, 5).join(' · ');
}

function daysBetween(from: string, to: string, addDays: (day: string, days: number) => string): string[] {
  const days: string[] = [];
  for (let day = from; day <= to; day = addDays(day, 1)) days.push(day);
  return days;
}
