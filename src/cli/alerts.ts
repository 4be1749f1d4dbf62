import type { Calendar } from '../accounting/day.ts';
import type { AlertArchive, AlertState } from '../features/alerts/ports.ts';
import { type AlertEntry, alertEntry, listAlerts } from '../features/alerts/query.ts';
import type { Clock } from '../runtime/clock.ts';
import { csvRows } from '../runtime/csv.ts';
import { formatFullDay, formatMoment, formatShare, readableName } from '../runtime/format.ts';
import { toJson } from '../runtime/json.ts';
import { type DayWord, resolveDay } from './days.ts';
import type { Screen } from './render/screen.ts';
import { renderTable } from './render/table.ts';
import type { OutputFormat } from './usage.ts';

export interface AlertsOptions {
  readonly day: DayWord;
  readonly format: OutputFormat;
}

export interface AlertsCommandDeps {
  readonly alerts: AlertArchive;
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly screen: Screen;
}

/** What `alerts` prints: the breaches whose threshold was crossed on the day, and what has become of their alerts. */
export async function runAlerts(deps: AlertsCommandDeps, options: AlertsOptions): Promise<string> {
  const { alerts: archive, calendar, clock, screen } = deps;
  const day = resolveDay(options.day, calendar, clock.now());
  const alerts = await listAlerts({ archive }, { fromDay: day, toDay: day });
  if (options.format === 'json') return toJson(alerts.map(alertEntry));
  if (options.format === 'csv') return printCsv(alerts.map(alertEntry));
  const heading = `Quota alerts, ${formatFullDay(day)} (${calendar.timeZone})`;
  if (alerts.length === 0) return `${screen.bold(heading)}\n\nNo threshold was crossed.\n`;
  return `${screen.bold(heading)}\n\n${printTable(alerts, calendar.timeZone, screen)}`;
}

function printCsv(entries: readonly AlertEntry[]): string {
  const columns = [
    ...(['day', 'router', 'user', 'period', 'periodStart', 'threshold', 'countedBytes', 'limitBytes'] as const),
    ...(['state', 'sentAt', 'attempts'] as const),
  ];
  return csvRows([columns, ...entries.map((entry) => columns.map((column) => entry[column]))]);
}

function printTable(alerts: readonly AlertState[], timeZone: string, screen: Screen): string {
  const rows = alerts.map((alert) => [
    { text: readableName(alert.user) },
    { text: readableName(alert.router) },
    { text: alert.period === 'day' ? 'day' : `${alert.period} from ${alert.periodStart}` },
    { text: `${alert.threshold}%` },
    { text: formatShare(alert.countedBytes, alert.limitBytes) },
    { text: alert.state, paint: paintFor(alert.state, screen) },
    { text: alert.sentAt === null ? '' : formatMoment(alert.sentAt, timeZone) },
    { text: alert.attempts === 0 ? '' : String(alert.attempts) },
  ]);
  const columns = [
    { title: 'User', align: 'left', shrinksTo: 8 },
    { title: 'Router', align: 'left', shrinksTo: 8 },
    { title: 'Period', align: 'left' },
    { title: 'At', align: 'right' },
    { title: 'Used', align: 'right' },
    { title: 'Mail', align: 'left' },
    { title: 'Sent', align: 'left' },
    { title: 'Tries', align: 'right' },
  ] as const;
  return renderTable({ columns, rows }, screen.width);
}

function paintFor(state: AlertState['state'], screen: Screen): (text: string) => string {
  if (state === 'sent') return (text) => text;
  if (state === 'failed') return screen.red;
  return state === 'pending' || state === 'claimed' ? screen.yellow : screen.dim;
}
