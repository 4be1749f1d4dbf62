import type { OutputFormat } from '../../platform/cli/options.ts';
import type { Screen } from '../../platform/cli/render/screen.ts';
import { renderTable } from '../../platform/cli/render/table.ts';
import { csvRows } from '../../runtime/csv.ts';
import { formatMoment } from '../../runtime/format.ts';
import { toJson } from '../../runtime/json.ts';
import type { Attempt } from '../attempt.ts';
import { attemptEntry, type RuleEntry } from '../entries.ts';
import type { RehearsedEntry } from '../rehearse.ts';

interface Look {
  readonly screen: Screen;
  readonly timeZone: string;
}

const ATTEMPT_KEYS = [
  ...(['id', 'rule', 'device', 'via', 'mode', 'state', 'reason', 'startedAt', 'finishedAt', 'by'] as const),
];
const RULE_KEYS = [
  ...([
    'rule',
    'mode',
    'when',
    'forMinutes',
    'tags',
    'action',
    'via',
    'devices',
    'waiting',
    'lastState',
    'lastAt',
  ] as const),
];
const REHEARSED_KEYS = ['rule', 'device', 'at', 'action'] as const;

export function printAttempts(attempts: readonly Attempt[], format: OutputFormat, look: Look): string {
  const entries = attempts.map(attemptEntry);
  if (format === 'json') return toJson(entries);
  if (format === 'csv') return csvRows([ATTEMPT_KEYS, ...entries.map((each) => ATTEMPT_KEYS.map((key) => each[key]))]);
  if (entries.length === 0) return 'No healing yet.\n';
  const rows = entries.map(({ id, startedAt, device, rule, via, state, reason, by }) => [
    ...[String(id), momentOf(startedAt, look), device, rule, via, state, reason ?? '', by ?? ''],
  ]);
  return tableOf(['Id', 'At', 'Device', 'Rule', 'Through', 'State', 'Reason', 'By'], rows, look);
}

export function printRules(rules: readonly RuleEntry[], format: OutputFormat, look: Look): string {
  if (format === 'json') return toJson(rules);
  if (format === 'csv') {
    const flat = rules.map((rule) => ({ ...rule, tags: rule.tags.join(';') }));
    return csvRows([RULE_KEYS, ...flat.map((each) => RULE_KEYS.map((key) => each[key]))]);
  }
  if (rules.length === 0) return 'There are no rules: nothing is ever done to a device.\n';
  const rows = rules.map(({ rule, mode, when, forMinutes, action, via, devices, waiting, lastState, lastAt }) => [
    ...[rule, mode, `${when} for ${forMinutes} min`, action, via, String(devices), String(waiting)],
    lastState === null || lastAt === null ? '' : `${lastState} ${momentOf(lastAt, look)}`,
  ]);
  return tableOf(['Rule', 'Mode', 'When', 'Action', 'Through', 'Devices', 'Waiting', 'Last'], rows, look);
}

export function printRehearsed(entries: readonly RehearsedEntry[], format: OutputFormat, look: Look): string {
  if (format === 'json') return toJson(entries);
  if (format === 'csv') {
    return csvRows([REHEARSED_KEYS, ...entries.map((each) => REHEARSED_KEYS.map((key) => each[key]))]);
  }
  if (entries.length === 0) return 'No rule would have done anything.\n';
  const rows = entries.map(({ at, rule, device, action }) => [momentOf(at, look), device, rule, action]);
  return tableOf(['At', 'Device', 'Rule', 'Action'], rows, look);
}

function momentOf(at: string, { timeZone }: Look): string {
  return formatMoment(Date.parse(at), timeZone);
}

function tableOf(titles: readonly string[], rows: readonly (readonly string[])[], { screen }: Look): string {
  const columns = titles.map((title, index) => ({
    title,
    align: 'left' as const,
    ...(index === 0 ? {} : { shrinksTo: 8 }),
  }));
  const cells = rows.map((row) => row.map((text) => ({ text })));
  return renderTable({ columns, rows: cells }, screen.width);
}
