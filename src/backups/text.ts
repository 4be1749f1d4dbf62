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
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}
