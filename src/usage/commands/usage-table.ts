import { bar, largestOf, shareOf } from '../../platform/cli/render/amounts.ts';
import type { Screen } from '../../platform/cli/render/screen.ts';
import {
  type Cell,
  type Column,
  firstThatFits,
  layOutTable,
  type TableLayout,
} from '../../platform/cli/render/table.ts';
import { formatUnobserved, gigabytes, inGigabytes, readableName } from '../../runtime/format.ts';
import { textWidth } from '../../runtime/text-width.ts';
import { wrapText } from '../../runtime/wrap.ts';

export interface Heading {
  readonly text: string;
  /** Titles of the columns of names. */
  readonly nameTitles: readonly string[];
  /** More than one day is shown. */
  readonly hasDays: boolean;
}

/** One row of a table of usage. */
export interface UsageLine {
  readonly day: string;
  readonly router: string;
  /** One for each of the heading's titles. */
  readonly names: readonly string[];
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
  readonly totalBytes: bigint;
  readonly estimatedBytes: bigint;
  readonly unobservedSeconds: number;
  readonly restarts: number;
  /** What its bar shows; `null`: its total, measured by the largest. */
  readonly bar: { readonly counted: bigint; readonly limit: bigint; readonly percent: number | null } | null;
  /** Part of the sum. A parent is not: it holds the bytes of its children. */
  readonly isSummed: boolean;
}

const NARROWEST_NAME = 8;
const NARROWEST_REMARKS = 16;
/** What is over quota can still be named. */
const NARROWEST_REMARKS_WITHOUT_BARS = 10;

/** Usage for people: GB with two decimals, a bar for the quota or against the largest, and what could not be seen. */
export function* renderUsageTable(heading: Heading, lines: readonly UsageLine[], screen: Screen): Generator<string> {
  for (const line of wrapText(heading.text, screen.width)) yield `${screen.bold(line)}\n`;
  yield '\n';
  if (lines.length === 0) {
    yield 'No usage.\n';
    return;
  }
  yield* tableOf(heading, lines, screen).lines();
  if (lines.some((line) => !line.isSummed)) {
    yield '\nParent queues contain the bytes of other queues and are not in the total.\n';
  }
}

/** What of a table is shown. */
interface Extent {
  /** 0: no bars. */
  readonly barColumns: number;
  /** Names of `nameTitles`, from the first. */
  readonly names: number;
  /** `2026-11-19`, or `11-19`. */
  readonly hasYears: boolean;
  readonly hasRanks: boolean;
}

/** From the widest to the narrowest layout: bars are dropped first, then comments, years, ranks and users. */
function* extentsFor({ nameTitles }: Heading, width: number): Generator<Extent> {
  const all = { barColumns: width < 120 ? 10 : 20, names: nameTitles.length, hasYears: true, hasRanks: true };
  if (width >= 80) yield all;
  const barless = { ...all, barColumns: 0 };
  yield barless;
  const nameless = { ...barless, names: Math.min(2, nameTitles.length) };
  yield nameless;
  yield { ...nameless, hasYears: false };
  yield { ...nameless, hasYears: false, hasRanks: false };
  yield { ...barless, hasYears: false, hasRanks: false, names: 1 };
}

function tableOf(heading: Heading, lines: readonly UsageLine[], screen: Screen): TableLayout {
  const layouts = extentsFor(heading, screen.width).map((extent) => tableOfExtent(heading, lines, extent, screen));
  return firstThatFits(layouts, screen.width);
}

function tableOfExtent(heading: Heading, lines: readonly UsageLine[], extent: Extent, screen: Screen): TableLayout {
  const { barColumns, names, hasYears, hasRanks } = extent;
  const largest = largestOf(lines.map((line) => line.totalBytes));
  const hasQuotas = lines.some((line) => line.bar !== null);
  const cellsOf = (line: UsageLine, index: number) => [
    ...(hasRanks ? [{ text: String(index + 1), paint: screen.dim }] : []),
    ...(heading.hasDays ? [{ text: hasYears ? line.day : line.day.slice(-'11-19'.length) }] : []),
    ...line.names.slice(0, names).map(nameCell),
    nameCell(line.router),
    { text: gigabytes(line.downloadBytes) },
    { text: gigabytes(line.uploadBytes) },
    { text: gigabytes(line.totalBytes), paint: screen.bold },
    ...(barColumns === 0 ? [] : [barCell(line, largest, barColumns, screen)]),
    ...(hasQuotas ? [percentCell(line, screen)] : []),
    { text: remarks(line), paint: screen.yellow },
  ];
  const rows = { [Symbol.iterator]: () => lines.values().map(cellsOf) };
  const columns = columnsOf(heading, extent, hasQuotas);
  return layOutTable({ columns, rows, totals: totalsOf(heading, lines, extent) }, screen.width);
}

