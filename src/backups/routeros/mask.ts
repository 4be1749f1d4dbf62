import { HIDDEN, hideInLines, hideShapes, type IsWanted } from '../secret-shapes.ts';
import type { ByteText } from '../text.ts';
import { isMenuLine, type Row, rowsOf } from './rows.ts';
import { hideInValue, isHidden } from './secrets.ts';

/**
 * Lines with `***` in place of secrets, by name and by shape; script bodies whole. One line stays one line. The lines are joined ones:
 * a wrap would part a secret. `menus` says to which menu each belongs.
 */
export function maskLines(
  lines: readonly ByteText[],
  menus: readonly ByteText[],
  isWanted?: IsWanted,
): readonly ByteText[] {
  const hideOne = (line: ByteText, index: number) => {
    if (line.startsWith('#') || isMenuLine(line)) return hideShapes(line);
    const row = rowsOf([menus[index] || '/', line]).at(-1);
    return row === undefined ? hideShapes(line) : maskRow(row);
  };
  return hideInLines(lines, hideOne, isWanted);
}

/** The row with its secrets hidden: values by name or by shape, what stands between them by shape. */
function maskRow({ menu, line, args }: Row): ByteText {
  const parts: ByteText[] = [];
  let at = 0;
  for (const argument of args) {
    const { start, end } = argument;
    parts.push(hideShapes(line.slice(at, start)), isHidden(menu, argument) ? HIDDEN : hideInValue(argument));
    at = end;
  }
  return parts.join('') + hideShapes(line.slice(at));
}
