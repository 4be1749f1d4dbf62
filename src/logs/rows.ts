import { LOG_LEVELS } from '../runtime/logger.ts';

/** A line of the log as people see it. */
export interface LogRow {
  /** `null` where it does not matter. */
  readonly id: number | null;
  /** ISO 8601, in UTC; empty where the line has none. */
  readonly at: string;
  /** In the zone: `2026-11-20 18:15:03.120`. */
  readonly time: string;
  readonly level: LogRowLevel;
  readonly text: string;
  /** All other fields: `router=edge-1 code=ROUTER_TIMEOUT`; a stack is on lines of its own. */
  readonly detail: string;
}

export const ROW_LEVELS = LOG_LEVELS.filter((level) => level !== 'silent');
export type LogRowLevel = (typeof ROW_LEVELS)[number];

const LEVEL_OF = new Map<unknown, LogRowLevel>([
  [20, 'debug'],
  [30, 'info'],
  [40, 'warn'],
  [50, 'error'],
]);
/** Of every line, and of no use here. */
const LEFT_OUT = new Set(['level', 'time', 'pid', 'hostname', 'msg']);
const LONGEST_DETAIL = 8_000;

/** A line that is no JSON of ours, e.g. one that was cut by a full disk, is shown as it is. Texts in it are clean and masked already. */
export function rowOf(line: string, id: number | null, timeZone: string): LogRow {
  const fields = parsed(line);
  if (fields === null) return { id, at: '', time: '', level: 'info', text: line.slice(0, LONGEST_DETAIL), detail: '' };
  const at = typeof fields['time'] === 'string' ? fields['time'] : '';
  const details = Object.entries(fields).filter(([name]) => !LEFT_OUT.has(name));
  return {
    id,
    at,
    time: timeOf(at, timeZone),
    level: LEVEL_OF.get(fields['level']) ?? 'info',
    text: textOf(fields['msg'] ?? ''),
    detail: details
      .map(([name, value]) => `${name}=${textOf(value)}`)
      .join(' ')
      .slice(0, LONGEST_DETAIL),
  };
}

/** Those of this level or a worse one in which the text is found; case does not matter. */
export function fitsRow({ level, text, detail }: LogRow, asked: { readonly level: LogRowLevel; readonly q: string }) {
  if (ROW_LEVELS.indexOf(level) < ROW_LEVELS.indexOf(asked.level)) return false;
  return `${text} ${detail}`.toLowerCase().includes(asked.q.toLowerCase());
}

/** The newest lines that fit, first; `most` at most. */
export function newestRows(
  lines: readonly string[],
  asked: { readonly level: LogRowLevel; readonly q: string; readonly most: number; readonly timeZone: string },
): LogRow[] {
  const rows: LogRow[] = [];
  for (let at = lines.length - 1; at >= 0 && rows.length < asked.most; at -= 1) {
    const row = rowOf(lines[at] ?? '', null, asked.timeZone);
    if (fitsRow(row, asked)) rows.push(row);
  }
  return rows;
}

function parsed(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const stack = typeof value === 'object' && value !== null && 'stack' in value ? value.stack : null;
  return typeof stack === 'string' ? `\n${stack}\n` : JSON.stringify(value);
}

function timeOf(at: string, timeZone: string): string {
  try {
    const moment = Temporal.Instant.from(at).toZonedDateTimeISO(timeZone).toPlainDateTime();
    return moment.toString({ smallestUnit: 'millisecond' }).replace('T', ' ');
  } catch {
    return at;
  }
}
