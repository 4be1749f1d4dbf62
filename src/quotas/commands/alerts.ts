import { type DayWord, resolveDay } from '../../platform/cli/days.ts';
import { type AddCommand, type Open, printFrom } from '../../platform/cli/frame.ts';
import { formatOption, type OutputFormat, singleDayOption } from '../../platform/cli/options.ts';
import type { Screen } from '../../platform/cli/render/screen.ts';
import { type Column, firstThatFits, layOutTable, type TableLayout } from '../../platform/cli/render/table.ts';
import type { Clock } from '../../runtime/clock.ts';
import { csvRows } from '../../runtime/csv.ts';
import { formatDay, formatFullDay, formatMoment, formatShare, formatTime, readableName } from '../../runtime/format.ts';
import { toJson } from '../../runtime/json.ts';
import type { Calendar } from '../../usage/accounting/day.ts';
import type { AlertArchive, AlertState } from '../ports.ts';
import { type AlertEntry, alertEntry, listAlerts } from '../query.ts';

export interface AlertsOptions {
  readonly day: DayWord;
  readonly format: OutputFormat;
}

/** What `alerts` reads. */
export interface AlertsBooks {
  readonly alerts: AlertArchive;
  readonly calendar: Calendar;
  readonly clock: Clock;
}

/** `sent 16 Nov 18:15` */
const NARROWEST_MAIL = 17;

/** `alerts`: who crossed a threshold, and who got a mail. */
export function alertsCommand({ open }: { readonly open: Open<AlertsBooks> }): AddCommand {
  return (program, frame) => {
    program
      .command('alerts')
      .description('Print quota alerts and the state of their mails; today without options')
      .addOption(singleDayOption())
      .addOption(formatOption())
      .action((options: AlertsOptions) =>
        printFrom(open, frame, (books) => runAlerts({ ...books, screen: frame.screen }, options)),
      );
  };
}

/** What `alerts` prints: the breaches whose threshold was crossed on the day, and what has become of their alerts. */
export async function runAlerts(
  deps: AlertsBooks & { readonly screen: Screen },
  options: AlertsOptions,
): Promise<string> {
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

/** Where the screen is too narrow: short dates, and what became of the mail in one column. */
function printTable(alerts: readonly AlertState[], timeZone: string, screen: Screen): string {
  const layouts = [false, true].values().map((isNarrow) => layOut(alerts, timeZone, screen, isNarrow));
  return [...firstThatFits(layouts, screen.width).lines()].join('');
}

function layOut(alerts: readonly AlertState[], timeZone: string, screen: Screen, isNarrow: boolean): TableLayout {
  const rows = alerts.map((alert) => [
    { text: readableName(alert.user) },
    { text: readableName(alert.router) },
    { text: periodText(alert, isNarrow) },
    { text: `${alert.threshold}%` },
    { text: formatShare(alert.countedBytes, alert.limitBytes) },
    { text: isNarrow ? mailText(alert, timeZone) : alert.state, paint: paintFor(alert.state, screen) },
    { text: alert.sentAt === null ? '' : formatMoment(alert.sentAt, timeZone) },
    { text: alert.attempts === 0 ? '' : String(alert.attempts) },
  ]);
  const columns: readonly Column[] = [
    { title: 'User', align: 'left', shrinksTo: 8 },
    { title: 'Router', align: 'left', shrinksTo: 8 },
    { title: 'Period', align: 'left' },
    { title: 'At', align: 'right' },
    { title: 'Used', align: 'right' },
    isNarrow ? { title: 'Mail', align: 'left', shrinksTo: NARROWEST_MAIL } : { title: 'Mail', align: 'left' },
    { title: 'Sent', align: 'left' },
    { title: 'Tries', align: 'right' },
  ];
  const shown = isNarrow ? columns.length - 2 : columns.length;
  const table = { columns: columns.slice(0, shown), rows: rows.map((row) => row.slice(0, shown)) };
  return layOutTable(table, screen.width);
}

function periodText({ period, periodStart }: AlertState, isNarrow: boolean): string {
  if (period === 'day') return 'day';
  return isNarrow ? `${period} ${shortDay(periodStart)}` : `${period} from ${periodStart}`;
}

/** `sent 18:15, 2 tries`; with the day when the mail went out on another one than the threshold was crossed. */
function mailText({ day, state, sentAt, attempts }: AlertState, timeZone: string): string {
  const tries = attempts > 1 ? `, ${attempts} tries` : '';
  if (sentAt === null) return `${state}${tries}`;
  const sent = Temporal.Instant.fromEpochMilliseconds(sentAt).toZonedDateTimeISO(timeZone).toPlainDate().toString();
  const when = `${sent === day ? '' : `${shortDay(sent)} `}${formatTime(sentAt, timeZone)}`;
  return `${state} ${when}${tries}`;
}

/** `16 Nov` */
function shortDay(day: string): string {
  return formatDay(day).slice('Mon '.length);
}

function paintFor(state: AlertState['state'], screen: Screen): (text: string) => string {
  if (state === 'sent') return (text) => text;
  if (state === 'failed') return screen.red;
  return state === 'pending' || state === 'claimed' ? screen.yellow : screen.dim;
}
