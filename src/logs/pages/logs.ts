import type { Frame } from '../../platform/http/frame.ts';
import { queryOf } from '../../platform/http/links.ts';
import { formatBytes, formatCount, formatMoment, readableName } from '../../runtime/format.ts';
import type { LogFile, LogPart } from '../../runtime/log-folder.ts';
import { CHOSEN_LEVELS, type LevelSwitch } from '../../runtime/log-level.ts';
import type { WorkerName } from '../ports.ts';
import { type LogRow, type LogRowLevel, ROW_LEVELS } from '../rows.ts';

interface Choice {
  readonly value: string;
  readonly text: string;
  readonly isChosen: boolean;
}

interface Filtered extends Frame {
  readonly query: { readonly q: string };
  readonly levels: readonly Choice[];
  /** The newest first. */
  readonly rows: readonly LogRow[];
  readonly count: string;
}

export interface LogsView extends Filtered {
  /** Its own, besides that of all pages. */
  readonly logScript: string;
  readonly most: number;
  /** Which worker has answered. */
  readonly worker: string;
  /** In words: the level now, and until when. */
  readonly levelNow: string;
  readonly chosenLevels: readonly Choice[];
  readonly areFilesWritten: boolean;
  readonly files: readonly FileRow[];
  readonly filesProblem: string | null;
}

interface FileRow {
  readonly name: string;
  readonly size: string;
}

export interface LogFileView extends Filtered {
  readonly name: string;
  readonly part: string;
  readonly older: string | null;
  readonly newest: string | null;
}

/** What lines are asked for. */
export interface LogQuery {
  readonly q: string;
  readonly level: LogRowLevel;
}

interface Files {
  /** `null`: none are written. */
  readonly list: readonly LogFile[] | null;
  readonly problem: string | null;
}

/** What the page is made with besides. */
interface LogsPage {
  readonly asked: LogQuery;
  readonly worker: WorkerName;
  readonly most: number;
  readonly script: string;
  readonly timeZone: string;
}

/** `GET /logs`: the last lines that fit, the level and the daily files. */
export function viewLogs(
  rows: readonly LogRow[],
  level: ReturnType<LevelSwitch['state']>,
  files: Files,
  page: LogsPage,
): LogsView {
  const { asked, worker, most, script, timeZone } = page;
  const { level: now, configured, backAt } = level;
  const until = backAt === null ? '' : ` until ${formatMoment(backAt, timeZone)}, then ${configured} as configured`;
  return {
    ...{ title: 'Logs', nav: 'account', logScript: script, most },
    worker: `${readableName(worker.host)}, process ${worker.pid}`,
    ...filtered(rows, asked),
    levelNow: `${now}${until}`,
    chosenLevels: CHOSEN_LEVELS.map((value) => ({
      value,
      text: value === configured ? `${value} (as configured)` : value,
      isChosen: value === now,
    })),
    areFilesWritten: files.list !== null,
    files: (files.list ?? []).map(({ name, bytes }) => ({ name, size: formatBytes(BigInt(bytes)) })),
    filesProblem: files.problem,
  };
}

/** `GET /logs/netsentinel-2026-11-20.log`: a part of a daily file. */
export function viewLogFile(
  name: string,
  rows: readonly LogRow[],
  { from, to, bytes }: Omit<LogPart, 'lines'>,
  asked: LogQuery,
): LogFileView {
  const here = `/logs/${name}`;
  const query = { q: asked.q, level: asked.level === 'debug' ? '' : asked.level };
  const percentAt = (at: number) => (bytes === 0 ? 100 : Math.round((100 * at) / bytes));
  return {
    ...{ title: name, nav: 'account', name },
    ...filtered(rows, asked),
    part: from === 0 && to === bytes ? 'The whole file' : `${percentAt(from)} to ${percentAt(to)} % of the file`,
    older: from === 0 ? null : `${here}${queryOf({ ...query, before: from })}`,
    newest: to === bytes ? null : `${here}${queryOf(query)}`,
  };
}

function filtered(rows: readonly LogRow[], asked: LogQuery): Omit<Filtered, keyof Frame> {
  return {
    query: { q: asked.q },
    levels: ROW_LEVELS.map((value) => ({
      value,
      text: value === 'debug' ? 'all levels' : value === 'error' ? 'error' : `${value} and worse`,
      isChosen: value === asked.level,
    })),
    rows,
    count: formatCount(rows.length, 'line', 'lines'),
  };
}
