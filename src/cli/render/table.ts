import { fitText, textWidth } from './text-width.ts';

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
  readonly rows: readonly (readonly Cell[])[];
  /** Stands below a rule. */
  readonly totals?: readonly Cell[];
}

const GAP = '  ';

/** Lines of a table; the widest columns that may shrink do so until it is no wider than `width`. Cells must be free of line breaks. */
export function renderTable(table: Table, width: number): string {
  const all = table.totals ? [...table.rows, table.totals] : table.rows;
  const wanted = table.columns.map((column, index) =>
    all.reduce((widest, row) => Math.max(widest, textWidth(row[index]?.text ?? '')), textWidth(column.title)),
  );
  const widths = shrink(wanted, table.columns, width);
  const rule = '─'.repeat(sum(widths) + GAP.length * (widths.length - 1));
  const lines = [
    renderRow(
      table.columns.map(({ title }) => ({ text: title })),
      table.columns,
      widths,
    ),
    rule,
    ...table.rows.map((row) => renderRow(row, table.columns, widths)),
  ];
  if (table.totals) lines.push(rule, renderRow(table.totals, table.columns, widths));
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

function renderRow(row: readonly Cell[], columns: readonly Column[], widths: readonly number[]): string {
  return columns
    .map((column, index) => {
      const cell = row[index] ?? { text: '' };
      const columnWidth = widths[index] ?? 0;
      const text = fitText(cell.text, columnWidth);
      const space = ' '.repeat(columnWidth - textWidth(text));
      const shown = cell.paint ? cell.paint(text) : text;
      return column.align === 'right' ? space + shown : shown + space;
    })
    .join(GAP);
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
