import { cleanText } from '../runtime/clean-text.ts';

/**
 * A configuration as text, one character a byte (Latin-1): nothing is lost, whatever its charset is. `shownLine` decodes it, to be read
 * by people and not to be stored.
 */
export type ByteText = string;

export function byteTextOf(bytes: Buffer): ByteText {
  return bytes.toString('latin1');
}

export function bytesOfText(text: ByteText): Buffer {
  return Buffer.from(text, 'latin1');
}

/** A line as people read it: UTF-8, without what could command a terminal or a page. */
export function shownLine(line: ByteText): string {
  return cleanText(bytesOfText(line).toString('utf8'));
}

/** What was typed, as it stands in a configuration. */
export function typedText(text: string): ByteText {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The physical lines, without their ends (`\n`, `\r\n`); a last line end opens no further line. */
export function linesOf(text: ByteText): readonly ByteText[] {
  const lines: ByteText[] = [];
  for (let at = 0; at < text.length; ) {
    const found = text.indexOf('\n', at);
    lines.push(text.slice(at, endOfLine(text, at, found)));
    at = found === -1 ? text.length : found + 1;
  }
  return lines;
}

/** Where a line that begins at `at` ends, without its line end. `found`: the place of the next `\n`; -1: there is none. */
export function endOfLine(text: ByteText, at: number, found: number): number {
  const end = found === -1 ? text.length : found;
  return end > at && text[end - 1] === '\r' ? end - 1 : end;
}
