import type { AlertEntry } from '../../features/alerts/query.ts';
import { formatDay, formatMoment, formatShare, readableName } from '../../runtime/format.ts';
import type { Frame } from './frame.ts';
import { userLink } from './links.ts';

export interface AlertRow {
  readonly day: string;
  readonly user: string;
  readonly router: string;
  readonly href: string;
  readonly period: string;
  readonly threshold: string;
  readonly isOver: boolean;
  readonly used: string;
  readonly state: string;
  readonly stateText: string;
  readonly sentAt: string;
}

export interface AlertsView extends Frame {
  readonly days: number;
  readonly rows: readonly AlertRow[];
  readonly more: string | null;
}

const STATES: Record<AlertEntry['state'], string> = {
  pending: 'mail is waiting',
  claimed: 'mail is being sent',
  sent: 'mail sent',
  failed: 'mail refused',
  superseded: 'no mail: a higher threshold was crossed too',
  estimated: 'no mail: it takes estimated bytes',
  unsent: 'no mail is configured',
};

const MOST_ROWS = 500;

/** `GET /alerts`: the breaches of the retention period, newest first. */
export function viewAlerts(
  alerts: readonly AlertEntry[],
  { timeZone, retentionDays }: { readonly timeZone: string; readonly retentionDays: number },
): AlertsView {
  return {
    title: 'Alerts',
    nav: 'alerts',
    days: retentionDays,
    rows: alerts.slice(0, MOST_ROWS).map((alert) => alertRow(alert, timeZone)),
    more: alerts.length > MOST_ROWS ? `The newest ${MOST_ROWS} of ${alerts.length.toLocaleString('en-US')}.` : null,
  };
}

export function alertRow(alert: AlertEntry, timeZone: string): AlertRow {
  const { day, user, router, period, periodStart, threshold, countedBytes, limitBytes, state, sentAt } = alert;
  return {
    day: formatDay(day),
    user: readableName(user),
    router: readableName(router),
    href: userLink(router, user, { day }),
    period: period === 'day' ? 'day' : `${period} from ${formatDay(periodStart)}`,
    threshold: `${threshold}%`,
    isOver: threshold >= 100,
    used: formatShare(countedBytes, limitBytes),
    state,
    stateText: STATES[state],
    sentAt: sentAt === null ? '' : formatMoment(Date.parse(sentAt), timeZone),
  };
}