function columnsOf(heading: Heading, { barColumns, names, hasRanks }: Extent, hasQuotas: boolean): Column[] {
  const name = (title: string): Column => ({
    title,
    align: 'left',
    shrinksTo: Math.max(NARROWEST_NAME, textWidth(title)),
  });
  return [
    ...(hasRanks ? [{ title: '#', align: 'right' } as const] : []),
    ...(heading.hasDays ? [{ title: 'Day', align: 'left' } as const] : []),
    ...heading.nameTitles.slice(0, names).map(name),
    name('Router'),
    { title: 'Down GB', align: 'right' },
    { title: 'Up GB', align: 'right' },
    { title: 'Total GB', align: 'right' },
    ...(barColumns === 0 ? [] : [{ title: '', align: 'left' } as const]),
    ...(hasQuotas ? [{ title: 'Quota', align: 'right' } as const] : []),
    {
      title: 'Remarks',
      align: 'left',
      shrinksTo: barColumns === 0 ? NARROWEST_REMARKS_WITHOUT_BARS : NARROWEST_REMARKS,
    },
  ];
}

function totalsOf(heading: Heading, lines: readonly UsageLine[], { names, hasRanks }: Extent): Cell[] {
  const summed = lines.filter((line) => line.isSummed);
  const uploadBytes = summed.reduce((sum, line) => sum + line.uploadBytes, 0n);
  const downloadBytes = summed.reduce((sum, line) => sum + line.downloadBytes, 0n);
  const blanks = heading.nameTitles.slice(0, names).map(() => ({ text: '' }));
  return [
    ...(hasRanks ? [{ text: '' }] : []),
    ...(heading.hasDays ? [{ text: '' }] : []),
    { text: 'Total' },
    ...blanks,
    { text: gigabytes(downloadBytes) },
    { text: gigabytes(uploadBytes) },
    { text: gigabytes(uploadBytes + downloadBytes) },
  ];
}

/** A name is hostile data: nothing in it may reach the terminal as a command. */
function nameCell(name: string): Cell {
  return { text: readableName(name) };
}

function barCell(line: UsageLine, largest: bigint, columns: number, screen: Screen): Cell {
  if (line.bar === null) return { text: bar(shareOf(line.totalBytes, largest), columns), paint: screen.dim };
  return { text: bar(shareOf(line.bar.counted, line.bar.limit), columns), paint: paintFor(line, screen) };
}

function percentCell(line: UsageLine, screen: Screen): Cell {
  if (line.bar?.percent == null) return { text: '' };
  return { text: `${line.bar.percent.toFixed(1)}%`, paint: paintFor(line, screen) };
}

function paintFor(line: UsageLine, screen: Screen): (text: string) => string {
  if (line.bar === null) return (text) => text;
  if (line.bar.counted > line.bar.limit) return screen.red;
  return line.bar.counted * 10n >= line.bar.limit * 8n ? screen.yellow : (text) => text;
}

function remarks(line: UsageLine): string {
  const parts = [];
  if (line.bar !== null && line.bar.counted > line.bar.limit) parts.push('over quota');
  if (!line.isSummed) parts.push('parent');
  if (line.unobservedSeconds > 0) parts.push(`unobserved ${formatUnobserved(line.unobservedSeconds * 1000)}`);
  if (line.restarts > 0) parts.push(line.restarts === 1 ? '1 restart' : `${line.restarts} restarts`);
  if (line.estimatedBytes > 0n) parts.push(`${inGigabytes(line.estimatedBytes)} estimated`);
  return parts.join(', ');
}
