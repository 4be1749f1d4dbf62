const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Scripts and signs that a terminal draws over two columns (Unicode's East Asian Width W and F, and emoji). */
const WIDE =
  /^(?:[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\p{Emoji_Presentation}\u3000-\u303e\u30fc\uff01-\uff60\uffe0-\uffe6]|.*\ufe0f)/u;
/** Halfwidth forms of these scripts. */
const NARROW = /^[\uff61-\uffdc]/u;
/** What nearly every cell is made of, bars (block elements) included: each a sign of one column. */
const NARROW_ONLY = /^[\x20-\x7e\u2580-\u259f]*$/;
const INVISIBLE = /^[\p{Default_Ignorable_Code_Point}\p{Mn}\p{Me}\p{Cc}]+$/u;

/** Columns that a text takes on a terminal. */
export function textWidth(text: string): number {
  if (NARROW_ONLY.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** At most `columns` wide; what is cut is shown by `…`. */
export function fitText(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let fitting = '';
  let width = 1;
  for (const { segment } of graphemes.segment(text)) {
    width += graphemeWidth(segment);
    if (width > columns) break;
    fitting += segment;
  }
  return `${fitting}…`;
}

function graphemeWidth(grapheme: string): number {
  if (INVISIBLE.test(grapheme)) return 0;
  return WIDE.test(grapheme) && !NARROW.test(grapheme) ? 2 : 1;
}
