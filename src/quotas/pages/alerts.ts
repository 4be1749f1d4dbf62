import type { Frame } from '../../platform/http/frame.ts';
import { queryOf, userLink } from '../../platform/http/links.ts';
import {
  formatBytes,
  formatCount,
  formatDay,
  formatFullDay,
  formatMoment,
  formatShare,
  readableName,
} from '../../runtime/format.ts';
import type { AlertsData } from '../api/alerts.ts';
import type { AlertEntry, AlertLine } from '../query.ts';

/** A user in one period. */
export interface AlertRow {
  readonly key: string;
  /** On which the highest threshold was crossed. */
  readonly day: string;
  readonly user: string;
  readonly router: string;
  readonly href: string;
  readonly period: string;
  readonly threshold: string;
  /** Lower thresholds that were crossed before, with their days. */
  readonly before: string;
  readonly isOver: boolean;
  readonly used: string;
  readonly state: string;
  readonly stateText: string;
  readonly sentAt: string;
}

interface Choice {
  readonly value: string;
  readonly text: string;
  readonly isChosen: boolean;
}

export interface AlertsView extends Frame {
  readonly days: string;
  readonly query: { readonly q: string; readonly from: string; readonly to: string };
  readonly choices: readonly { readonly name: string; readonly label: string; readonly options: readonly Choice[] }[];
  /** Of which user alone; a link on another page leads here. */
  readonly onlyUser: { readonly value: string; readonly text: string } | null;
  readonly rows: readonly AlertRow[];
  readonly emptyReason: string | null;
  readonly shown: string;
  readonly previous: string | null;
  readonly next: string | null;
}

const STATES: Record<AlertEntry['state'], string> = {
  pending: 'mail waiting',
  claimed: 'sending mail',
  sent: 'mail sent',
  failed: 'mail refused',
  superseded: 'no mail: a higher threshold was crossed at the same time',
  estimated: 'no mail: part of the usage is estimated',
  unsent: 'mail is not configured',
};

const CHOICES = {
  level: { '': 'All thresholds', over: 'Over quota', warning: 'Warnings' },
  period: { '': 'All periods', day: 'Days', week: 'Weeks', month: 'Months' },
  mail: { '': 'All mails', sent: 'Mail sent', waiting: 'Mail waiting', refused: 'Mail refused', none: 'No mail' },
} as const;
const LABELS = { level: 'Threshold', period: 'Period', mail: 'Mail' } as const;

/** `GET /alerts`: one line for each user and period. `asked`: the days that were asked for, if any. */
export function viewAlerts(
  data: AlertsData,
  context: {
    readonly timeZone: string;
    readonly routers: readonly string[];
    readonly asked: { readonly from?: string | undefined; readonly to?: string | undefined };
  },
): AlertsView {
  const { from, to, router, user, q, period, level, mail, page, pages, lines } = data;
  const { asked, timeZone } = context;
  const filter = { q: q ?? '', router, user, level, period, mail, from: asked.from, to: asked.to };
  const link = (number: number) => `/alerts${queryOf(given({ ...filter, page: number }))}`;
  return {
    title: 'Alerts',
    nav: 'alerts',
    days: from === to ? formatFullDay(from) : `${formatDay(from)} to ${formatFullDay(to)}`,
    query: { q: readableName(q ?? ''), from: asked.from ?? '', to: asked.to ?? '' },
    choices: [
      { name: 'router', label: 'Router', options: routerOptions(context.routers, router) },
      ...(['level', 'period', 'mail'] as const).map((name) => ({
        name,
        label: LABELS[name],
        options: Object.entries(CHOICES[name]).map(([value, text]) => ({
          value,
          text,
          isChosen: value === (data[name] ?? ''),
        })),
      })),
    ],
    onlyUser: user === null ? null : { value: user, text: readableName(user) },
    rows: lines.flatMap((line) => alertRow(line, timeZone)),
    emptyReason: emptyReason(data),
    shown: shownText(data),
    previous: page > 1 ? link(page - 1) : null,
    next: page < pages ? link(page + 1) : null,
  };
}

function given(parts: Readonly<Record<string, string | number | null | undefined>>) {
  return Object.fromEntries(Object.entries(parts).map(([key, value]) => [key, value ?? undefined]));
}

/** One that is asked for and polled no longer can still be chosen. */
function routerOptions(routers: readonly string[], chosen: string | null): Choice[] {
  const all = chosen === null || routers.includes(chosen) ? routers : [...routers, chosen];
  return [
    { value: '', text: 'All routers', isChosen: chosen === null },
    ...all.map((router) => ({ value: router, text: readableName(router), isChosen: router === chosen })),
  ];
}

function emptyReason({ lines, router, user, q, period, level, mail }: AlertsData): string | null {
  if (lines.length > 0) return null;
  const isFiltered = [router, user, q, period, level, mail].some((value) => value !== null);
  return isFiltered ? 'No alert matches.' : 'No threshold was crossed.';
}

function shownText({ found, page, linesPerPage, lines }: AlertsData): string {
  const all = formatCount(found, 'alert', 'alerts');
  if (lines.length === found) return found === 0 ? '' : all;
  const first = (page - 1) * linesPerPage;
  return `${first + 1} to ${first + lines.length} of ${all}`;
}

/** The highest threshold, and which were crossed before. */
export function alertRow({ router, user, period, periodStart, alerts }: AlertLine, timeZone: string): AlertRow[] {
  const [highest, ...lower] = alerts;
  if (highest === undefined) return [];
  const { day, threshold, countedBytes, limitBytes, state, sentAt } = highest;
  return [
    {
      key: `${period} ${periodStart} ${userLink(router, user)}`,
      day: formatDay(day),
      user: readableName(user),
      router: readableName(router),
      href: userLink(router, user, { day }),
      period: period === 'day' ? 'day' : `${period} from ${formatDay(periodStart)}`,
      threshold: `${threshold}%`,
      before: lower.map((one) => beforeText(one, highest)).join(', '),
      isOver: threshold >= 100,
      used: formatShare(countedBytes, limitBytes),
      state,
      stateText: STATES[state],
      sentAt: sentAt === null ? '' : formatMoment(Date.parse(sentAt), timeZone),
    },
  ];
}

/** `80%`, with its day where that is another, and its limit where that was changed. */
function beforeText(alert: AlertEntry, highest: AlertEntry): string {
  const limit = alert.limitBytes === highest.limitBytes ? '' : ` of ${formatBytes(alert.limitBytes)}`;
  const day = alert.day === highest.day ? '' : ` on ${formatDay(alert.day)}`;
  return `${alert.threshold}%${limit}${day}`;
}
