import type { AlertState } from '../../features/alerts/ports.ts';
import { listAlerts } from '../../features/alerts/query.ts';
import { formatDay, formatMoment, formatShare, readableName } from '../../runtime/format.ts';
import type { BookDeps, Frame } from './deps.ts';
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

const STATES: Record<AlertState['state'], string> = {
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
export async function viewAlerts(deps: BookDeps): Promise<AlertsView> {
  const { alerts: archive, calendar, clock, retentionDays } = deps;
  const today = calendar.dayOf(clock.now());
  const found = await listAlerts({ archive }, { fromDay: calendar.addDays(today, -retentionDays), toDay: today });
  const shown = newestFirst(found);
  return {
    title: 'Alerts',
    nav: 'alerts',
    days: retentionDays,
    rows: shown.slice(0, MOST_ROWS).map((alert) => alertRow(alert, calendar.timeZone)),
    more: shown.length > MOST_ROWS ? `The newest ${MOST_ROWS} of ${shown.length.toLocaleString('en-US')}.` : null,
  };
}

export function newestFirst(alerts: readonly AlertState[]): AlertState[] {
  return alerts.toSorted((a, b) => b.noticedAt - a.noticedAt || b.threshold - a.threshold);
}

export function alertRow(alert: AlertState, timeZone: string): AlertRow {
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
    sentAt: sentAt === null ? '' : formatMoment(sentAt, timeZone),
  };
}
