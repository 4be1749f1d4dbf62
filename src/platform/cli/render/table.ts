import { cleanText } from '../../../runtime/clean-text.ts';
import { fitText, textWidth } from '../../../runtime/text-width.ts';

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** The narrowest it may become where the screen is too narrow; absent: it is never cut. */
  readonly shrinksTo?: number;
}

/** A piece of text, and how it is to look; colour never counts as width. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

export interface Table {
  readonly columns: readonly Column[];
  /** Gone through twice, for the widths and for the lines: a long table need not have all its cells at once. */
  readonly rows: Iterable<readonly Cell[]>;
  /** Stands below a rule. */
  readonly totals?: readonly Cell[];
}

const GAP = '  ';

/** A table whose columns have their widths. */
export interface TableLayout {
  readonly width: number;
  lines(): Generator<string>;
}

/** The lines of `layOutTable` as one text. */
export function renderTable(table: Table, width: number): string {
  return [...layOutTable(table, width).lines()].join('');
}

/** The widest columns that may shrink do so until the table is no wider than `width`. What is unsafe in a cell becomes `�`. */
export function layOutTable(table: Table, width: number): TableLayout {
  const { columns, rows, totals } = table;
  const widths = shrink(wantedWidths(table), columns, width);
  const tableWidth = sum(widths) + GAP.length * (widths.length - 1);
  const rule = `${'─'.repeat(tableWidth)}\n`;
  const titles = columns.map(({ title }) => ({ text: title }));
  return {
    width: tableWidth,
    *lines() {
      yield renderRow(titles, columns, widths);
      yield rule;
      for (const row of rows) yield renderRow(row, columns, widths);
      if (totals === undefined) return;
      yield rule;
      yield renderRow(totals, columns, widths);
    },
  };
}

/** The first of some layouts of the same table that is no wider than `width`; the last one where none is. */
export function firstThatFits(layouts: Iterable<TableLayout>, width: number): TableLayout {
  let last: TableLayout | null = null;
  for (const layout of layouts) {
    if (layout.width <= width) return layout;
    last = layout;
  }
  if (last === null) throw new Error('a table without a layout');
  return last;
}

function wantedWidths({ columns, rows, totals = [] }: Table): number[] {
  const widths = columns.map(({ title }, index) =>
    Math.max(textWidth(title), textWidth(cleanText(totals[index]?.text ?? ''))),
  );
  for (const row of rows) {
    for (const [index, cell] of row.entries())
      widths[index] = Math.max(widths[index] ?? 0, textWidth(cleanText(cell.text)));
  }
  return widths;
}

function renderRow(row: readonly Cell[], columns: readonly Column[], widths: readonly number[]): string {
  const line = columns
    .map((column, index) => {
      const cell = row[index] ?? { text: '' };
      const columnWidth = widths[index] ?? 0;
      const text = fitText(cleanText(cell.text), columnWidth);
      const space = ' '.repeat(columnWidth - textWidth(text));
      const shown = cell.paint ? cell.paint(text) : text;
      return column.align === 'right' ? space + shown : shown + space;
    })
    .join(GAP);
  return `${line.trimEnd()}\n`;
}

function shrink(wanted: readonly number[], columns: readonly Column[], width: number): number[] {
  const widths = [...wanted];
  let excess = sum(widths) + GAP.length * (widths.length - 1) - width;
  while (excess > 0) {
    const room = widths.map((columnWidth, index) => columnWidth - (columns[index]?.shrinksTo ?? columnWidth));
    const candidates = widths.filter((_, index) => (room[index] ?? 0) > 0);
    if (candidates.length === 0) break;
    const widest = Math.max(...candidates);
    const index = widths.findIndex((columnWidth, at) => columnWidth === widest && (room[at] ?? 0) > 0);
    widths[index] = widest - 1;
    excess -= 1;
  }
  return widths;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
