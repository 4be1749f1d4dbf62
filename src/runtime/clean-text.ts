/**
 * Text from outside (names, comments, what a router, a server or a visitor says) made safe for a terminal, a log, a mail, a page or a
 * spreadsheet. What could run a command of a terminal, break a line, turn the direction of the text around it, or hide becomes one
 * visible `\ufffd` each. What a script needs to be written is kept: Urdu and Persian join and part letters by U+200C and U+200D, emoji
 * are joined and coloured by U+200D and U+FE0F.
 */

/** U+FFFD, the replacement character. */
export const REPLACEMENT = '\ufffd';

/** What most names are made of: nothing to be looked at more closely. */
const PLAIN = /^[\x20-\x7e]*$/;

/** Scripts whose letters take another form beside a joiner. */
const JOINING =
  '\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Mongolian}\\p{Script=Nko}\\p{Script=Bengali}\\p{Script=Devanagari}\\p{Script=Gujarati}' +
  '\\p{Script=Gurmukhi}\\p{Script=Kannada}\\p{Script=Khmer}\\p{Script=Malayalam}\\p{Script=Myanmar}\\p{Script=Oriya}\\p{Script=Sinhala}' +
  '\\p{Script=Tamil}\\p{Script=Telugu}\\p{Script=Tibetan}';
const EMOJI = '\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f';

/** A joiner between two letters of such a script, or after a letter or emoji that it changes. */
const NEEDED_JOINER = `(?<=[${JOINING}\\p{M}])\\u200c(?=[${JOINING}])|(?<=[${JOINING}${EMOJI}\\p{M}])\\u200d`;
/** Chooses between two looks of the sign before it. */
const NEEDED_SELECTOR =
  '(?<=[\\p{Emoji}\\p{Script=Han}])[\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}]|(?<=\\p{Script=Mongolian})[\\u180b-\\u180f]';

/**
 * Controls (C0, DEL, C1), line and paragraph separators, lone surrogates, and all that is drawn as nothing: bidirectional controls,
 * zero-width characters, fillers, tags, annotations.
 */
const SUSPICIOUS = '[\\p{Cc}\\p{Zl}\\p{Zp}\\p{Cs}\\p{Default_Ignorable_Code_Point}\\ufff9-\\ufffb]';
const UNSAFE = new RegExp(`(?=${SUSPICIOUS})(?!${NEEDED_JOINER}|${NEEDED_SELECTOR}).`, 'gsu');

/** `text` as one line that is safe to show; its length in code points stays. */
export function cleanText(text: string): string {
  return PLAIN.test(text) ? text : text.replace(UNSAFE, REPLACEMENT);
}

/** As `cleanText`, for text that may have several lines: its tabs and line breaks (`\n`, `\r\n`) stay. */
export function cleanLines(text: string): string {
  return PLAIN.test(text) ? text : text.replace(UNSAFE, keepBreaks);
}

function keepBreaks(character: string, at: number, text: string): string {
  const isBreak = character === '\n' || character === '\t' || (character === '\r' && text[at + 1] === '\n');
  return isBreak ? character : REPLACEMENT;
}

/** Puts `by(character)` for each character that `cleanText` would replace: for formats that can show it in another way. */
export function replaceUnsafe(text: string, by: (character: string) => string): string {
  return PLAIN.test(text) ? text : text.replace(UNSAFE, (character) => by(character));
}
